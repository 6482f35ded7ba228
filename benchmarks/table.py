"""The rows of the benchmark: kept in a CSV file, shown as a Markdown table.

A row is one method on one job of one instance. New rows replace old ones of the same name, so that
a long table can be made in several sittings; the ratios are computed afresh from whatever is there.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

PRODUCT = "stratagem"
"""The method that all others are divided by."""

BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


@dataclass(frozen=True)
class TableRow:
    """One line of the table.

    Parameters
    ----------
    status : `optimal` (to the gap asked for), `limit` (time ran out), `inexact` (the solver's
        objective is not that of its portfolio), `timed`, or `failed`.
    runs : how many times it ran; `seconds` is their median.
    objective, bound : NaN where there is none.
    ratio : seconds divided by the product's on the same job; NaN where the product has no time.
    """

    instance: str
    job: str
    method: str
    status: str
    runs: int
    seconds: float
    objective: float = math.nan
    bound: float = math.nan
    gap: float = math.nan
    ratio: float = math.nan

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes a row the same row."""
        return self.instance, self.job, self.method


Row = TypeVar("Row", bound="DataclassInstance")


def read_rows(path: Path, kind: type[Row] = TableRow) -> list[Row]:  # type: ignore[assignment]
    """Return the rows of a CSV file, none where there is no file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [_parsed(line, kind) for line in csv.DictReader(file)]


def _parsed(line: dict[str, str], kind: type[Row]) -> Row:
    entries: dict[str, str | int | float] = {}
    for field in fields(kind):
        entry = line[field.name]
        if field.type == "float":
            entries[field.name] = float(entry or "nan")
        else:
            entries[field.name] = int(entry) if field.type == "int" else entry
    return kind(**entries)


def combined(old: Iterable[TableRow], new: Iterable[TableRow]) -> list[TableRow]:
    """Return old rows with the new ones in their place or after them, ratios computed afresh."""
    rows = {row.key: row for row in [*old, *new]}
    product = {
        (row.instance, row.job): row.seconds
        for row in rows.values()
        if row.method == PRODUCT and row.status != "failed"
    }
    return [
        replace(row, ratio=row.seconds / product.get((row.instance, row.job), math.nan))
        for row in rows.values()
    ]


def write_rows(rows: Sequence[DataclassInstance], path: Path) -> None:
    """Write rows, at least one, as CSV; what is not known stays empty."""
    with path.open("w", newline="", encoding="utf-8") as file:
        names = [field.name for field in fields(rows[0])]
        writer = csv.DictWriter(file, names, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            entries = asdict(row).items()
            # not a number is the only value that differs from itself
            writer.writerow({name: entry if entry == entry else "" for name, entry in entries})


def piped(names: Sequence[str], lines: Iterable[Sequence[str]], *, words: int) -> str:
    """Return a Markdown table whose first columns, `words` of them, are not numbers."""
    rule = ["---"] * words + ["---:"] * (len(names) - words)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [names, rule, *lines])


def write_table(table: str, path: Path, *, caption: str = "") -> None:
    """Replace what stands between the markers of a Markdown file by a caption and a table."""
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    shown = f"{caption}\n\n{table}" if caption else table
    path.write_text(f"{before}{BEGIN}\n{shown}\n{END}{after}", encoding="utf-8")


def markdown(rows: Iterable[TableRow]) -> str:
    """Return rows as a Markdown table."""
    names = ("instance", "job", "method", "time", "objective", "bound", "gap", "against stratagem")
    return piped(names, map(_line, rows), words=3)


def _line(row: TableRow) -> list[str]:
    open_ended = "> " if row.status == "limit" else ""
    ratio = "" if _unknown(row.ratio) else f"{open_ended}{row.ratio:.3g}"
    time = "failed" if row.status == "failed" else open_ended + duration(row.seconds)
    objective = "" if _unknown(row.objective) else f"{row.objective:.7g}"
    return [
        row.instance,
        row.job,
        row.method,
        time,
        f"{objective} (inexact)" if row.status == "inexact" else objective,
        "" if _unknown(row.bound) else f"{row.bound:.7g}",
        "" if _unknown(row.gap) else f"{row.gap:.1e}",
        ratio,
    ]


def duration(seconds: float) -> str:
    """Return a time with three digits and a unit.

    Examples
    --------
    >>> duration(0.0001234), duration(1.5), duration(150)
    ('0.123 ms', '1.50 s', '150 s')
    """
    value, unit = (1000 * seconds, "ms") if seconds < 1 else (seconds, "s")
    digits = max(0, 2 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{value:.{min(digits, 3)}f} {unit}"


def _unknown(entry: object) -> bool:
    return isinstance(entry, float) and not math.isfinite(entry)
