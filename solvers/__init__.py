"""Solvers of layered control games: what is best, what is stable, and the proof.

Read in this order: `evader` (the follower's linear program), `players` (who decides together),
`prices` and `interdiction` (one MILP for aligned players), `minimum` (the recipe around it),
`general_sum` (strong duality for all others), `portfolio` (one player's best), `equilibrium`
(everybody's), `certificate` (the recomputation of every claim), `plays` (the names users know).
`descent` and `milp` are their tools.
"""
