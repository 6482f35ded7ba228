"""What comes back from a solver, with names instead of indices.

Read in this order: `plays` (one play), `outcomes` (how its record comes about), `mixed` (a play
whose portfolios are drawn), `interaction` (what layers add to each other), `refinement` (what a
grid of enforcement can still hide), `comparison` (several plays side by side) and `sentences` (what
is said of them).
"""
