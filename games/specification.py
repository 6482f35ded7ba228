"""The models of the layered control game as mathematics: every constraint once, by its name.

The page `docs/formulation.md` takes its formulas from here, and the tests hold the HiGHS rows of
the evader and the Pyomo constraints of the portfolio models against them at random points. So a
name means the same on the page, here, in the models, and in a message of a solver.

Letters are SymPy symbols with indices: `x[l]` is what enters lane l, `y[k, o]` the step of control
point k to option o. Two kinds of terms are our own: `Total`, a sum over a named set such as the
lanes out of v, and `OverBox`, the largest or smallest value over the box of prices. By convention
the price of a source is 0, `y[k, 0]` is 1 and the step beyond the last option is 0.

`enforcement`, `months`, `lane` and `payoff` say what letters are made of; `evader`, `evader_dual`,
`interdiction` and `strong_duality` are the models.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp


class Total(sp.Expr):  # type: ignore[misc]  # SymPy has no types
    """A sum of `args[0]` over the indices `args[1]` in the set `args[2]`."""


class OverBox(sp.Expr):  # type: ignore[misc]
    """The largest or smallest (`args[0]`) value of `args[1]` over the prices in the box."""


@dataclass(frozen=True)
class Row:
    """One family of constraints.

    Attributes
    ----------
    left, right : the two sides; `relation` stands between them, <= or >=.
    each : the indices that tell its members apart.
    price : what is paid for one unit more on the right, a letter of the dual.
    note : what the formula does not say.
    """

    name: str
    left: sp.Expr
    relation: str
    right: sp.Expr
    each: tuple[sp.Symbol, ...] = ()
    price: sp.Expr | None = None
    note: str = ""


@dataclass(frozen=True)
class Definition:
    """What a letter stands for."""

    letter: sp.Expr
    meaning: sp.Expr


@dataclass(frozen=True)
class Model:
    """An objective under constraints.

    Attributes
    ----------
    sense : maximise or minimise.
    definitions : of letters that its rows use.
    """

    sense: str
    objective: sp.Expr
    rows: tuple[Row, ...]
    definitions: tuple[Definition, ...] = ()

    def row(self, name: str) -> Row:
        """Return the constraints of a name."""
        return next(row for row in self.rows if row.name == name)


# indices
l, o, q, k, r, j, v, f, i, e, n = sp.symbols("l o q k r j v f i e n", integer=True)  # noqa: E741
tail, head, row_of, point, front = (
    sp.Function(name) for name in ("tail", "head", "row", "point", "front")
)

# what the evader chooses, and its prices
x, s = sp.IndexedBase("x"), sp.IndexedBase("s")
pi, theta, rent = sp.IndexedBase("pi"), sp.IndexedBase("theta"), sp.IndexedBase("rent")
mu = sp.Symbol("mu")

# what the controllers choose
y = sp.IndexedBase("y")

# data
g, c, b = sp.IndexedBase("g"), sp.IndexedBase("c"), sp.IndexedBase("b")
u, width, worth = sp.IndexedBase("u"), sp.IndexedBase("width"), sp.IndexedBase("v")
slope, sigma = sp.IndexedBase("slope"), sp.IndexedBase("sigma")
cost, outlay, limit = sp.IndexedBase("cost"), sp.IndexedBase("outlay"), sp.IndexedBase("limit")
earnings, release = sp.IndexedBase("earnings"), sp.IndexedBase("release")
rise, fall = sp.IndexedBase("rise"), sp.IndexedBase("fall")
gamma, tau, rho_cut = sp.IndexedBase("gamma"), sp.IndexedBase("tau"), sp.IndexedBase("rho")
share, tried = sp.IndexedBase("share"), sp.IndexedBase("a")
B, harm, points = sp.Symbol("B"), sp.Symbol("lambda"), sp.Symbol("K")


def total(
    term: sp.Expr, indices: sp.Symbol | tuple[sp.Symbol, ...], where: str, *of: sp.Expr
) -> Total:
    """Return the sum of a term over the members of a named set, which may depend on indices."""
    listed = indices if isinstance(indices, tuple) else (indices,)
    return Total(term, sp.Tuple(*listed), sp.Function(where)(*of))


def plus(*terms: sp.Expr) -> sp.Expr:
    """Return a sum that keeps the order of its terms."""
    return sp.Add(*terms, evaluate=False)


def times(*factors: sp.Expr) -> sp.Expr:
    """Return a product that keeps the order of its factors."""
    return sp.Mul(*factors, evaluate=False)


def minus(*factors: sp.Expr) -> sp.Expr:
    """Return a product with its sign turned."""
    return sp.Mul(sp.Integer(-1), *factors, evaluate=False)


def _in_steps(table: sp.IndexedBase, *before: sp.Symbol) -> sp.Expr:
    """Return what the option in force at point k adds, as its first value and its steps.

    Parameters
    ----------
    before : indices of the table before those of point and option.
    """
    rises = plus(table[(*before, k, o)], minus(table[(*before, k, o - 1)]))
    return plus(table[(*before, k, 0)], total(times(rises, y[k, o]), o, "steps", k))


def _dual_value() -> sp.Expr:
    return plus(
        times(B, mu),
        total(times(u[r], theta[r]), r, "rows"),
        total(times(width[j], rent[j]), j, "chords"),
    )


def enforcement() -> Definition:
    """Return the hazard that spending buys (`games.enforcement`)."""
    h_max, e_half, spent = sp.symbols("h_max e_half e")
    hazard = sp.Function("h")(spent)
    bought = plus(sp.Integer(1), minus(sp.Pow(2, -spent / e_half)))
    return Definition(hazard, times(h_max, bought))


def months() -> Definition:
    """Return the months that a quantity is worth (`games.capability`)."""
    grown, base, quantity = sp.symbols("gamma q0 q")
    log = sp.Function("log10")(plus(sp.Integer(1), quantity / base))
    return Definition(sp.Function("G")(quantity), times(12 / grown, log))


def lane() -> tuple[Definition, Definition]:
    """Return what arrives and what is paid per unit that enters a lane (`games.network`)."""
    kappa, phi, h = sp.IndexedBase("kappa"), sp.IndexedBase("phi"), sp.IndexedBase("h")
    p, t, w, psi = (sp.IndexedBase(name) for name in ("p", "t", "w", "psi"))
    m = sp.Symbol("m", integer=True)
    survives = sp.Function("exp")(minus(phi[m], h[o]))
    return (
        Definition(g[l, o], times(kappa[e], survives)),
        Definition(c[l, o], plus(p[l], t[o], w[m], times(psi[m], p[l]))),
    )


def payoff() -> Definition:
    """Return what an outcome is worth to controller i (`games.payoffs`)."""
    G, d, toll, rho = (sp.IndexedBase(name) for name in ("G", "d", "t", "rho"))  # noqa: N806
    return Definition(
        sp.IndexedBase("U")[i],
        plus(
            minus(total(times(sigma[i, f], G[f]), f, "fronts")),
            minus(total(plus(c[k], d[k]), k, "points_owned", i)),
            total(times(toll[point(e)], x[e]), e, "arcs_across_points_owned", i),
            total(times(rho[i, e], x[e]), e, "arcs"),
        ),
    )


def evader() -> Model:
    """Return the evader's best response to a profile."""
    return Model(
        "maximise",
        plus(total(times(worth[j], s[j]), j, "chords"), total(times(b[l], x[l]), l, "lanes")),
        (
            Row(
                "node_conserves",
                total(x[l], l, "lanes_out_of", v),
                "<=",
                total(times(g[l], x[l]), l, "lanes_into", v),
                (v,),
                pi[v],
            ),
            Row(
                "front_absorbs",
                total(s[j], j, "chords_of", f),
                "<=",
                total(times(g[l], x[l]), l, "lanes_into", f),
                (f,),
                pi[f],
            ),
            Row(
                "capacity_is_respected",
                total(x[l], l, "lanes_of", r),
                "<=",
                u[r],
                (r,),
                theta[r],
            ),
            Row(
                "evader_budget_is_respected",
                total(times(c[l], x[l]), l, "lanes"),
                "<=",
                B,
                (),
                mu,
            ),
            Row("chord_has_its_width", s[j], "<=", width[j], (j,), rent[j]),
        ),
    )


