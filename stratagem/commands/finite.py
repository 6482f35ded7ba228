"""Finite games: equilibria, verification, extraction from a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from games.errors import InputError
from stratagem.commands.parameters import Changes, Json, Listed, Wanted, Whole, WholeOrNone
from stratagem.commands.root import streams


def nash(file: Path, /, *, wanted: Wanted | None = None, json: Json = False) -> int:
    """Find equilibria of a finite game, each with its regret.

    Parameters
    ----------
    file
        A game: .nfg as Gambit writes it, or a .csv table of payoffs.
    json
        Print one JSON object and nothing else.
    """
    from stratagem.finite import verbs as finite_verbs

    return finite_verbs.nash(streams(), file, wanted or Wanted(), as_json=json)


def verify(
    file: Path,
    profile: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    tolerance: float | None = None,
    json: Json = False,
) -> int:
    """Say what a change would gain each player at a profile, wherever it comes from.

    Parameters
    ----------
    file
        A game: .nfg as Gambit writes it, or a .csv table of payoffs.
    profile
        A file, such as the JSON of stratagem nash, or a text: "1/2 1/2; 1/3 2/3" or "up; left".
    tolerance
        Regret that passes, as a share of the spread of a player's payoffs; by default 1e-6.
    json
        Print one JSON object and nothing else.
    """
    from stratagem.finite import verbs as finite_verbs

    return finite_verbs.verify(streams(), file, profile, tolerance=tolerance, as_json=json)


def export(
    scenario: str,
    /,
    *,
    nfg: Path | None = None,
    csv: Path | None = None,
    players: Listed = (),
    strategies: WholeOrNone = None,
    time_limit: float = 600.0,
    seed: Whole = 0,
    changes: Changes | None = None,
    json: Json = False,
) -> int:
    """Write the finite game between controllers of a scenario, for Gambit and other tools.

    Parameters
    ----------
    scenario
        Name of a shipped scenario, a folder or a file.
    nfg
        File for the game in Gambit's format.
    csv
        File for the game as a table of payoffs.
    players
        Controllers that play, such as USA NLD, or USA+NLD JPN where two decide as one.
    strategies
        Most strategies of each; by default all where they are few, otherwise as many as fit.
    time_limit
        Seconds.
    seed
        Seed of every random choice.
    json
        Print one JSON object and nothing else.
    """
    from stratagem.finite import verbs as finite_verbs

    return finite_verbs.export(
        streams(),
        scenario,
        _game_files(nfg, csv),
        players=players,
        strategies=strategies,
        time_limit=time_limit,
        seed=seed,
        changes=changes or Changes(),
        as_json=json,
    )


def _game_files(nfg: Path | None, csv: Path | None) -> list[Path]:
    """Return the files to write, refusing names that say another format."""
    files = []
    for file, suffix in ((nfg, ".nfg"), (csv, ".csv")):
        if file is not None:
            if file.suffix.lower() != suffix:
                raise InputError(f"{file}: expected a file that ends in {suffix} - rename it")
            files.append(file)
    return files
