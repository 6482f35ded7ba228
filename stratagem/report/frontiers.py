"""Frontiers beside a run: every step tried again from the scenario's text in the frontier's file.

The game is built anew from that text, the evader answers the portfolio of every step again, and
outlay, payoff, months, harm and what changes are held against what the file says. Steps have to
rise by more than the tolerance, and none may pay more than a dearer budget was proven to allow.
What is called proven, complete or open has to follow from bounds and steps. That nothing else is
better is the file's own certificate.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from games.layered import LayeredGame
from games.network import build_network
from scenarios.load import load_text
from scenarios.scenario import Scenario
from solvers.certificate import EVADER_TOLERANCE
from solvers.outcomes import PlayResult
from solvers.world import World
from stratagem.audits.claims import SOLVED
from stratagem.audits.ledger import Ledger
from stratagem.cases import case_of
from stratagem.portfolios.frontier import (
    RESOLUTION,
    WIDEST,
    Step,
    Walk,
    counting_harm_alone,
    known_controller,
)
from stratagem.portfolios.frontier_record import OVERS, Frontier
from stratagem.runs.readback import certificate_of

FRONTIER = "frontier.json"


@dataclass(frozen=True)
class FrontierStudy:
    """A frontier that holds.

    Attributes
    ----------
    found : its steps, as they were computed again.
    largest_difference : of any number from what the file says, relative to the larger of 1 and the
        number.
    """

    path: Path
    found: Frontier
    largest_difference: float


def frontier_of(path: Path, record: Mapping[str, Any], _: Scenario) -> FrontierStudy:
    """Return the frontier in a folder, recomputed.

    Parameters
    ----------
    record : what its file says.

    Raises
    ------
    InputError, ValueError, KeyError, TypeError, AttributeError
        When that is not what a frontier says.
    NotCertifiedError
        With every number that is not what the scenario says.
    """
    place, text = path / FRONTIER, str(record["scenario_text"])
    ledger = Ledger(str(place))
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()
    ledger.compare("scenario_hash", digest, record["scenario_hash"])
    ledger.raise_any()
    case = case_of(load_text(text, place=str(place)))
    over, whose = record["over"], record["whose"]
    if over not in OVERS or not record["points"]:
        raise ValueError(f"{len(record['points'])} steps over {str(over)[:80]!r}")
    game = counting_harm_alone(case.game) if over == "cost" else case.game
    names = [known_controller(game, whose)] if whose else [c.name for c in game.controllers]
    scene = World(build_network(game))
    steps = tuple(_again(scene, entry, over, names) for entry in record["points"])
    proven = all(step.result.certificate.status != "limit" for step in steps)
    found = Frontier(
        scenario=case.name,
        scenario_title=case.title,
        scenario_hash=case.hash,
        over=over,
        whose=whose,
        game=game,
        found=Walk(steps, record["complete"] and proven, float(record["open"]), record["solved"]),
        tolerance=float(record["tolerance"]),
        gap=float(record["gap_asked"]),
        seed=record["seed"],
        time_limit=record["time_limit"],
        titles=case.titles,
    )
    for key, value in found.to_json().items():
        ledger.compare(key, value, record[key], tolerance=SOLVED)
    _order(found, ledger)
    _claimed(found, ledger)
    _kept(found, ledger)
    ledger.raise_any()
    return FrontierStudy(path, found, ledger.largest)


def _again(scene: World, entry: Mapping[str, Any], over: str, names: list[str]) -> Step:
    """Return a step with the evader's answer and payoffs of now."""
    game: LayeredGame = scene.game
    profile, layers = game.profile(entry["profile"]), tuple(entry["layers"])
    payoffs = scene.payoffs(profile)
    certificate = certificate_of(entry["certificate"])
    result = PlayResult(
        over, profile, scene.respond(profile), payoffs, certificate, "read back", 0.0
    )
    if over == "layers":
        return Step(float(len(layers)), float(len(layers)), result, layers)
    outlay, up_to = sum(payoffs.outlay[name] for name in names), entry["best_up_to"]
    return Step(up_to if up_to < outlay <= up_to + RESOLUTION else outlay, up_to, result)


