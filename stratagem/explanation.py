"""Explaining a run: what was decided, what gets through, and what holds it back.

A run is recomputed from its manifest before a word is said about it: the scenario is built anew,
the evader answers anew, and payoffs that differ from what the run claims are an error.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from games.errors import InputError, NotCertifiedError
from games.layered import Profile
from games.network import build_network
from games.payoffs import Payoffs, payoffs
from solvers.certificate import EVADER_TOLERANCE, evaluated
from solvers.plays import parse_play
from solvers.portfolio import World
from stratagem.cases import case_of
from stratagem.gaps import Gap, gaps
from stratagem.margins import BudgetMargin, PointMargin, budget_margins, point_margins
from stratagem.plain import plain
from stratagem.prose import Told, tell
from stratagem.routes import Route, routes
from stratagem.runs import Run, open_run
from stratagem.tables import Page, Section

PAYOFF_TOLERANCE = 1e-6
"""Largest relative difference between a recomputed payoff and the one that a run claims."""


@dataclass(frozen=True, repr=False)
class Explanation(Page):
    """What a run means.

    Attributes
    ----------
    play : the outcome that is explained.
    checked : the outcomes that were recomputed, and `largest_difference` of any payoff from what
        the run claims, relative to the larger of 1 and the payoff.
    answer : the finding in a few sentences.
    routes, points, budgets, gaps : see `stratagem.routes`, `margins` and `gaps`.
    money_price : bn USD of its own objective that one more bn USD of budget is worth to the evader.
    node_prices : {node: what the evader would pay for one more unit there, bn USD}; empty where its
        money is not scarce.
    flagged : names of the scenario's numbers that rest on memory or on a prior.
    """

    scenario: str
    run: str
    play: str
    checked: tuple[str, ...]
    largest_difference: float
    answer: tuple[str, ...]
    routes: tuple[Route, ...]
    points: tuple[PointMargin, ...]
    budgets: tuple[BudgetMargin, ...]
    money_price: float
    node_prices: Mapping[str, float]
    gaps: tuple[Gap, ...]
    flagged: tuple[str, ...]
    told: tuple[Section, ...]

    def sections(self) -> tuple[Section, ...]:
        """Return the explanation in words and tables."""
        return self.told

    def to_json(self) -> dict[str, Any]:
        """Return the explanation as plain JSON values."""
        values: dict[str, Any] = plain(self)
        told = values.pop("told")
        return {**values, "words": {part["title"]: part["sentences"] for part in told}}


def explain(
    run: Run | str | os.PathLike[str] | Sequence[str], *, play: str | None = None
) -> Explanation:
    """Return what a run means.

    Parameters
    ----------
    run : a run, its folder, or words in the name of one under `runs/`.
    play : the outcome to explain; by default coordinated play, or the last one where it is missing.

    Raises
    ------
    InputError
        When there is no such run or no such play in it.
    NotCertifiedError
        When a recomputed payoff is not the one that the run claims.
    """
    opened = run if isinstance(run, Run) else open_run(run)
    case = case_of(opened.world)
    world = World(build_network(case.game))
    profiles, difference = _recomputed(opened, world)
    chosen = _chosen(list(profiles), play)
    profile = profiles[chosen]
    response = world.respond(profile)
    entry = _entry(opened, chosen)
    asked = parse_play(case.game, str(entry["asked"]))
    found_gaps: tuple[Gap, ...] = ()
    if "coordinated" in profiles and "unilateral:best" in profiles:
        found_gaps = gaps(world, profiles["unilateral:best"], profiles["coordinated"])
    deciding = [player for player in asked.players if player.points]
    scarce = response.money_price > 0
    prices = {
        node: float(price) / response.money_price if scarce else 0.0
        for (node, known), price in zip(world.network.nodes, response.node_prices, strict=True)
        if not known
    }
    told = Told(
        case=case,
        play=chosen,
        payoffs={name: world.payoffs(one) for name, one in profiles.items()},
        profiles={name: case.game.option_names(one) for name, one in profiles.items()},
        routes=routes(world.network, response),
        points=point_margins(world, profile),
        budgets=budget_margins(world, profile, deciding),
        money_price=response.money_price,
        node_prices=prices if scarce else {},
        gaps=found_gaps,
        lost_share=_lost_share(world, profiles),
        status=str(entry["certificate"].get("status")),
        bound_gap=entry["certificate"].get("bound_gap"),
    )
    sections = tell(told)
    return Explanation(
        scenario=case.name,
        run=opened.path.name,
        play=chosen,
        checked=tuple(profiles),
        largest_difference=difference,
        answer=sections[0].sentences,
        routes=told.routes,
        points=told.points,
        budgets=told.budgets,
        money_price=told.money_price,
        node_prices=told.node_prices,
        gaps=told.gaps,
        flagged=tuple(number.name for number in case.flagged),
        told=sections,
    )


def _recomputed(run: Run, world: World) -> tuple[dict[str, Profile], float]:
    """Return the profiles of a run by play and the largest difference of a payoff."""
    faults: list[str] = []
    profiles: dict[str, Profile] = {}
    largest = 0.0
    for number in range(len(run.result["plays"])):
        entry = _checked_entry(run, number)
        play = entry["play"]
        profile = world.game.profile(entry["profile"])
        response = world.respond(profile)
        check = evaluated(world.network, response)
        if max(abs(check.gap), check.violation) > EVADER_TOLERANCE:
            faults.append(
                f"{run.path.name}: {play}: expected a certified response of the evader, found a "
                f"gap of {check.gap:.3g} and a violation of {check.violation:.3g}"
            )
        true = payoffs(world.game, profile, entering=check.entering, quantities=check.quantities)
        difference = _difference(true, entry)
        largest = max(largest, difference)
        if not difference <= PAYOFF_TOLERANCE:
            faults.append(
                f"{run.path.name}: {play}: expected the payoffs of the run's own scenario, joint "
                f"{true.joint:.9g} bn USD; found payoffs that differ by {difference:.3g} in "
                "result.json - solve again"
            )
        profiles[play] = profile
    if faults:
        raise NotCertifiedError("\n".join(faults))
    return profiles, largest


def _difference(true: Payoffs, entry: Mapping[str, Any]) -> float:
    """Return the largest relative difference between payoffs and what a run claims."""
    claimed = {**entry["payoffs"], "": entry["joint_payoff"]}
    differences = [
        abs(value - float(claimed.get(name, math.inf))) / max(1.0, abs(value))
        for name, value in {**true.total, "": true.joint}.items()
    ]
    return max(one if math.isfinite(one) else math.inf for one in differences)


def _checked_entry(run: Run, number: int) -> Mapping[str, Any]:
    """Return a play of `result.json` that has what is needed here."""
    entry = run.result["plays"][number]
    shapes = {
        "play": str,
        "asked": str,
        "profile": dict,
        "payoffs": dict,
        "joint_payoff": float,
        "certificate": dict,
    }
    for key, shape in shapes.items():
        value = entry.get(key) if isinstance(entry, dict) else None
        if not isinstance(value, shape):
            raise InputError(
                f"{run.path.name}: plays[{number}].{key}: expected a {shape.__name__}, found "
                f"{type(value).__name__} - result.json is damaged; solve again"
            )
    return dict(entry)


def _entry(run: Run, play: str) -> Mapping[str, Any]:
    return next(dict(entry) for entry in run.result["plays"] if entry["play"] == play)


def _chosen(known: Sequence[str], play: str | None) -> str:
    """Return the outcome to explain."""
    if play is None:
        return "coordinated" if "coordinated" in known else known[-1]
    if play in known:
        return play
    if f"{play}:best" in known:
        return f"{play}:best"
    raise InputError(
        f"--play {play}: expected one of the plays {', '.join(known)}; found none of that name"
    )


def _lost_share(world: World, profiles: Mapping[str, Profile]) -> tuple[float, float] | None:
    """Return the lost share in the best and the worst outcome, None where it is not known."""
    names = ("status-quo", "coordinated", "unilateral:best", "unilateral:worst")
    if any(name not in profiles for name in names):
        return None
    start, together, best, worst = (world.payoffs(profiles[name]).joint for name in names)
    gain = together - start
    if gain <= PAYOFF_TOLERANCE * max(1.0, abs(start)):
        return None
    return (together - best) / gain, (together - worst) / gain
