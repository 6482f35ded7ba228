"""All that an explanation is about, and an explanation whose words are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from games.payoffs import Payoffs
from stratagem.audits.proofs import Proof
from stratagem.cases import Case
from stratagem.explaining.gaps import Gap
from stratagem.explaining.margins import BudgetMargin, PointMargin
from stratagem.explaining.routes import Route
from stratagem.explaining.stuck import Stuck
from stratagem.presentation import words
from stratagem.presentation.plain import plain
from stratagem.presentation.tables import Page, Section


@dataclass(frozen=True, repr=False)
class Telling(Page):
    """An explanation whose words are made: `told` holds its sections."""

    told: tuple[Section, ...]

    def sections(self) -> tuple[Section, ...]:
        """Return the explanation in words and tables."""
        return self.told

    def to_json(self) -> dict[str, Any]:
        """Return the explanation as plain JSON values."""
        values: dict[str, Any] = plain(self)
        told = values.pop("told")
        return {**values, "words": {part["title"]: part["sentences"] for part in told}}


@dataclass(frozen=True)
class Told:
    """All that an explanation is about; see `stratagem.explaining.explanation.Explanation`.

    Attributes
    ----------
    payoffs, profiles : by play; profiles are {control point: option}.
    lost_share : in the best and the worst equilibrium, None where unknown.
    proof : how far the run's certificate of the play was borne out.
    stable : whether the play is an equilibrium between several players.
    stuck : why nobody leaves it, None where it is none.
    others : names of the other plays of the same run.
    changes : by what the scenario was changed.
    """

    case: Case
    play: str
    payoffs: Mapping[str, Payoffs]
    profiles: Mapping[str, Mapping[str, str]]
    routes: tuple[Route, ...]
    points: tuple[PointMargin, ...]
    budgets: tuple[BudgetMargin, ...]
    money_price: float
    node_prices: Mapping[str, float]
    gaps: tuple[Gap, ...]
    lost_share: tuple[float, float] | None
    proof: Proof
    stable: bool
    stuck: Stuck | None
    others: tuple[str, ...]
    changes: str

    def point(self, name: str, more: str = "") -> str:
        """Return a control point by its title, with the name that narrow tables show, and more."""
        title = self.case.called("points", name)
        beside = [part for part in (name if title != name else "", more) if part]
        return f"{title} ({', '.join(beside)})" if beside else title

    def controller(self, name: str) -> str:
        """Return a controller by its title."""
        return self.case.called("controllers", name)

    def named(self, names: Iterable[str]) -> str:
        """Return several controllers in a row."""
        return words.listed([self.controller(name) for name in names])

    def player(self, name: str) -> str:
        """Return a player, which may be several controllers, by their titles."""
        return self.named(name.split("+"))
