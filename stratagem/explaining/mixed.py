"""Explaining mixed play: who draws what, what may come of it, and why no single profile holds.

The claims are recomputed before anything is said (`mixed_claims`). Why nobody settles is shown by
following best answers from the likeliest outcome: of all players the one that gains most moves,
until a profile comes back or no answer is found that gains.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from games.layered import Profile
from games.payoffs import Payoffs
from solvers.candidates import FEW
from solvers.descent import descend
from solvers.equilibria.drawn import Portfolios
from solvers.equilibria.extremes import gains
from solvers.equilibria.mixed_play import MixedResult
from solvers.players import Player, replaced, weights_of
from solvers.portfolio import best_portfolio
from solvers.world import World
from stratagem.audits.mixed_claims import MixedClaim
from stratagem.cases import Case
from stratagem.explaining.told import Telling
from stratagem.presentation import words
from stratagem.presentation.tables import Cell, Column, Section, Table
from stratagem.records.mixed import MixedRecord, mixed_record
from stratagem.records.outcomes import months_at_stake

MOVES = 12
"""Moves that are followed at most."""

DRAWS_SHOWN = 12


@dataclass(frozen=True)
class Move:
    """A change that pays for the player that makes it, against what all others just did.

    Attributes
    ----------
    options : {control point: option} that it changes.
    gain : bn USD a year.
    """

    player: str
    options: dict[str, str]
    gain: float


@dataclass(frozen=True, repr=False)
class MixedExplanation(Telling):
    """What mixed play in a run means.

    Attributes
    ----------
    play : the outcome that is explained.
    run : name of the run's folder; empty where a comparison in hand was explained.
    checked, largest_difference, tried_again : as in other explanations.
    record : the play, recomputed.
    chase : best answers in turn, from the likeliest outcome on.
    returns : whether they come back to a profile that was there before.
    """

    scenario: str
    run: str
    play: str
    checked: tuple[str, ...]
    largest_difference: float
    tried_again: tuple[str, ...]
    answer: tuple[str, ...]
    record: MixedRecord
    chase: tuple[Move, ...]
    returns: bool


def mixed_explanation(
    claim: MixedClaim,
    *,
    case: Case,
    world: World,
    run: str,
    today: Payoffs | None,
    checked: tuple[str, ...],
    largest_difference: float,
    changes: str = "",
) -> MixedExplanation:
    """Return what mixed play means.

    Parameters
    ----------
    claim : the play, recomputed.
    today : payoffs at the status quo, where the run has it.
    checked, largest_difference : of the audit of the run.
    changes : by what the scenario was changed.
    """
    record = mixed_record(case, claim.play.name, claim.result)
    chase, returns = followed(world, claim.result)
    against = _against(case, record, today)
    answer = (f"{changes} {against}".lstrip(), *record.sentences(), _tried(case, claim))
    others = tuple(name for name in checked if name != record.play)
    told = (
        Section("The answer", answer),
        Section(
            "Who draws what",
            (),
            tuple(record.tables(case.titles).values()),
        ),
        Section("What may come of it", (), (_outcomes(record),)),
        _chase(case, chase, returns=returns),
        Section(
            "What it rests on",
            (
                "Everybody knows the chances, nobody knows another's draw before its own, and "
                f"{case.evader} sees all that was drawn before it answers.",
                *(
                    (f"Other plays of the same run, which `--play` or `play=` explains: "
                     f"{words.listed(others)}.",)
                    if others
                    else ()
                ),
            ),
        ),
    )  # fmt: skip
    return MixedExplanation(
        scenario=case.name,
        run=run,
        play=record.play,
        checked=checked,
        largest_difference=largest_difference,
        tried_again=claim.whole,
        answer=answer,
        record=record,
        chase=chase,
        returns=returns,
        told=told,
    )


def followed(world: World, result: MixedResult) -> tuple[tuple[Move, ...], bool]:
    """Return changes that pay one after another from the likeliest outcome of draws on.

    Returns
    -------
    the changes, and whether they come back to a profile that was there before.
    """
    game = world.game
    profile = max(result.drawn, key=lambda one: one.probability).profile
    seen, moves = {profile}, list[Move]()
    while len(moves) < MOVES:
        replies = {
            one.name: _reply(world, one, profile, drawn)
            for one, drawn in zip(result.players, result.mixtures, strict=True)
        }
        change = {
            one.name: world.payoff(one, replies[one.name]) - world.payoff(one, profile)
            for one in result.players
        }
        mover = max(result.players, key=lambda one: change[one.name])
        here = world.payoff(mover, profile)
        if not gains(here, here + change[mover.name], 1e-6):
            return tuple(moves), False
        moved = replies[mover.name]
        changed = [k for k in mover.points if moved[k] != profile[k]]
        moves.append(
            Move(
                mover.name,
                {game.points[k].name: game.points[k].options[moved[k]].name for k in changed},
                change[mover.name],
            )
        )
        profile = moved
        if profile in seen:
            return tuple(moves), True
        seen.add(profile)
    return tuple(moves), False


def _reply(world: World, one: Player, profile: Profile, drawn: Portfolios) -> Profile:
    """Return a player's best answer to a profile: of few portfolios the best, else by descent.

    Descent starts from the profile and from what the player may draw.
    """
    generator = np.random.default_rng(0)
    weights = weights_of(world.game, one, profile, harm=0.0)
    if math.prod(len(weights.allowed[k]) for k in one.points) <= FEW:
        return best_portfolio(world, one, profile, generator=generator).profile
    reached = descend(
        world.game,
        weights,
        lambda candidate: -world.payoff(one, candidate),
        starts=[profile, *(replaced(profile, one.points, options) for options, _ in drawn)],
        generator=generator,
    )
    return profile if reached is None else reached[0]


def _against(case: Case, record: MixedRecord, today: Payoffs | None) -> str:
    """Return the finding against the status quo."""
    text = f"{case.title}, {record.play} play."
    if record.draws_anything:
        text = f"{text[:-1]}: governments draw what they do."
    if today is None:
        return text
    gain = record.joint_payoff - today.joint
    months = months_at_stake(case.game, today.months)
    verb = "gain" if gain >= 0 else "lose"
    return (
        f"{text} Against the status quo the controllers together expect to {verb} "
        f"{words.money(abs(gain))} a year, and {case.evader} is expected to gain "
        f"{record.months:.2f} months instead of {months:.2f}."
    )


def _tried(case: Case, claim: MixedClaim) -> str:
    """Return what was tried again."""
    parts = [
        "Recomputed from the scenario: every outcome of the draws, the evader's answer to it, and "
        "what everybody then expects."
    ]
    if claim.every_profile:
        parts.append("Every profile was tried again for what is said of single ones.")
    elif claim.result.closest.none:
        parts.append(
            "That no single profile is an equilibrium was not tried again: that is the run's own "
            "record."
        )
    if claim.whole:
        parts.append(
            f"Every portfolio of {_named(case, claim.whole)} was tried again against the draws."
        )
    if claim.partly:
        parts.append(
            f"Of {_named(case, claim.partly)} changes of a single point were; that no larger one "
            "gains more than the regret is the optimiser's proof, by the run's own record."
        )
    return " ".join(parts)


def _outcomes(record: MixedRecord) -> Table:
    """Return the outcomes of the draws, the likeliest first."""
    drawn = [one for one in record.players if len(one.portfolios) > 1]
    numbers: dict[str, list[Mapping[str, str]]] = {
        one.name: [portfolio.options for portfolio in one.portfolios] for one in drawn
    }
    rows: list[tuple[Cell, ...]] = []
    for draw in record.draws[:DRAWS_SHOWN]:
        which = [
            1
            + next(
                place
                for place, options in enumerate(numbers[one.name])
                if all(draw.profile[point] == option for point, option in options.items())
            )
            for one in drawn
        ]
        rows.append((100 * draw.probability, *which, draw.months, draw.joint_payoff))
    columns = (
        Column("chance", "%", digits=1),
        *(Column(one.name, "draw") for one in drawn),
        Column("progress", "months", digits=2),
        Column("joint", "bn USD/yr", digits=2),
    )
    more = len(record.draws) - DRAWS_SHOWN
    note = "Draws by their numbers (#) in the table of who draws what."
    if more > 0:
        note += f" {more} less likely outcomes are left out."
    return Table("", columns, tuple(rows), note)


def _chase(case: Case, moves: tuple[Move, ...], *, returns: bool) -> Section:
    """Return why no single profile holds."""
    sentences = []
    if not moves:
        sentences.append("From the likeliest outcome no change that was found gains anything.")
    else:
        sentences.append(
            "If all knew the likeliest outcome, these changes would pay in turn, each for the "
            "government that gains most by moving alone"
            + (", and they come back to where they have been." if returns else ".")
        )
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            number,
            words.listed([case.called("controllers", one) for one in move.player.split("+")]),
            ", ".join(
                f"{case.called('points', point)}: {words.option(option)}"
                for point, option in move.options.items()
            ),
            move.gain,
        )
        for number, move in enumerate(moves, start=1)
    )
    columns = (
        Column("move"),
        Column("who"),
        Column("changes to"),
        Column("gain", "bn USD/yr", digits=3),
    )
    tables = (Table("", columns, rows),) if rows else ()
    return Section("Why nothing settles", tuple(sentences), tables)


def _named(case: Case, names: tuple[str, ...]) -> str:
    return words.listed([case.called("controllers", name) for name in names])
