"""Expected loss against the largest: the portfolios between which only taste decides.

>>> import stratagem as sg
>>> found = sg.trade_off(sg.load("two-layers"), worlds=16)
>>> found.proven, len(found.found.points) >= 1
(True, True)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from games.layered import LayeredGame
from scenarios.scenario import Scenario
from scenarios.worlds import Method
from solvers.certificate import EVADER_TOLERANCE
from solvers.worlds.budgets import appropriated
from solvers.worlds.certificate import certify_worlds
from solvers.worlds.front import Front, front
from solvers.worlds.measures import Measure
from solvers.worlds.problem import ManyWorlds
from solvers.worlds.record import BestForWorlds, Progress
from stratagem.cases import case_of
from stratagem.limits import TIME_LIMIT, check_settings, ignore
from stratagem.portfolios.crew import crew_of
from stratagem.portfolios.portfolio import GAP, drawn_worlds, jobs_for
from stratagem.presentation import words
from stratagem.presentation.plain import plain
from stratagem.presentation.tables import Cell, Column, Page, Section, Table

if TYPE_CHECKING:
    import pandas

    from stratagem.pictures.parts import Chart

MOST_NAMED = 4
"""Changes that are named at a point; the run folder has them all."""


@dataclass(frozen=True, repr=False, eq=False)
class TradeOff(Page):
    """Expected loss against the largest over a sample of worlds.

    Attributes
    ----------
    worlds : how many took part.
    left_out : worlds that contradict themselves.
    """

    scenario: str
    scenario_title: str
    scenario_hash: str
    game: LayeredGame = field(repr=False)
    found: Front
    worlds: int
    left_out: int
    gap: float
    seed: int
    sampling: Method
    time_limit: float
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

    @property
    def proven(self) -> bool:
        """Whether nothing better than the points is left by more than the gap asked for."""
        return all(point.gap <= max(self.gap, EVADER_TOLERANCE) for point in self.found.points)

    def points(self) -> list[dict[str, Any]]:
        """Return one entry per portfolio, by rising largest loss."""
        rows = []
        before: dict[str, str] = {}
        for point in self.found.points:
            names = self.game.option_names(point.profile)
            rows.append(
                {
                    "expected": point.expected,
                    "largest": point.largest,
                    "bound": plain(point.bound),
                    "gap": plain(point.gap),
                    "profile": names,
                    "changed": {k: o for k, o in names.items() if before and before[k] != o},
                    "losses": point.losses.tolist(),
                }
            )
            before = names
        return rows

    def to_json(self) -> dict[str, Any]:
        """Return the front as plain JSON values."""
        return {
            "scenario": self.scenario,
            "scenario_title": self.scenario_title,
            "scenario_hash": self.scenario_hash,
            "over": "worlds",
            "worlds": self.worlds,
            "left_out": self.left_out,
            "sampling": self.sampling,
            "points": self.points(),
            "lines": [
                {"share_of_largest": share, "bound": plain(bound)}
                for share, bound in self.found.lines
            ],
            "complete": self.proven,
            "gap_asked": self.gap,
            "seed": self.seed,
            "time_limit": self.time_limit,
        }

    def table(self) -> Table:
        """Return one row per portfolio."""
        columns = (
            Column("largest loss", "bn USD/yr", digits=2),
            Column("expected", "bn USD/yr", digits=2),
            Column("none below", "bn USD/yr", digits=2),
            Column("changed from the row above"),
        )
        rows: list[tuple[Cell, ...]] = []
        for point in self.points():
            changed = [f"{k} {words.option(o)}" for k, o in point["changed"].items()]
            if len(changed) > MOST_NAMED:
                changed = [*changed[: MOST_NAMED - 1], f"{len(changed) - MOST_NAMED + 1} more"]
            rows.append(
                (point["largest"], point["expected"], point["bound"], words.listed(changed))
            )
        return Table("", columns, tuple(rows))

    def sections(self) -> tuple[Section, ...]:
        """Return the portfolios and what is proven."""
        count = words.count(len(self.found.points), "portfolio")
        head = (
            f"Over {words.count(self.worlds, 'world')}, no other portfolio is known to be better "
            f"than these in both the largest and the expected loss: {count}."
        )
        return (
            Section(self.scenario_title, (head,), (self.table(),)),
            Section("", (self.proof(),)),
        )

    def proof(self) -> str:
        """Return what is proven about portfolios that are not among these."""
        if not self.found.lines:
            return "Every portfolio was tried in every world: there is no other."
        widest = max(point.gap for point in self.found.points)
        blends = words.count(len(self.found.lines), "blend")
        most = f"{100 * widest:.2g} percent" if math.isfinite(widest) else "an unknown amount"
        return (
            f"No portfolio whose largest loss is below that of the next row has an expected loss "
            f"below 'none below', which leaves {most} open at most; proven by {blends} of both "
            f"losses."
        )

    def to_pandas(self) -> pandas.DataFrame:
        """Return one row per portfolio, with the option at every control point."""
        import pandas

        return pandas.DataFrame(
            {k: point[k] for k in ("largest", "expected", "bound", "gap")} | point["profile"]
            for point in self.points()
        )

    def picture(self) -> Chart:
        """Return the front as steps, with what no portfolio is below."""
        from stratagem.portfolios.pictures import trade_off_steps

        return trade_off_steps(self.points(), worlds=self.worlds)


def trade_off(
    world: Scenario,
    *,
    worlds: int = 64,
    sampling: Method = "sobol",
    seed: int = 0,
    gap: float = GAP,
    time_limit: float = TIME_LIMIT,
    jobs: int | None = 1,
    progress: Callable[[Progress], None] = ignore,
) -> TradeOff:
    """Return the portfolios of which no other has both a smaller expected and largest loss.

    Each keeps to the budgets as the scenario states them, at its stated costs.

    Parameters
    ----------
    worlds : how many are drawn from the scenario's ranges.
    sampling : how worlds are drawn, see `scenarios.worlds.sample`.
    gap : relative gap to prove.
    time_limit : seconds; then the portfolios so far are returned with what is open.
    jobs : worker processes; None for one per core.
    progress : called as the work goes on.

    Raises
    ------
    InputError
        When something handed in is wrong, or no world has a game.
    NotCertifiedError
        When a check of a portfolio fails in a world.
    """
    check_settings(jobs=jobs, seed=seed, time_limit=time_limit, gap=gap)
    case = case_of(world)
    drawn = drawn_worlds(world, worlds, seed=seed, sampling=sampling)
    games = list(drawn.games.values())
    many = ManyWorlds(appropriated(games, case.game))
    found = front(
        many,
        gap=gap,
        time_limit=time_limit,
        generator=np.random.default_rng(seed),
        crew=crew_of(jobs_for(many.games, jobs)),
        progress=progress,
    )
    for point in found.points:
        for share, value in ((0.0, point.expected), (1.0, point.largest)):
            claimed = BestForWorlds(
                profile=point.profile,
                measure=Measure("blend", share=share),
                value=value,
                bound=min(value, point.bound),
                losses=point.losses,
                best=None,
                alone=None,
                method="agreement" if found.lines else "enumeration",
                seconds=found.seconds,
            )
            certify_worlds(
                games,
                claimed,
                player=many.player,
                probabilities=many.probabilities,
                gap=gap,
                appropriated=case.game,
            )
    return TradeOff(
        scenario=case.name,
        scenario_title=case.title,
        scenario_hash=case.hash,
        game=case.game,
        found=found,
        worlds=len(many),
        left_out=len(drawn.faults),
        gap=gap,
        seed=seed,
        sampling=sampling,
        time_limit=time_limit,
        titles=case.titles,
    )
