"""One public good, n governments: protection 1 - exp(-k F(x_1, ..., x_n)) from efforts x_i.

To government i full protection is worth v_i, and a unit of effort costs it c_i; each chooses its
own. What F makes of the efforts is a matter of the network (hirshleifer1983, varian2004):

`total`          F = sum of x_i: layers in series, each in other hands. Hazards add up.
`weakest_link`   F = min x_i: ways side by side, each in other hands. The evader takes the weakest.
`best_shot`      F = max x_i: one success is enough, such as one country that can shut a supplier.

Whoever acts alone weighs its own v_i / c_i, a union the sum of the v_i against the cost of one more
unit of F, and both go on until k (worth / cost) exp(-k F) = 1. So everything is told by one number,
the *worth of effort* per unit of its cost: F = ln(k worth) / k.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from games.closed_forms.forms import ClosedForm
from games.errors import GameError

k = sp.Symbol("k", positive=True)
_base = sp.Symbol("base", positive=True)

TECHNOLOGIES = ("total", "weakest_link", "best_shot")


@dataclass(frozen=True)
class Alliance:
    """What n governments do alone and together.

    Attributes
    ----------
    alone : F in the equilibrium that is best for all. With `weakest_link` every lower F is an
        equilibrium too; with `best_shot` others may be the one who acts.
    together : F that is best for the sum.
    wedge : worth of effort together over that alone, >= 1; F differs by ln(wedge) / k.
    """

    alone: ClosedForm
    together: ClosedForm
    wedge: ClosedForm

    def forms(self) -> tuple[ClosedForm, ...]:
        """Return the three forms."""
        return self.alone, self.together, self.wedge


def alliance(technology: str, size: int) -> Alliance:
    """Return the closed forms of an alliance of `size` governments; letters v1, c1, v2, c2, ...

    Raises
    ------
    GameError
        When the technology is none of `TECHNOLOGIES`, or there is nobody.

    Examples
    --------
    >>> two = alliance("weakest_link", 2)
    >>> two.wedge.at(v1=1, c1=1, v2=3, c2=1)  # (1 + 3) / (1 + 1) over 1
    2.0
    >>> two.wedge.at(v1=2, c1=1, v2=2, c2=1)  # equals leave no gap in the best equilibrium
    1.0
    """
    if technology not in TECHNOLOGIES:
        raise GameError(
            f"technology: expected one of {', '.join(TECHNOLOGIES)}, found {technology!r}"
        )
    if size < 1:
        raise GameError(f"alliance: expected at least one government, found {size}")
    worths = [sp.Symbol(f"v{i}", positive=True) for i in range(1, size + 1)]
    costs = [sp.Symbol(f"c{i}", positive=True) for i in range(1, size + 1)]
    own = [v / c for v, c in zip(worths, costs, strict=True)]
    if technology == "weakest_link":
        alone, together = sp.Min(*own), sum(worths) / sum(costs)
    else:
        alone, together = sp.Max(*own), sum(worths) / sp.Min(*costs)
    name = technology.replace("_", " ")
    return Alliance(
        ClosedForm(f"{name}, alone", sp.log(k * alone) / k, (k * alone >= 1,)),
        ClosedForm(f"{name}, together", sp.log(k * together) / k, (k * together >= 1,)),
        ClosedForm(f"wedge, {name}", together / alone),
    )


def weakest_wedge(size: int) -> ClosedForm:
    """Return the weakest link's wedge less one, in letters that show its sign.

    Government 1 is the weakest, worth `base` for each unit of cost; government i is worth s_i more.
    The wedge exceeds one by what the others' stakes exceed the weakest's, weighed by their costs: a
    union does not ask more of everyone, it lifts the one that has the least reason to act.
    """
    costs = [sp.Symbol(f"c{i}", positive=True) for i in range(1, size + 1)]
    more = [sp.Integer(0), *(sp.Symbol(f"s{i}", positive=True) for i in range(2, size + 1))]
    together = sum(c * (_base + s) for c, s in zip(costs, more, strict=True)) / sum(costs)
    return ClosedForm("wedge less one, weakest link", sp.factor(together / _base - 1))
