"""Solvers of games: what is best, what is stable, and the proof.

Layered control games, in this order: `evader` (the follower's linear program), `players` (who
decides together), `prices` and `interdiction` (one MILP for aligned players), `minimum` (the recipe
around it), `general_sum` (strong duality for all others), `world` (a game ready to be solved),
`candidates` (portfolios tried in turn), `used` (what flows earn, where they can), `with_flows` and
`portfolio` (one player's best, by the cheapest exact method), `consent` (a coalition's, without
transfers), `continuum` (its bound at any enforcement), `certificate` (the recomputation of every
claim), `plays` (the names users know), `outcomes` (a play solved and certified) and `many` (the
evader of many worlds at one profile). `relaxation`, `grouped` and `tightening` make these programs
smaller; `descent`, `milp`, `highs`, `linear_rows` and `compiled` (kernels in machine code) are
tools.

Folders: `boxes` and `flows` find the best portfolio by branch and bound in the space of prices, for
aligned players and for all others; `equilibria` holds what is stable, best, worst and drawn;
`worlds` finds one portfolio for many worlds; `finite` solves finite games, and `strategies` and
`extraction` make one of a layered game.
"""
