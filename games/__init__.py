"""Games as data and arithmetic: no optimiser, no file, no scenario.

Read in this order: `errors`, `enforcement` (what money buys), `capability` (what quantities are
worth), `layered` (the game), `network` (the evader's ways as arrays), `payoffs` (the controllers'
side), `evaluation` (checks by arithmetic alone).
"""
