"""One portfolio for players whose payoffs take the evader's flows, by boxes of its prices.

Revenue, tolls and stakes that lean otherwise than the evader's weights make it matter which flows
are the evader's best. Read in this order: `tables` (the network taken apart, as flat arrays),
`nodes`, `settled` (what the evader surely ships, and surely does not, in a box), `mirror` (its
dual, for the part of the stakes that mirrors its weights), `charges`, `ascent` (good worths of
nodes), `left` (the choices that stay), `bounds` (the bound of one box) and `search` (halving
boxes).
"""
