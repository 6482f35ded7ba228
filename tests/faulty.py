"""What is told of a scenario's files once they were edited."""

from __future__ import annotations

from pathlib import Path

import pytest

from games.errors import InputError
from scenarios.load import load


def faults(folder: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load(folder)
    assert caught.value.exit_code == 2
    assert str(caught.value) == "\n".join(caught.value.faults)
    return list(caught.value.faults)


def edit(folder: Path, *changes: tuple[str, str], file: str = "scenario.toml") -> None:
    text = (folder / file).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / file).write_text(text, encoding="utf-8")
