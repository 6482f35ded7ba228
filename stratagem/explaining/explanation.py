"""Explaining a run: what was decided, what gets through, and what holds it back.

A run is recomputed from its manifest before a word is said about it (`audit`): the scenario is
built anew, and whatever the run claims that its scenario does not bear out is an error.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from games.errors import InputError
from games.layered import LayeredGame
from games.network import build_network
from scenarios.scenario import Scenario
from solvers.world import World
from stratagem.audits.audit import account_of, audited
from stratagem.explaining.gaps import Gap, gaps
from stratagem.explaining.margins import BudgetMargin, PointMargin, budget_margins, point_margins
from stratagem.explaining.mixed import MixedExplanation, mixed_explanation
from stratagem.explaining.prose import tell
from stratagem.explaining.routes import Route, routes
from stratagem.explaining.stuck import Stuck, stuck
from stratagem.explaining.told import Telling, Told
from stratagem.records.comparison import Comparison
from stratagem.runs.kept import Run, open_run


@dataclass(frozen=True, repr=False)
class Explanation(Telling):
    """What a run means.

    Attributes
    ----------
    play : the outcome that is explained.
    run : name of the run's folder; empty where a comparison in hand was explained.
    checked : the outcomes that were recomputed, and `largest_difference` of any number from what
        the run claims, relative to the larger of 1 and the number.
    tried_again : controllers of the play whose every choice was tried again, so that their regret
        rests on nothing but the scenario.
    answer : the finding in a few sentences.
    routes, points, budgets, gaps : see `stratagem.explaining.routes`, `margins` and `gaps`.
    money_price : bn USD of its own objective that one more bn USD of budget is worth to the evader.
    node_prices : {node: what the evader would pay for one more unit there, bn USD}; empty where its
        money is not scarce.
    stuck : of an equilibrium, why nobody leaves it; None for other plays.
    flagged : names of the scenario's numbers that rest on recall or on a prior.
    """

    scenario: str
    run: str
    play: str
    checked: tuple[str, ...]
    largest_difference: float
    tried_again: tuple[str, ...]
    answer: tuple[str, ...]
    routes: tuple[Route, ...]
    points: tuple[PointMargin, ...]
    budgets: tuple[BudgetMargin, ...]
    money_price: float
    node_prices: Mapping[str, float]
    gaps: tuple[Gap, ...]
    stuck: Stuck | None
    flagged: tuple[str, ...]


def explain(
    run: Run | Comparison | str | os.PathLike[str] | Sequence[str],
    world: Scenario | LayeredGame | None = None,
    *,
    play: str | None = None,
) -> Explanation | MixedExplanation:
    """Return what a run means.

    Parameters
    ----------
    run : a run, its folder, words in the name of one under `runs/`, or a comparison in hand.
    world : what a comparison was solved on; a run brings its own.
    play : the outcome to explain; by default coordinated play, or the last play where that is
        missing, the best outcome where it has a best and a worst.

    Raises
    ------
    InputError
        When there is no such run or no such play in it.
    NotCertifiedError
        When anything that the run claims is not what its scenario says.
    """
    source = run if isinstance(run, Run | Comparison) else open_run(run)
    account = account_of(source, world)
    case = account.case
    scene = World(build_network(case.game))
    audit = audited(account, scene)
    claims = audit.claims
    checked = (*claims, *audit.mixed)
    chosen = _chosen(checked, play)
    if chosen in audit.mixed:
        today = claims.get("status-quo")
        return mixed_explanation(
            audit.mixed[chosen],
            case=case,
            world=scene,
            run=account.name,
            today=None if today is None else today.payoffs,
            checked=checked,
            largest_difference=audit.largest_difference,
            changes=account.changes,
        )
    claim, proof = claims[chosen], audit.proofs[chosen]
    profile, response = claim.profile, claim.response
    found_gaps: tuple[Gap, ...] = ()
    if "coordinated" in claims and "unilateral:best" in claims:
        alone, together = claims["unilateral:best"], claims["coordinated"]
        found_gaps = gaps(scene, alone.profile, together.profile)
    deciding = [player for player in claim.play.players if player.points]
    scarce = response.money_price > 0
    prices = {
        node: float(price) / response.money_price if scarce else 0.0
        for (node, known), price in zip(scene.network.nodes, response.node_prices, strict=True)
        if not known
    }
    told = Told(
        case=case,
        play=chosen,
        payoffs={name: one.payoffs for name, one in claims.items()},
        profiles={name: case.game.option_names(one.profile) for name, one in claims.items()},
        routes=routes(scene.network, response),
        points=point_margins(scene, profile),
        budgets=budget_margins(scene, profile, deciding),
        money_price=response.money_price,
        node_prices=prices if scarce else {},
        gaps=found_gaps,
        lost_share=audit.lost_share,
        proof=proof,
        stable=claim.play.stable,
        stuck=stuck(scene, profile, deciding) if claim.play.stable and deciding else None,
        others=tuple(name for name in checked if name != chosen),
        changes=account.changes,
    )
    sections = tell(told)
    return Explanation(
        scenario=case.name,
        run=account.name,
        play=chosen,
        checked=checked,
        largest_difference=audit.largest_difference,
        tried_again=proof.whole,
        answer=sections[0].sentences,
        routes=told.routes,
        points=told.points,
        budgets=told.budgets,
        money_price=told.money_price,
        node_prices=told.node_prices,
        gaps=told.gaps,
        stuck=told.stuck,
        flagged=tuple(number.name for number in case.flagged),
        told=sections,
    )


def _chosen(known: Sequence[str], play: str | None) -> str:
    """Return the outcome to explain."""
    if play is None:
        last = "coordinated" if "coordinated" in known else known[-1]
        best = last.removesuffix(":worst") + ":best"
        return best if best in known else last
    if play in known:
        return play
    for end in ("best", "mixed"):
        if f"{play}:{end}" in known:
            return f"{play}:{end}"
    raise InputError(
        f"--play {play}: expected one of the plays {', '.join(known)}; found none of that name"
    )
