"""What money buys in enforcement: hazard as a function of spending, and its grid of tiers.

A measure whose enforcement costs e has hazard h(e) = h_max (1 - 2^(-e / e_half)): the first half of
what can be detected costs e_half, the next quarter as much again. This is the exponential detection
function of search theory (koopman1980).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from games.errors import GameError


@dataclass(frozen=True)
class EnforcementCurve:
    """Hazard bought by enforcement spending.

    Parameters
    ----------
    hazard_max : expected interceptions per unit that unlimited spending achieves, >= 0.
    half_cost_bn_usd : spending a year that achieves half of it, > 0.
    """

    hazard_max: float
    half_cost_bn_usd: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.hazard_max) and self.hazard_max >= 0):
            raise GameError(f"enforcement curve: expected hazard_max >= 0, found {self.hazard_max}")
        if not (math.isfinite(self.half_cost_bn_usd) and self.half_cost_bn_usd > 0):
            raise GameError(
                f"enforcement curve: expected half_cost > 0, found {self.half_cost_bn_usd}"
            )

    def hazard(self, spending_bn_usd: float) -> float:
        """Return the hazard of one crossing at normal effort.

        Examples
        --------
        >>> EnforcementCurve(hazard_max=2.0, half_cost_bn_usd=0.1).hazard(0.1)
        1.0
        """
        return self.hazard_max * -math.expm1(-spending_bn_usd / self.half_cost_bn_usd * math.log(2))

    def spending(self, hazard: float) -> float:
        """Return the spending (bn USD a year) that achieves a hazard below `hazard_max`."""
        if not 0 <= hazard < self.hazard_max:
            raise GameError(
                f"enforcement curve: expected a hazard in [0, {self.hazard_max}), found {hazard}"
            )
        return -self.half_cost_bn_usd * math.log2(1 - hazard / self.hazard_max)


@dataclass(frozen=True)
class Tier:
    """The place of an option on the curve of its measure.

    Parameters
    ----------
    spending_bn_usd : spent on enforcement a year; the curve says what hazard it buys.
    fixed_bn_usd : what the measure costs a year whatever is spent on enforcement.
    """

    curve: EnforcementCurve
    spending_bn_usd: float
    fixed_bn_usd: float = 0.0
