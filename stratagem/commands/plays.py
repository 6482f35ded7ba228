"""Plays of a scenario: compared, solved, explained."""

from __future__ import annotations

from stratagem.commands.parameters import Changes, Json, Listed, Solving, WholeOrNone
from stratagem.commands.root import streams


def compare(
    scenario: str,
    /,
    *,
    plays: Listed = (),
    layers: WholeOrNone = None,
    method: str | None = None,
    refine: float | None = None,
    changes: Changes | None = None,
    solving: Solving | None = None,
) -> int:
    """Solve several plays of a scenario and say what acting alone loses.

    Parameters
    ----------
    scenario
        Name of a shipped scenario, a folder or a file.
    plays
        Plays to compare, such as alone:USA unilateral coalition:USA,NLD coordinated only:chips.
    layers
        Size up to which subsets of layers are solved for their interaction; 0 for none.
    method
        How best portfolios are found: enumeration, interdiction, ranked-interdiction,
        flow-search or strong-duality; by default the cheapest exact one, and the record says why.
    refine
        Add tiers between those of each enforcement curve until nobody could gain more than this
        many bn USD a year by other enforcement.
    """
    from stratagem import verbs

    return verbs.compare(
        streams(),
        scenario,
        plays,
        layers,
        method,
        refine,
        changes or Changes(),
        solving or Solving(),
    )


def solve(
    scenario: str,
    /,
    *,
    play: str = "coordinated",
    method: str | None = None,
    refine: float | None = None,
    changes: Changes | None = None,
    solving: Solving | None = None,
) -> int:
    """Solve one play of a scenario.

    Parameters
    ----------
    scenario
        Name of a shipped scenario, a folder or a file.
    play
        The play: status-quo, alone:USA, unilateral, coalition:USA,NLD, the same with :no-transfers,
        coordinated, pooled, only:chips+cloud, or any of them in some layers, such as
        unilateral/only:chips.
    method
        How best portfolios are found: enumeration, interdiction, ranked-interdiction,
        flow-search or strong-duality; by default the cheapest exact one, and the record says why.
    refine
        Add tiers between those of each enforcement curve until nobody could gain more than this
        many bn USD a year by other enforcement.
    """
    from stratagem import verbs

    return verbs.solve(
        streams(), scenario, play, method, refine, changes or Changes(), solving or Solving()
    )


def explain(*run: str, play: str | None = None, json: Json = False) -> int:
    """Recompute a run and say in words what it means.

    Parameters
    ----------
    run
        A run folder, or words in the name of one under runs/, of which the newest counts; by
        default, and as latest, the newest of all.
    play
        The play to explain; by default the coordinated one, or the last where there is none.
    json
        Print one JSON object and nothing else.
    """
    from stratagem import verbs

    return verbs.explain(streams(), run or ("latest",), play, as_json=json)
