"""Ways side by side: what is checked on one moves to the other.

n ways lead to the same place at the same price, each through a layer of its own. An evader with Q
units to send takes the weakest; where the ways hold all of Q, nothing else counts.

*One hazard for all.* So no bn USD is well spent on one way alone. Those who decide lose M if
everything passes, and raise all n ways together, along the curve of `games.enforcement`, until

    lambda M h_max z exp(-h_max (1 - z)) = n,

with the letters of `games.closed_forms.layers`. A government that decides on one way alone, while
the others do as much, weighs its own M with n = 1; the weakest of them sets the hazard of all.

*One way open.* If all ways but one are checked with the hazard h and the open one holds u units,
what passes is u + (Q - u) exp(-h) while u < Q. However strict the others, u is never stopped.
"""

from __future__ import annotations

import sympy as sp

from games.closed_forms.forms import ClosedForm
from games.closed_forms.layers import M, e_half, h, h_max, n, t

u, Q = sp.symbols("u Q", positive=True)
m, s = sp.symbols("m s", positive=True)

_RATE = sp.log(2) / e_half
_LAMBERT = sp.LambertW(n * sp.exp(h_max) / (_RATE * M))
_WORTHWHILE = (_RATE * M * h_max >= n,)
_BELOW_ALL = ((_LAMBERT, h_max / (1 + t)),)


def level_hazard() -> ClosedForm:
    """Return the best hazard of n ways raised together."""
    return ClosedForm("best hazard of n ways", h_max - _LAMBERT, _WORTHWHILE, _BELOW_ALL)


def level_spending() -> ClosedForm:
    """Return what that hazard costs on each way, bn USD a year."""
    return ClosedForm(
        "best spending on each of n ways",
        -sp.log(_LAMBERT / h_max) / _RATE,
        _WORTHWHILE,
        _BELOW_ALL,
    )


def passing() -> ClosedForm:
    """Return the units that pass if one way of u < Q units is open and the others have h.

    Examples
    --------
    >>> passing().at(Q=100, u=40, h=1000)  # however strict the others
    40.0
    """
    return ClosedForm(
        "units that pass with one way open",
        u + (Q - u) * sp.exp(-h),
        (u <= Q,),
        ((Q, u + m), (h, sp.log(1 + s))),
    )


def closing() -> ClosedForm:
    """Return the units saved by giving the open way the hazard of the others."""
    return ClosedForm(
        "saving from closing the gap", u * (1 - sp.exp(-h)), (u <= Q,), ((h, sp.log(1 + m)),)
    )


def saving_elsewhere() -> ClosedForm:
    """Return the units that a bit more hazard on the guarded ways saves while one is open."""
    return ClosedForm(
        "saving from more hazard beside a gap", (Q - u) * sp.exp(-h), (u <= Q,), ((Q, u + m),)
    )
