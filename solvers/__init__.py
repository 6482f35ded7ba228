"""Solvers of games: what is best, what is stable, and the proof.

Layered control games, in this order: `evader` (the follower's linear program), `players` (who
decides together), `prices` and `interdiction` (one MILP for aligned players), `minimum` (the recipe
around it), `separation`, `blocks`, `purses`, `tangents`, `cells`, `box_bounds`, `price_search`,
`incumbent` and `decomposed` (the same by branch and bound in the space of prices), `general_sum`
(strong duality for all others), `flow_tables`, `flow_nodes`, `flow_settled`, `flow_mirror`,
`flow_charges`, `flow_ascent`, `flow_left`, `flow_bounds` and `flow_search` (branch and bound in the
space of prices for them), `portfolio` (one player's best), `consent` (a coalition's, without
transfers), `continuum` (its bound at any enforcement), `equilibrium_cuts` and `extremes` (the best
and the worst equilibrium proven), `stacked_rows`, `seats`, `price_taking`, `price_cases`,
`stationary_boxes`, `box_search` and `every_equilibrium` (all equilibria of aligned players, or the
best and the worst, by boxes of prices), `equilibrium` (everybody's best),
`certificate` (the recomputation of every claim), `plays` (the names users know), `expected` (a best
portfolio against others who draw theirs), `mixed_play` (where no pure equilibrium is known), `many`
(the evader of many worlds at one profile). One portfolio for many worlds is in `worlds`.
`relaxation` and `tightening` make these programs smaller; `descent`, `milp`, `highs` and `compiled`
(kernels in machine code) are tools.

Finite games are in `finite`; `strategies` and `extraction` make one of a layered game.
"""
