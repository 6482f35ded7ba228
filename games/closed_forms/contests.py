"""One layer, two efforts: an evader who takes care and a government that looks.

The evader gains V if its unit passes and pays c_a for each unit of care a; the government loses W
if it passes and pays c_e for each unit of enforcement e. Both choose at once. With s(a, e) the
chance to pass,

    the evader maximises V s - c_a a,       the government minimises W s + c_e e.

Two ways to turn efforts into that chance:

`tullock`       s = a / (a + e): chances are as efforts (tullock1980; unequal stakes: nti1999).
`search`        s = exp(-k e / a): random search of a field that hiding makes larger; what an hour
                of looking finds falls with the care of those who hide (koopman1980).
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from games.closed_forms.forms import ClosedForm

V, W = sp.symbols("V W", positive=True)
a, e = sp.symbols("a e", positive=True)
c_a, c_e = sp.symbols("c_a c_e", positive=True)
k = sp.Symbol("k", positive=True)
q = sp.Symbol("q", positive=True)


@dataclass(frozen=True)
class Contest:
    """A contest and its equilibrium in pure strategies.

    Attributes
    ----------
    chance : s(a, e).
    care, enforcement, passing : a, e and s in equilibrium.
    evader, government : what each of them gets, the government's as a loss.
    """

    chance: sp.Expr
    care: ClosedForm
    enforcement: ClosedForm
    passing: ClosedForm
    evader: ClosedForm
    government: ClosedForm

    def evader_payoff(self) -> sp.Expr:
        """Return V s - c_a a at any efforts."""
        return V * self.chance - c_a * a

    def government_loss(self) -> sp.Expr:
        """Return W s + c_e e at any efforts."""
        return W * self.chance + c_e * e

    def forms(self) -> tuple[ClosedForm, ...]:
        """Return the quantities in equilibrium."""
        return self.care, self.enforcement, self.passing, self.evader, self.government


def tullock() -> Contest:
    """Return the contest with s = a / (a + e).

    Notes
    -----
    With x = V / c_a and y = W / c_e, what a win is worth in units of effort, the chance to pass is
    x / (x + y), and both sides spend the share s (1 - s) of what is at stake for them. Neither
    prefers to give up, whatever the stakes. More at stake for the favourite (the side with the
    larger of x and y) discourages the other; more at stake for the other rouses the favourite.

    Examples
    --------
    >>> tullock().passing.at(V=3, W=1, c_a=1, c_e=1)
    0.75
    """
    x, y = V / c_a, W / c_e
    passing = x / (x + y)
    share = x * y / (x + y) ** 2

    def form(name: str, expression: sp.Expr) -> ClosedForm:
        return ClosedForm(f"{name} in a Tullock contest", sp.factor(expression))

    return Contest(
        chance=a / (a + e),
        care=form("care", x * share),
        enforcement=form("enforcement", y * share),
        passing=form("chance to pass", passing),
        evader=form("evader's payoff", V * (passing - share)),
        government=form("government's loss", W * (passing + share)),
    )


def search() -> Contest:
    """Return the contest with s = exp(-k e / a).

    Notes
    -----
    The two first-order conditions divided give the hazard h = k e / a straight away:
    h = k (W c_a) / (V c_e). The evader then keeps V exp(-h) (1 - h), so that it takes part while
    h <= 1. Beyond that it would give up, and the government with it, and then the evader would come
    back: there is no equilibrium in pure strategies.

    Examples
    --------
    >>> round(search().passing.at(V=2, W=1, c_a=1, c_e=1, k=1), 6)
    0.606531
    """
    hazard = k * W * c_a / (V * c_e)
    passing = sp.exp(-hazard)
    care = W * k / c_e * passing
    holds = (hazard <= 1,)
    # V exceeds what makes the hazard one
    region = ((V, k * W * c_a / c_e * (1 + q)),)

    def form(name: str, expression: sp.Expr) -> ClosedForm:
        return ClosedForm(f"{name} in a search", expression, holds, region)

    return Contest(
        chance=sp.exp(-k * e / a),
        care=form("care", care),
        enforcement=form("enforcement", hazard * care / k),
        passing=form("chance to pass", passing),
        evader=form("evader's payoff", V * passing - c_a * care),
        government=form("government's loss", W * passing + c_e * hazard * care / k),
    )
