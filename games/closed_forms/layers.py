"""Layers in series: a unit has to survive every one of n layers on its way.

With a hazard h at each layer a unit survives with exp(-h) to the power of n. With correlation rho
one cover beats several layers: after the first, hazards count (1 - rho) h.

What money buys is the curve of `games.enforcement`, h(e) = h_max (1 - 2^(-e / e_half)); let
lambda = ln 2 / e_half, what the first bn USD buys of h_max, and z = 2^(-e / e_half) the share of
the curve that is not bought. Those who decide lose M if everything passes. They spend on each layer
until the last bn USD saves as much as it costs,

    lambda M h_max z exp(-n h_max (1 - z)) = 1,

which Lambert's function W solves (W(x) exp(W(x)) = x): n h_max z = W(n exp(n h_max) / (lambda M)).
With M the sum of all stakes this is coordination, with M a government's own stake it is each layer
in the hands of another.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from games.closed_forms.contests import V, W, c_a, c_e, q
from games.closed_forms.forms import ClosedForm

n, h, rho = sp.symbols("n h rho", positive=True)
M, h_max, e_half = sp.symbols("M h_max e_half", positive=True)
m, s, t = sp.symbols("m s t", positive=True)

_SHARE = (rho, 1 / (1 + t))  # rho anywhere between 0 and 1
_RATE = sp.log(2) / e_half
_LAMBERT = sp.LambertW(n * sp.exp(n * h_max) / (_RATE * M))
_UNBOUGHT = _LAMBERT / (n * h_max)
_WORTHWHILE = (_RATE * M * h_max >= 1,)
_BELOW_ALL = ((_LAMBERT, n * h_max / (1 + t)),)  # z anywhere between 0 and 1


def surviving() -> ClosedForm:
    """Return the share of units that survive n layers.

    Examples
    --------
    >>> round(surviving().at(n=2, h=1, rho=0), 6)  # exp(-2)
    0.135335
    >>> round(surviving().at(n=2, h=1, rho=1), 6)  # the second layer stops nothing
    0.367879
    """
    return ClosedForm(
        "share that survives n layers",
        sp.exp(-h * (1 + (n - 1) * (1 - rho))),
        (n >= 1, rho <= 1, rho >= 0),
        ((n, 1 + m), _SHARE),
    )


def stopped_of_rest() -> ClosedForm:
    """Return the share that a further layer stops of what has got so far: the same for each."""
    return ClosedForm(
        "share that the n-th layer stops of what reaches it",
        1 - sp.exp(-(1 - rho) * h),
        (rho <= 1, rho >= 0),
        ((h, sp.log(1 + s) / (1 - rho)), _SHARE),
    )


def nth_layer() -> ClosedForm:
    """Return what the n-th layer saves, n >= 2, where a unit that passes is worth V.

    Each layer takes the same share of what is left, so that what it saves falls by the factor
    exp(-(1 - rho) h) from layer to layer.
    """
    reaching = surviving().expression.subs(n, n - 1)
    return ClosedForm(
        "saving of the n-th layer",
        V * reaching * stopped_of_rest().expression,
        (n >= 2, rho <= 1, rho >= 0),
        ((h, sp.log(1 + s) / (1 - rho)), (n, 2 + m), _SHARE),
    )


def spending() -> ClosedForm:
    """Return the best spending on each of n equal layers, bn USD a year.

    Worth it from lambda M h_max = 1 on: below, the first bn USD saves less than it costs.
    """
    return ClosedForm(
        "best spending on each layer", -sp.log(_UNBOUGHT) / _RATE, _WORTHWHILE, _BELOW_ALL
    )


def surviving_at_best() -> ClosedForm:
    """Return the share that survives n layers with the best spending on each."""
    return ClosedForm(
        "share that survives n layers at best spending",
        sp.exp(-n * h_max * (1 - _UNBOUGHT)),
        _WORTHWHILE,
        _BELOW_ALL,
    )


@dataclass(frozen=True)
class ContestsInSeries:
    """n Tullock contests in a row (`games.closed_forms.contests`); the evader must win them all.

    Attributes
    ----------
    passing : share of units that win all of them.
    care, enforcement : effort of either side at each layer.
    evader : what the evader keeps.
    most : the number of layers beyond which it gives up.
    """

    passing: ClosedForm
    care: ClosedForm
    enforcement: ClosedForm
    evader: ClosedForm
    most: ClosedForm


def contests_in_series() -> ContestsInSeries:
    """Return the equilibrium of n Tullock contests in a row.

    Notes
    -----
    Dividing the first-order conditions of the two sides at a layer leaves e / a = x with
    x = (W c_a) / (V c_e), at every layer and for every n: each is passed with p = 1 / (1 + x). A
    unit that is likely to be lost further on is worth less care and less enforcement now, so that
    efforts fall with n, together. The evader keeps V p^n (1 - n (1 - p)) and gives up from
    n > 1 + 1 / x on.

    W is what a unit that passes costs those who enforce: the sum of all stakes where they are
    coordinated, each government's own where every layer is in other hands.
    """
    ratio = W * c_a / (V * c_e)
    p = 1 / (1 + ratio)
    care = V * p**n * (1 - p) / c_a
    holds = (n >= 1, n <= 1 + 1 / ratio)
    # V so large that n stays below 1 + 1 / x
    region = ((V, (n - 1 + q) * W * c_a / c_e), (n, 1 + m))

    def form(name: str, expression: sp.Expr) -> ClosedForm:
        return ClosedForm(f"{name} in n Tullock contests", expression, holds, region)

    return ContestsInSeries(
        passing=form("chance to pass", p**n),
        care=form("care at each", care),
        enforcement=form("enforcement at each", ratio * care),
        evader=form("evader's payoff", V * p**n * (1 - n * (1 - p))),
        most=ClosedForm("layers beyond which the evader gives up", 1 + 1 / ratio),
    )
