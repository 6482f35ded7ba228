"""What is stable when players choose for themselves.

Read `unilateral` first: best responses from several starts, the potential, and who is asked for
proofs. The best and the worst pure equilibrium are proven by `cuts` and `extremes` (equilibrium
inequalities in a MILP) or, for aligned players, by boxes of the evader's prices: `stacked_rows`
(all cases as one), `seats` (the players' points and budgets), `near_rows`, `pivot_turns` and
`price_taking` (whose change would pay all over a box), `price_cases`, `choices_left`, `trials`,
`listed` and `stationary_boxes` (whether a minimum can lie in a box),
`box_search`, `leaning` (players that are not aligned), `judge` (whether anybody leaves a profile)
and `every_equilibrium` (the recipe; it can list all). Where no pure equilibrium is known players
draw: `expected` (a best portfolio against others who draw theirs), `least_regret` and `closest`
(how near pure profiles come) and `mixed_play`.
"""
