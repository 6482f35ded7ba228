"""Files that are no scenario: each gets one message, however strange or large it is."""

from __future__ import annotations

import difflib
import errno
from pathlib import Path
from typing import Any

import pytest

from games.errors import InputError
from scenarios.faults import MOST_FAULTS_TOLD, nearest
from scenarios.load import load
from scenarios.new import write_template
from scenarios.overrides import MOST_PATHS
from tests.faulty import edit, faults


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_template(tmp_path / "world").parent


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "scenario.toml: format: expected a value, found nothing"),
        (bytes(range(256)), "expected UTF-8 text, found byte 0x80 at position 128"),
        (b"x" * 10_000_000, "expected at most 5 MB, found 10.0 MB"),
        (b"a=" + b"[" * 100_000, "expected TOML, found: tables or lists nested too deeply"),
        (b"a=" + b"{a=" * 100_000, "expected TOML, found: tables or lists nested too deeply"),
        (b"a" + b".a" * 100_000 + b"=1", "expected keys of a few parts, found one of more than 50"),
        (b"a=" + b"9" * 10_000, "expected TOML, found: Exceeds the limit"),
        (b'a="""', "expected TOML, found: Unterminated string at the end of the file"),
        (b"a=1\na=2\n", "scenario.toml: line 2, column 4: expected TOML, found: Cannot overwrite"),
        (b"\x00", "scenario.toml: line 1, column 1: expected TOML"),
    ],
)
def test_junk_is_refused_with_one_message(folder: Path, content: bytes, told: str) -> None:
    (folder / "scenario.toml").write_bytes(content)
    assert told in faults(folder)[0]


@pytest.mark.parametrize("file", ["parameters.csv", "sources.toml"])
@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"x" * 6_000_000, b"\x00", b'"', b"[[[["])
def test_junk_beside_the_scenario_is_refused_too(folder: Path, file: str, content: bytes) -> None:
    (folder / file).write_bytes(content)
    assert any(file in fault for fault in faults(folder)) or not content


@pytest.mark.parametrize("file", ["scenario.toml", "parameters.csv", "sources.toml"])
def test_a_directory_in_the_place_of_a_file_is_refused(folder: Path, file: str) -> None:
    (folder / file).unlink()
    (folder / file).mkdir()
    assert any("expected a file, found a directory" in fault for fault in faults(folder))


def test_a_directory_without_a_scenario_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected a folder that holds scenario\.toml"):
        load(tmp_path)


def test_a_file_without_permission_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)  # permissions do not bind every user
    assert "expected a readable file, found: Permission denied" in faults(folder)[0]


@pytest.mark.parametrize("name", ["", "two-layer", "no/such/world.toml", "\0", "x" * 5000])
def test_a_name_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="expected a"):
        load(name)


def test_a_misspelt_name_gets_a_suggestion() -> None:
    with pytest.raises(InputError, match="did you mean 'two-layers'"):
        load("two-layer")


def test_thousands_of_faults_are_told_in_part(folder: Path) -> None:
    with (folder / "scenario.toml").open("a") as scenario:
        scenario.writelines(f"[spare{number}]\n" for number in range(1000))
    told = faults(folder)
    assert len(told) == 201
    assert told[-1] == "and 800 more faults - mend these first"


def test_far_too_many_faults_end_the_reading(folder: Path) -> None:
    with (folder / "scenario.toml").open("a") as scenario:
        scenario.writelines(
            f'[[arcs]]\nname = "x{n}"\ntail = "wrld{n}"\nhead = "prt{n}"\nprice = "chip_prise"\n'
            'capacity = "diverted"\n'
            for n in range(4000)
        )
    told = faults(folder)
    assert len(told) == 201
    assert told[-1] == "and more than 9,800 more faults - mend these first"


def test_near_names_are_sought_for_faults_that_are_told_among_few_names(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sought: list[int] = []
    close = difflib.get_close_matches

    def counted(name: str, names: list[str], **options: Any) -> list[str]:
        sought.append(len(names))
        assert len(names) <= MOST_PATHS
        return close(name, names, **options)

    monkeypatch.setattr(difflib, "get_close_matches", counted)
    goods = ", ".join(f'"good{n}"' for n in range(400))
    edit(folder, ('goods = ["chip"]', f'goods = ["chip", {goods}]'))
    with (folder / "scenario.toml").open("a") as scenario:
        scenario.writelines(f'[nodes.node{n}]\nunit = "k chp{n}"\n' for n in range(400))
        scenario.writelines(
            f'[[arcs]]\nname = "x{n}"\ntail = "nod{n}"\nhead = "port"\nprice = "chip_price"\n'
            'capacity = "diverted"\n'
            for n in range(300)
        )
        paths = ", ".join(f'"arcs.bu{n}.price" = "0"' for n in range(40))
        scenario.write(f"[override.many]\nset = {{ {paths} }}\n")
    told = faults(folder)
    assert len(told) == 201
    assert 0 < sum(1 for names in sought if names) <= 2 * MOST_FAULTS_TOLD


def test_a_near_name_is_found_among_thousands(folder: Path) -> None:
    names = [f"x{number}" for number in range(3000)]
    assert nearest("trainng", [*names, "training"]) == "did you mean 'training'?"


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (
            "scenario.toml",
            'title = "A first world: one checked road and one open one"',
            r'title = "\u001b[31mRed"',
            r"scenario.toml: title: expected no control characters, found '\x1b' in '\x1b[31mRed'",
        ),
        (
            "scenario.toml",
            'title = "Export checks"',
            r'title = "Export\u202echecks"',
            r"scenario.toml: layers.exports.title: expected no control characters, found '\u202e'",
        ),
        (
            "scenario.toml",
            'title = "Export checks"',
            r'title = "Export\nchecks"',
            r"layers.exports.title: expected one line of text, found 'Export\nchecks'",
        ),
        (
            "scenario.toml",
            'name = "Chips through the port"',
            r'name = "Chips\u009b2J"',
            r"scenario.toml: observed[0].name: expected no control characters, found '\x9b'",
        ),
        (
            "parameters.csv",
            "staff for permits",
            "staff\x1b]0;x\x07",
            r"parameters.csv: line 11 (permit_outlay): note: expected no control characters, found",
        ),
        (
            "sources.toml",
            'title = "Example: a count of diverted chips"',
            r'title = "\u0007"',
            "sources.toml: sources.example-count.title: expected no control characters",
        ),
    ],
)
def test_characters_that_steer_a_terminal_are_refused(
    folder: Path, file: str, old: str, new: str, told: str
) -> None:
    edit(folder, (old, new), file=file)
    (fault,) = faults(folder)
    assert told in fault
    assert fault.isprintable()


def test_text_of_several_lines_stays_allowed_where_it_is_read_as_such(folder: Path) -> None:
    edit(folder, ("One government checks", "One\tgovernment, caf\u00e9 \u2014 \u03b1, checks"))
    note = '"of two lines\r\nin a table"'
    edit(folder, ("staff for permits", note), file="parameters.csv")
    assert load(folder).about.count("\n") >= 1
