"""A comparison read back from a run's folder, so that pictures of a run are those of its result.

Nothing is judged here: a run is audited first (`audit`), and what is read back is what it says.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from games.errors import InputError
from solvers.certificate import Certificate
from stratagem.cases import case_of
from stratagem.records.comparison import Comparison, Unsolved
from stratagem.records.interaction import LayerInteraction
from stratagem.records.lost import LostShare
from stratagem.records.mixed import (
    DrawnOutcome,
    DrawnPortfolio,
    MixedPlayer,
    MixedRecord,
    PureProfiles,
)
from stratagem.records.plays import ArcFlow, ConsentRecord, FrontOutcome, PlayRecord, Shipped
from stratagem.records.refinement import GridBound, Refinement
from stratagem.runs.kept import RESULT, Run


def comparison_of(run: Run) -> Comparison:
    """Return the comparison that a run holds.

    Raises
    ------
    InputError
        When its result lacks what a comparison has.
    """
    result, case = run.result, case_of(run.world)
    try:
        layers = result["layer_interaction"]
        return Comparison(
            scenario=case.name,
            scenario_title=case.title,
            scenario_date=case.date,
            scenario_hash=case.hash,
            overrides=tuple(result["overrides"]),
            settings=tuple(result["settings"]),
            plays=tuple(_record(play) for play in result["plays"]),
            lost_share=LostShare(**result["lost_share"]),
            layer_interaction=None if layers is None else LayerInteraction(**layers),
            unsolved=tuple(Unsolved(**entry) for entry in result["unsolved"]),
            seed=result["seed"],
            gap=result["gap"],
            time_limit=result["time_limit"],
            flagged=result["flagged_numbers"],
            numbers=result["numbers"],
            titles=case.titles,
            refinement=_refinement(result["refinement"]),
            mixed=tuple(_mixed(play) for play in result.get("mixed", [])),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{run.path / RESULT}: expected a comparison as `stratagem compare` writes it, found "
            f"none ({type(error).__name__}: {error}) - the file is damaged; solve again"
        ) from None


def _refinement(entry: Mapping[str, Any] | None) -> Refinement | None:
    if entry is None:
        return None
    fields = dict(entry)
    fields["plays"] = tuple(GridBound(**bound) for bound in entry["plays"])
    return Refinement(**fields)


def _record(play: Mapping[str, Any]) -> PlayRecord:
    fields = dict(play)
    fields["fronts"] = {name: FrontOutcome(**front) for name, front in play["fronts"].items()}
    fields["flows"] = tuple(ArcFlow(**flow) for flow in play["flows"])
    fields["plan"] = tuple(Shipped(**shipped) for shipped in play["plan"])
    agreed = play["consent"]
    fields["consent"] = None if agreed is None else ConsentRecord(**agreed)
    fields["certificate"] = certificate_of(play["certificate"])
    return PlayRecord(**fields)


def _mixed(play: Mapping[str, Any]) -> MixedRecord:
    fields = dict(play)
    fields["fronts"] = {name: FrontOutcome(**front) for name, front in play["fronts"].items()}
    fields["certificate"] = certificate_of(play["certificate"])
    fields["epsilon"] = math.inf if play["epsilon"] is None else play["epsilon"]
    fields["players"] = tuple(
        MixedPlayer(
            one["name"],
            tuple(one["members"]),
            one["payoff"],
            math.inf if one["regret"] is None else one["regret"],
            tuple(DrawnPortfolio(**portfolio) for portfolio in one["portfolios"]),
        )
        for one in play["players"]
    )
    fields["draws"] = tuple(DrawnOutcome(**draw) for draw in play["draws"])
    fields["pure"] = PureProfiles(**play["pure"])
    return MixedRecord(**fields)


def certificate_of(entry: Mapping[str, Any]) -> Certificate:
    """Return a certificate from its plain JSON values, where no bound is `None`."""
    bounds = dict(entry)
    for name in ("evader_gap", "violation", "bound_gap"):
        bounds[name] = math.inf if bounds[name] is None else bounds[name]
    bounds["regret"] = {
        name: math.inf if regret is None else regret for name, regret in bounds["regret"].items()
    }
    return Certificate(**bounds)
