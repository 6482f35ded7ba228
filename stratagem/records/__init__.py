"""What comes back from a solver, with names instead of indices.

Read in this order: `certificates` (what is proven, in words), `plays` (one play), `outcomes` (how
its record comes about), `mixed` (a play whose portfolios are drawn), `equilibrium_map` (where best
responses end), `interaction` (what layers add to each other), `lost` (what acting alone loses),
`refinement` (what a grid of enforcement can still hide) and `comparison` (several plays side by
side).
"""