def evader_dual() -> Model:
    """Return the dual of the evader's program."""
    return Model(
        "minimise",
        _dual_value(),
        (
            Row(
                "lane_earns_no_surplus",
                plus(
                    pi[tail(l)],
                    times(c[l], mu),
                    theta[row_of(l)],
                    minus(g[l], pi[head(l)]),
                ),
                ">=",
                b[l],
                (l,),
                x[l],
            ),
            Row("front_is_priced", plus(pi[front(j)], rent[j]), ">=", worth[j], (j,), s[j]),
        ),
    )


def interdiction() -> Model:
    """Return the best portfolio of an aligned player (`solvers.interdiction`)."""
    change = plus(
        times(plus(g[l, q - 1], minus(g[l, q])), pi[head(l)]),
        minus(plus(c[l, q - 1], minus(c[l, q])), mu),
    )
    released = plus(
        total(times(rise[l, q], y[point(l), q]), q, "later_steps", l, o),
        minus(
            total(
                times(fall[l, q], plus(sp.Integer(1), minus(y[point(l), q]))),
                q,
                "steps_up_to",
                l,
                o,
            )
        ),
    )
    return Model(
        "minimise",
        plus(total(_in_steps(cost), k, "points"), times(harm, _dual_value())),
        (
            Row("steps_are_ordered", y[k, o], ">=", y[k, o + 1], (k, o)),
            Row(
                "budget_is_respected",
                total(_in_steps(outlay), k, "points_of", i),
                "<=",
                limit[i],
                (i,),
                note="budgets that the dearest options exceed",
            ),
            Row("front_is_priced", plus(pi[front(j)], rent[j]), ">=", worth[j], (j,)),
            Row(
                "lane_earns_no_surplus",
                plus(
                    pi[tail(l)],
                    times(c[l, o], mu),
                    theta[row_of(l)],
                    minus(g[l, o], pi[head(l)]),
                    release[l, o],
                ),
                ">=",
                b[l],
                (l, o),
            ),
            Row(
                "mix_is_priced",
                plus(
                    times(gamma[n], mu),
                    total(times(tau[n, v], pi[v]), v, "nodes"),
                    total(times(rho_cut[n, r], theta[r]), r, "rows"),
                ),
                ">=",
                total(
                    times(share[n, o], plus(y[point(n), o], minus(y[point(n), o + 1]))),
                    o,
                    "options_at_cut",
                    n,
                ),
                (n,),
                note="cuts, below",
            ),
            Row(
                "profile_is_new",
                total(
                    plus(y[k, tried[n, k]], minus(y[k, tried[n, k] + 1])),
                    k,
                    "points",
                ),
                "<=",
                plus(points, sp.Integer(-1)),
                (n,),
                note="profiles tried before",
            ),
        ),
        (
            Definition(release[l, o], released),
            Definition(rise[l, q], OverBox(sp.Symbol("max"), change)),
            Definition(fall[l, q], OverBox(sp.Symbol("min"), change)),
        ),
    )


