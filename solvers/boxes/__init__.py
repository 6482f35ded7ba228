"""One portfolio for aligned players, by branch and bound in the space of the evader's prices.

Where the evader's dual comes apart in few prices, a box of prices bounds what all portfolios lose
there. Read in this order: `separation` (the dual taken apart), `choices` (of options, by block),
`blocks` (a convex function of the prices for every choice), `hull` (the lanes worth a look),
`purses` and `budgets` (what is affordable), `tangents` and `cells` (what bounds those functions
from below), `misses` (by how much), `marked` and `listing` (what is left in a box), `bounds` (the
bound of one box), `centres` (portfolios at single prices), `search` (halving boxes), `incumbent`
(portfolios tried on the way) and `decomposed` (the recipe).
"""
