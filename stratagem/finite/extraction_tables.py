"""What a finite game taken from a scenario stands for, told to people and kept beside the game."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from games.layered import LayeredGame
from solvers.extraction import Extraction
from solvers.strategies import differences
from stratagem.presentation import words
from stratagem.presentation.tables import Column, Page, Section, Table


@dataclass(frozen=True)
class ExportedGame(Page):
    """A finite game, its strategies in words, and the files that hold it."""

    layered: LayeredGame
    extraction: Extraction
    files: tuple[Path, ...]

    def sections(self) -> tuple[Section, ...]:
        """Return what is shown: the size, the limits of what it says, the strategies."""
        game = self.extraction.game
        size = " x ".join(map(str, game.shape))
        some = [
            one.name
            for one, whole in zip(self.extraction.players, self.extraction.whole, strict=True)
            if not whole
        ]
        sentences = [
            f"{words.count(len(game.players), 'player')}, {size} strategies; payoffs in bn USD a "
            "year at the evader's best response, everybody else at the status quo.",
        ]
        if some:
            sentences.append(
                f"Of {words.listed(some)} only some strategies were taken: an equilibrium holds "
                "among these. `--strategies N` takes up to N of each player, `--players` other "
                "players."
            )
        sentences.append(f"Written to {words.listed([str(file) for file in self.files])}.")
        return (Section(game.title, tuple(sentences), (self._table(),)),)

    def to_json(self) -> dict[str, Any]:
        """Return what was written as plain values."""
        game = self.extraction.game
        return {
            "title": game.title,
            "players": list(game.players),
            "shape": list(game.shape),
            "strategies": [
                [
                    {
                        "name": strategy.name,
                        "changes": differences(self.layered, one, strategy),
                    }
                    for strategy in part
                ]
                for one, part in zip(
                    self.extraction.players, self.extraction.strategies, strict=True
                )
            ],
            "whole": list(self.extraction.whole),
            "files": [str(file) for file in self.files],
        }

    def _table(self) -> Table:
        rows = [
            (one.name if number == 0 else "", strategy.name, described or "-")
            for one, part in zip(self.extraction.players, self.extraction.strategies, strict=True)
            for number, strategy in enumerate(part)
            for described in [_changed(differences(self.layered, one, strategy))]
        ]
        columns = (Column("player", fixed=True), Column("strategy"), Column("against status quo"))
        return Table("", columns, tuple(rows))


def legend(layered: LayeredGame, found: Extraction) -> str:
    """Return what the strategies stand for, one line for each."""
    lines = ["Payoffs in bn USD a year. What strategies change against the status quo:"]
    for one, part in zip(found.players, found.strategies, strict=True):
        for strategy in part:
            changed = _changed(differences(layered, one, strategy))
            lines.append(f"{one.name}: {strategy.name}: {changed or 'nothing'}")
    return "\n".join(lines)


def _changed(changes: dict[str, str]) -> str:
    return ", ".join(f"{point}={option}" for point, option in changes.items())
