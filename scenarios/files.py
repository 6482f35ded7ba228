"""Reading files that may be anything: too large, missing, a directory, not text, not TOML."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenarios.errors import ScenarioError
from scenarios.faults import FaultError, Faults, listed, nearest, shown

LARGEST_FILE_MB = 5
"""Size of one file; shipped scenarios are below a tenth of it."""

LONGEST_KEY = 50
"""Parts of one dotted key, whose square the parser's memory grows with."""

_ENDLESS_KEY = re.compile(rf"""(?:\.\s*[\w"'-]+\s*){{{LONGEST_KEY},}}""")
_POSITION = re.compile(r"(.*?) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


@dataclass(frozen=True)
class Row:
    """One row of a CSV table: its line and its cells, empty ones left out."""

    line: int
    cells: dict[str, str]


def read_text(path: Path, *, largest_mb: int = LARGEST_FILE_MB) -> str:
    """Return the text of a file.

    Raises
    ------
    ScenarioError
        Where the file is missing, not a file, larger than `largest_mb`, unreadable or not UTF-8.
    """
    try:
        size = path.stat().st_size
        if not path.is_file():
            kind = "a directory" if path.is_dir() else "something else"
            raise ScenarioError(f"{path}: expected a file, found {kind}")
        if size > largest_mb * 10**6:
            raise ScenarioError(
                f"{path}: expected at most {largest_mb} MB, found {size / 10**6:.1f} MB - "
                "keep data that the game does not use out of it"
            )
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScenarioError(
            f"{path}: expected UTF-8 text, found byte {error.object[error.start]:#04x} at position "
            f"{error.start} - save the file as UTF-8"
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        where = str(path) if str(path).isprintable() else repr(str(path))
        raise ScenarioError(f"{where}: expected a readable file, found: {reason}") from None


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file; a syntax error gives its line and column."""
    text = read_text(path)
    if _ENDLESS_KEY.search(text):  # costs the parser memory that grows with the square of the key
        raise ScenarioError(
            f"{path.name}: expected keys of a few parts, found one of more than {LONGEST_KEY}"
        )
    try:
        return tomllib.loads(text)
    except RecursionError:
        problem = "tables or lists nested too deeply"
    except tomllib.TOMLDecodeError as error:
        match = _POSITION.fullmatch(str(error))
        problem = (match[1] if match else str(error))[:300]
        if match and match[2]:
            raise ScenarioError(
                f"{path.name}: line {match[2]}, column {match[3]}: expected TOML, found: {problem}"
            ) from None
        problem += " at the end of the file" if match else ""
    except ValueError as error:  # an integer with thousands of digits
        problem = str(error)[:300]
    raise ScenarioError(f"{path.name}: expected TOML, found: {problem}")


def read_table(path: Path, *, columns: tuple[str, ...], faults: Faults) -> Iterator[Row]:
    """Yield the rows of a CSV table; empty lines and lines that start with '#' are skipped.

    Parameters
    ----------
    columns : the columns that may appear; one that ends in '.' allows any name after the dot.
    """
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    header: list[str] = []
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if not any(cells) or cells[0].startswith("#"):
                continue
            place = f"{path.name}: line {reader.line_num}"
            if not header:
                header = cells
                if not _header_is_sound(place, header, columns=columns, faults=faults):
                    return
            elif len(cells) != len(header):
                faults.add(
                    place,
                    f"{len(header)} cells as in the header",
                    str(len(cells)),
                    "put text that holds commas in double quotes",
                )
            else:
                filled = zip(header, cells, strict=True)
                yield Row(reader.line_num, {name: cell for name, cell in filled if cell})
    except csv.Error as error:
        faults.add(f"{path.name}: line {reader.line_num}", "a row of a CSV table", str(error))
    if not header:
        faults.add(path.name, f"a header with the columns {listed(columns)}", "no rows")


def _header_is_sound(
    place: str, header: list[str], *, columns: tuple[str, ...], faults: Faults
) -> bool:
    before = len(faults)
    for name in dict.fromkeys(header):
        family = name.split(".")[0] + "."
        if name not in columns and not (family in columns and len(name) > len(family)):
            faults.add(place, f"the columns {listed(columns)}", shown(name), nearest(name, columns))
        if header.count(name) > 1:
            faults.add(place, "each column once", f"{shown(name)} {header.count(name)} times")
    return len(faults) == before


def number(text: str) -> float:
    """Return the number in a cell of a table."""
    try:
        return float(text)
    except ValueError:
        raise FaultError("a number", shown(text), "write it without units and separators") from None


def truth(text: str) -> bool:
    """Return the truth value in a cell of a table."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    raise FaultError("true or false", shown(text))
