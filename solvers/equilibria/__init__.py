"""What is stable when players choose for themselves.

Read `unilateral` first: who is asked for equilibria, and who for proofs.

Pure equilibria
    `records`: what is handed back. `every_profile`: small games tried whole. `responses`: best
    responses in turn, from a start to where they settle.
The best and the worst of them, proven by equilibrium inequalities in a MILP
    `cuts` and `extremes`. `both_ends`: for any controller's payoff, by whatever is soonest.
The same for aligned players, by boxes of the evader's prices
    `stacked_rows` (all cases as one), `seats` (the players' points and budgets), `near_rows`,
    `pivot_turns` and `price_taking` (whose change would pay all over a box), `price_cases`,
    `choices_left`, `trials`, `listed` and `stationary_boxes` (whether a minimum can lie in a box),
    `box_search`, `leaning` (players that are not aligned), `judge` (whether anybody leaves a
    profile) and `every_equilibrium` (the recipe; it can list all).
Where no pure equilibrium is known players draw
    `expected` (a best portfolio against others who draw theirs), `drawn` (all outcomes of the
    draws, certified), `layered_oracles`, `least_regret` and `closest` (how near pure profiles
    come), and `mixed_play` (the recipe).
"""
