"""Solvers of finite games in normal form; every answer carries its proof.

Read `records` first (what a solver hands back), `certified` (the one check through which every
equilibrium goes), then `limits` (limits of time that hold whatever a library does). After that each
question can be read by itself; the first name of a line is the one that others call.

Any number of players
    `pure`: all equilibria in pure strategies.
    `mixed`: one equilibrium, or several, by `small_supports` (formulas), `logit` (quantal
    responses) and Newton's method on `indifference`. `supports`: support by support.
    `correlated`: correlated and coarse correlated equilibria, the best for an objective.
Two players, all equilibria
    `enumeration`, of `best_response` (polytopes), `vertices` (in floats, as `proven_bases`) or
    `integer_vertices`, `labels` (which vertices fit together), `components` (what may be combined
    freely) and `nashpy_first` (another opinion).
Two players, one equilibrium
    `lemke_howson`, along `paths` in floats or an `integer_path`. `zero_sum`, by `matrix_simplex` or
    `interior`, with the bounds of `matrix_play`. `best`: the best for an objective (`goal`), by the
    others and by `best_programme`, a MILP, with `support_vertex`.
Commitment
    `commitment`: one leader, one follower, by `answer_search`: a linear program an answer
    (`guarantee`, `guarantee_exact`). `bayesian_commitment`: types, as a `type_problem`, by `dobss`
    or by `response_tree` and `envelope`. `security`: targets in compact form.
Games too large to list, given by best responses or as mixed-integer programmes
    `oracles`, with `double_oracle` (zero-sum) and `sampled` (any). `programmes`: integer
    programming games over `feasible` sets. `inequalities`: the best and the worst pure equilibrium,
    or none, by `equilibrium_tree` over `lifted`, `relaxation`, `changes` and `guidance`.
Arithmetic that several share
    `support_pair`: the equilibrium that two supports determine. `integer_tableau`: systems and
    tableaux without rounding and without fractions.
Machine code
    `machine`: when it is used. `machine_paths` (by `one_kernel` at once, or step by step by
    `path_kernel`, of `path_start`, `path_tableau` and `path_end`) searches for one equilibrium of
    two players, `machine_vertices` (by `vertex_kernel`) walks a polytope, `machine_check` (by
    `regret_kernel`) certifies float profiles. `extent_kernel` is shared.
"""
