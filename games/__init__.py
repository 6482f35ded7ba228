"""Games as data and arithmetic: no optimiser, no file, no scenario.

Layered control games, in this order: `errors`, `given` (what is handed in is of the right kind),
`enforcement` (what money buys), `capability` (what quantities are worth), `layered` (the game),
`grids` (tiers of enforcement, and what lies between), `network` (the evader's ways as arrays),
`payoffs` (the controllers' side), `evaluation` (checks by arithmetic alone), `many` (both for many
games at once), `specification` (every constraint of the models by its name, in symbols).

Finite games: `normal_form` (players, strategies, payoffs), `rational` and `scaled` (exact numbers,
and floats that can be trusted), `regret` (what a profile pays and what a change would gain: the
check on every equilibrium), `correlated` and `commitment` (the same for correlated play and for
leaders), `bayesian` (types), `security` (targets in compact form).

Small games solved with pen and paper are in `closed_forms`.
"""
