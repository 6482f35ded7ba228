"""One portfolio for many worlds, and how the best portfolio changes with what may be spent.

Read in this order: `crew` (worker processes that answer for worlds), `record` (what a portfolio for
many worlds is, and how it shows itself), `portfolio` (how it comes about), `frontier` (budgets
walked step by step), `frontier_record` and `pictures` (how frontiers show themselves), `trade_off`
(expected against largest loss), `verbs` (the commands).
"""
