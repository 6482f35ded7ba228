"""One portfolio for many worlds: controllers decide once, the evader answers in each world.

Read in this order: `measures` (expected loss, CVaR, regret), `problem` (a sample of worlds that
share the controllers' options, and what a profile loses in each), `search` (good portfolios),
`copies` (a decision for each world alone, charged for its options), `charges` (what makes the
copies agree), `together` (a few worlds as one MILP), `optimum` (the recipe that closes the gap),
`front` (expected against largest loss), `certificate` (the recomputation of every world),
`replication` (what the sample hides).
"""
