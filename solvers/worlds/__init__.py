"""One portfolio for many worlds: controllers decide once, the evader answers in each world.

Read in this order: `measures` (expected loss, CVaR, regret), `problem` (a sample of worlds that
share the controllers' options, and what a profile loses in each), `budgets` (what may be spent,
decided when nobody knows what it will cost), `search` (good portfolios), `copies` (a decision for
each world alone, charged for its options), `proofs` (its bounds: searches that rest and go on),
`programme` (or one MILP), `charges` (what makes the copies agree), `agreement` (rounds and proofs
that take turns), `together` (a few worlds as one MILP), `optimum` (the recipe that closes the gap),
`incumbent` and `record` (the state of a search, and what it says), `front` (expected against
largest loss), `certificate` (the recomputation of every world), `replication` (what the sample
hides).
"""