def strong_duality() -> Model:
    """Return the best portfolio of any player (`solvers.general_sum`).

    It keeps every row of `interdiction` and adds these.
    """
    return Model(
        "maximise",
        plus(
            minus(total(times(sigma[front(j)], slope[j], s[j]), j, "chords")),
            minus(total(_in_steps(cost), k, "points")),
            total(times(earnings[l, o], x[l, o]), (l, o), "lanes_and_options"),
        ),
        (
            Row(
                "node_conserves",
                total(x[l, o], (l, o), "lanes_and_options_out_of", v),
                "<=",
                total(times(g[l, o], x[l, o]), (l, o), "lanes_and_options_into", v),
                (v,),
            ),
            Row(
                "front_absorbs",
                total(s[j], j, "chords_of", f),
                "<=",
                total(times(g[l, o], x[l, o]), (l, o), "lanes_and_options_into", f),
                (f,),
            ),
            Row(
                "capacity_is_respected",
                total(x[l, o], l, "lanes_of_under", r, o),
                "<=",
                times(u[r], plus(y[point(r), o], minus(y[point(r), o + 1]))),
                (r, o),
            ),
            Row(
                "evader_budget_is_respected",
                total(times(c[l, o], x[l, o]), (l, o), "lanes_and_options"),
                "<=",
                B,
            ),
            Row("chord_has_its_width", s[j], "<=", width[j], (j,)),
            Row(
                "flows_match_prices",
                plus(
                    total(times(worth[j], s[j]), j, "chords"),
                    total(times(b[l], x[l, o]), (l, o), "lanes_and_options"),
                ),
                ">=",
                _dual_value(),
            ),
        ),
    )


def consent() -> Row:
    """Return what each member i of a coalition without transfers adds (`solvers.consent`).

    It stands beside the rows of `interdiction` or `strong_duality`.
    """
    own, harms = sp.IndexedBase("own"), sp.IndexedBase("lambda")
    credit, least = sp.IndexedBase("credit"), sp.IndexedBase("least")
    return Row(
        "member_consents",
        plus(total(_in_steps(own, i), k, "points"), times(harms[i], _dual_value())),
        "<=",
        plus(credit[i], minus(least[i])),
        (i,),
    )
