"""Many worlds and many changes: what is drawn, and what plays bring there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from stratagem.commands.parameters import (
    Changes,
    Json,
    Listed,
    Solving,
    Whole,
    WholeOrNone,
)
from stratagem.commands.root import streams

Groups = Annotated[tuple[str, ...], Parameter(name="--group", negative="", show_default=False)]
Grid = Annotated[tuple[str, ...], Parameter(name="--grid", negative="", show_default=False)]


def worlds(
    scenario: str,
    /,
    *,
    worlds: Whole = 64,
    sampling: str = "sobol",
    seed: Whole = 0,
    csv: Path | None = None,
    changes: Changes | None = None,
    json: Json = False,
) -> int:
    """Draw worlds of a scenario: which numbers, how, and what the evader reaches in them today.

    Parameters
    ----------
    scenario
        Name of a shipped scenario, a folder or a file.
    worlds
        How many; powers of two fill the space most evenly.
    sampling
        How they are drawn: sobol, latin or random.
    seed
        Seed of the draws.
    csv
        File for the numbers of every world.
    json
        Print one JSON object and nothing else.
    """
    from stratagem.studies import verbs

    return verbs.worlds(
        streams(),
        scenario,
        changes or Changes(),
        count=worlds,
        sampling=sampling,
        seed=seed,
        csv=csv,
        as_json=json,
    )


def sweep(
    scenario: str,
    /,
    *,
    grid: Grid = (),
    worlds: WholeOrNone = None,
    plays: Listed = (),
    sampling: str = "sobol",
    cluster: str | None = None,
    ledger: Path | None = None,
    changes: Changes | None = None,
    solving: Solving | None = None,
) -> int:
    """Solve plays over a grid of changes and many worlds; a run that was ended goes on.

    Parameters
    ----------
    scenario
        Name of a shipped scenario, a folder or a file.
    grid
        Values of one path, as path=a,b,c; may be repeated, and all combinations are taken.
    worlds
        Worlds to draw in each combination; by default the scenario's own numbers.
    plays
        Plays, as for compare; fixed:PLAY holds what a play does at the scenario's own numbers, and
        fixed:POINT=OPTION,POINT=OPTION these options. By default the status quo.
    sampling
        How worlds are drawn: sobol, latin or random.
    cluster
        Address of a dask scheduler whose workers do the work, such as tcp://127.0.0.1:8786.
    ledger
        File in which every answer is kept and found again; by default runs/sweeps.sqlite.
    """
    from stratagem.studies import verbs

    return verbs.sweep(
        streams(),
        scenario,
        changes or Changes(),
        solving or Solving(),
        grid=grid,
        count=worlds,
        plays=plays,
        sampling=sampling,
        cluster=cluster,
        ledger=ledger,
    )


def sensitivity(
    scenario: str,
    /,
    *,
    method: str = "sobol",
    of: Listed = (),
    plays: Listed = (),
    worlds: WholeOrNone = None,
    group: Groups = (),
    where: str | None = None,
    density: float = 0.8,
    numbers: Listed = (),
    cluster: str | None = None,
    ledger: Path | None = None,
    changes: Changes | None = None,
    solving: Solving | None = None,
) -> int:
    """Say which unknowns matter: for a measure, for where something holds, for the best portfolio.

    Parameters
    ----------
    scenario
        Name of a shipped scenario, a folder or a file.
    method
        sobol or morris: indices of measures. box: the box of the unknowns in which --where holds.
        threshold: how far each of --numbers may move before another portfolio is best.
    of
        Measures, such as months(status-quo), payoff_USA(coordinated) or lost(fixed:unilateral).
    plays
        Plays whose months and joint payoffs are measured where --of is not given; for threshold the
        play that finds the portfolio, by default coordinated.
    worlds
        Base points of sobol, trajectories of morris, worlds of box; by default 64, 16 and 256.
    group
        Unknowns that count as one, as NAME=PATTERN,PATTERN; may be repeated; all others are one.
    where
        Condition, such as "lost(unilateral:worst) <= 0.1" or "kept(only:chips) >= 0.9".
    density
        Share of the worlds in the box in which --where should hold.
    numbers
        Parameters of threshold, moved one at a time over their ranges.
    cluster
        Address of a dask scheduler whose workers do the work.
    ledger
        File in which every answer is kept and found again; by default runs/sweeps.sqlite.
    """
    from stratagem.studies import verbs

    return verbs.sensitivity(
        streams(),
        scenario,
        changes or Changes(),
        solving or Solving(),
        verbs.Asked(method, of, plays, worlds, group, where, density, numbers),
        cluster=cluster,
        ledger=ledger,
    )