def _order(found: Frontier, ledger: Ledger) -> None:
    """Note steps that do not rise, or pay more than a budget as large was proven to allow."""
    steps = found.found.steps
    for i, (step, after) in enumerate(itertools.pairwise(steps)):
        key = f"points[{i + 1}]"
        if not after.spent > step.spent:
            ledger.differs(f"{key}.spent", f"more than {step.spent:.12g}", f"{after.spent:.12g}")
        least = step.payoff + found.tolerance  # lower steps are left out
        if found.over != "layers" and not after.payoff > least - SOLVED:
            ledger.differs(f"{key}.payoff", f"more than {least:.12g}", f"{after.payoff:.12g}")
    for i, step in enumerate(steps):
        slack = found.tolerance + found.gap * max(1.0, abs(step.payoff))
        for other in steps[i + 1 :]:
            if other.spent <= step.up_to and other.payoff > step.bound + slack:
                ledger.differs(
                    f"points[{i}].best_up_to", f"less than {other.spent:.12g}", f"{step.up_to:.12g}"
                )


def _claimed(found: Frontier, ledger: Ledger) -> None:
    """Note certificates that say more than their bounds, and gaps told otherwise than they are."""
    steps = found.found.steps
    for i, step in enumerate(steps):
        key, certificate = f"points[{i}].certificate", step.result.certificate
        scale = max(1.0, abs(step.payoff))
        apart = (step.bound - step.payoff) / scale
        if apart != certificate.bound_gap:  # neither is a number where nothing bounds the step
            ledger.compare(f"{key}.bound_gap", apart, certificate.bound_gap, tolerance=SOLVED)
        near = apart <= 1.01 * max(found.gap, EVADER_TOLERANCE)
        if certificate.status not in (("proven", "limit") if near else ("limit",)):
            ledger.differs(
                f"{key}.status", f"what a gap of {apart:.3g} proves", repr(certificate.status)[:80]
            )
    told = found.found
    if found.over == "layers" or told.complete:
        ledger.compare("open", 0.0, told.open, tolerance=0.0)
    if found.over == "layers":
        return
    rises = [(a.payoff - b.payoff, a.spent - b.up_to) for b, a in itertools.pairwise(steps)]
    unseen = [rise for rise, width in rises if width > WIDEST]
    # of steps that are left out, the first is up to the tolerance above the last that is not
    least = max((rise for rise in unseen if rise > 2 * found.tolerance + SOLVED), default=0.0)
    if told.complete and least > 0:
        ledger.differs("complete", f"a rise of {least:.12g} looked into", "it told as complete")
    most = max((rise for rise, _ in rises), default=0.0) + found.tolerance + SOLVED
    if not max(0.0, least - found.tolerance) <= told.open <= most:
        expected = f"from {max(0.0, least - found.tolerance):.12g} to {most:.12g}"
        ledger.differs("open", expected, f"{told.open:.12g}")


def _kept(found: Frontier, ledger: Ledger) -> None:
    """Note steps outside of the layers and the budgets that bind them."""
    game = found.game
    for i, step in enumerate(found.found.steps):
        profile, outlay = step.result.profile, step.result.payoffs.outlay
        for point, option, before in zip(game.points, profile, game.status_quo, strict=True):
            if found.over == "layers" and point.layer not in step.layers and option != before:
                was, now = point.options[before].name, point.options[option].name
                ledger.differs(f"points[{i}].profile.{point.name}", was, now)
        if found.over not in ("layers", "budget"):
            continue  # one purse
        for one in game.controllers:
            if one.name != found.whose and outlay[one.name] > one.budget + SOLVED:
                ledger.differs(
                    f"points[{i}]: spent by {one.name}",
                    f"{one.budget:.12g} at most",
                    f"{outlay[one.name]:.12g}",
                )
