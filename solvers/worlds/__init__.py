"""One portfolio for many worlds: controllers decide once, the evader answers in each world.

Read in this order: `measures` (expected loss, CVaR, regret), `problem` (a sample of worlds that
share the controllers' options, and what a profile loses in each), `search` (good portfolios),
`bundles` (bounds, world by world or several at once, by one MILP each), `optimum` (the recipe that
closes the gap), `certificate` (the recomputation of every world), `replication` (what the sample
hides).
"""
