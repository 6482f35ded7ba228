"""What comes back from a solver, with names instead of indices.

Read in this order: `plays` (one play, and a comparison of several), `sentences` (what is said of
them), `outcomes` (how such a record comes about), `mixed` (plays whose portfolios are drawn) and
`interaction` (what layers add to each other).
"""
