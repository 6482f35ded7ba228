"""Files of finite games: which format a name stands for."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from games.errors import GameError
from games.given import told
from games.normal_form import NormalFormGame
from scenarios.faults import listed, nearest, shown
from scenarios.files import read_text
from scenarios.gambit import nfg_text, parse_nfg
from scenarios.payoff_tables import parse_payoff_table, payoff_table_text

LARGEST_GAME_MB = 20
"""Size of one file of a finite game, which holds more numbers than a scenario's."""

_READERS = {".nfg": parse_nfg, ".csv": parse_payoff_table}
_WRITERS = {".nfg": nfg_text, ".csv": payoff_table_text}


def read_game(path: str | os.PathLike[str]) -> NormalFormGame:
    """Return the game in a file: `.nfg` as Gambit writes it, or `.csv`, a table of payoffs.

    Raises
    ------
    InputError
        When the file cannot be read, or with what is wrong in it and where.
    """
    if not isinstance(path, str | os.PathLike):
        raise GameError(f"game: expected a file, found {told(path)}")
    path = Path(path)
    reader = _READERS[_suffix(path)]
    return reader(read_text(path, largest_mb=LARGEST_GAME_MB), name=path.name)


def write_game(game: NormalFormGame, path: str | os.PathLike[str], *, comment: str = "") -> Path:
    """Write a game to a file, whole or not at all; the name's ending says in which format.

    Parameters
    ----------
    comment : what readers should know, kept in the file and read by no program.

    Raises
    ------
    GameError
        When the ending is not known, or the file cannot be written.
    """
    path = Path(path)
    text = _WRITERS[_suffix(path)](game, comment=comment)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".game-") as workshop:
            made = Path(workshop) / "game"
            made.write_text(text, encoding="utf-8", newline="\n")
            made.replace(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise GameError(f"{path}: expected a file that can be written, found: {reason}") from None
    return path


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        raise GameError(
            f"{path}: expected a file of a game, ending in {listed(_READERS)}, found "
            f"{shown(path.suffix) if suffix else 'no ending'} - "
            + nearest(suffix, _READERS, advice="Gambit's games are .nfg, tables of payoffs .csv")
        )
    return suffix
