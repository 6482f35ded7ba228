"""What the pages say that commands print, they print; and what they show as files, works.

A block of console begins with `$ stratagem`; the lines below are what is printed, `...` standing
for the rest. A block with a title is a file; on a page all blocks run in one folder, in order.
"""

from __future__ import annotations

import doctest
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from stratagem.cli import main

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^```", re.DOTALL | re.MULTILINE)
SECONDS = re.compile(r"\d+(?:\.\d+)? s\)")


@dataclass(frozen=True)
class Block:
    kind: str
    title: str
    text: str


def blocks(page: Path) -> list[Block]:
    return [Block(*found.groups(default="")) for found in BLOCK.finditer(page.read_text())]


PAGES = [
    page
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    if any(block.kind == "console" and block.text.startswith("$ ") for block in blocks(page))
]


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Yield the commands of a block of console and what they print."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, printed = part.replace("\\\n", " ").partition("\n")
        yield command, printed


def shown(text: str) -> str:
    return "\n".join(line.rstrip() for line in SECONDS.sub("0 s)", text).splitlines()) + "\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_shows_what_its_commands_print(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for block in blocks(page):
        if block.title:
            (tmp_path / block.title).parent.mkdir(exist_ok=True)
            (tmp_path / block.title).write_text(block.text)
        elif block.kind == "console":
            for command, expected in commands(block.text):
                program, *words = shlex.split(command)
                assert program == "stratagem"
                code = main(words)
                printed = shown(capsys.readouterr().out)
                assert code == 0, command
                wanted = shown(expected)
                flags = doctest.ELLIPSIS
                if not wanted.endswith("...\n"):  # a block may show the beginning
                    wanted += "..."
                    printed += "\n"
                assert doctest.OutputChecker().check_output(wanted, printed, flags), (
                    f"{command}\n-- expected\n{wanted}\n-- found\n{printed}"
                )


def test_the_example_of_modelling_is_whole() -> None:
    titles = [block.title for block in blocks(ROOT / "docs" / "modelling.md") if block.title]
    assert titles == ["hub-question/scenario.toml", "hub-question/parameters.csv"]
    assert ROOT / "docs" / "modelling.md" in PAGES
    assert ROOT / "docs" / "start.md" in PAGES
