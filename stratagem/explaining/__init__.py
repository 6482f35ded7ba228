"""What a result means: who holds what back, at what price, and why nobody moves.

Read in this order: `routes` (ways that the evader uses), `margins` (what points and budgets are
worth), `gaps` (what one jurisdiction leaves open), `stuck` (why an equilibrium stays), `told` (all
of that for one play), `passing`, `standing` and `prose` (its words), `mixed` (the same where
portfolios are drawn) and `explanation` (a run explained).
"""
