"""Tables that show themselves: in a terminal, in Jupyter, as CSV and as a pandas frame.

A table holds plain values; how a number looks is said once per column. Cells are text wherever they
end up: titles of a scenario cannot smuggle in markup of a terminal or a page, nor characters that
steer it.
"""

from __future__ import annotations

import csv
import html
import io
import math
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scenarios.texts import visible

if TYPE_CHECKING:
    import pandas
    import rich.table
    from rich.console import Console, ConsoleOptions, RenderResult

NARROW = 110
"""Characters of a line below which a terminal shows names instead of titles."""

WIDEST_NUMBER = 13
"""Characters beyond which a number is written with an exponent, where no width is given."""

LONGEST_WHOLE_WORD = 16
LONGEST_WHOLE_NAME = 30
"""Characters up to which a narrow terminal keeps a name on one line."""


@dataclass(frozen=True)
class Title:
    """A cell that is a title where there is room and a name where there is not."""

    name: str
    title: str

    def __str__(self) -> str:
        return self.name


Cell = str | float | int | bool | Title | None


@dataclass(frozen=True)
class Column:
    """One column.

    Parameters
    ----------
    unit : shown under the name.
    digits : decimals of its numbers, None for the shortest text that tells them apart.
    fixed : whether a terminal must not break its cells over lines.
    width : characters in a terminal, None for as many as its cells need.
    wide : whether it is left out where a terminal is narrow.
    """

    name: str
    unit: str = ""
    digits: int | None = None
    fixed: bool = False
    width: int | None = None
    wide: bool = False

    def text(self, cell: Cell, *, narrow: bool = False) -> str:
        """Return a cell as people read it."""
        if isinstance(cell, Title):
            return visible(cell.name if narrow else cell.title)
        if cell is None or (isinstance(cell, float) and math.isnan(cell)):
            return "-"
        if isinstance(cell, bool):
            return "yes" if cell else "no"
        if isinstance(cell, float | int):
            return self._number(cell)
        return visible(cell)

    def _number(self, cell: float) -> str:
        """Return a number in the most digits that its column has room for.

        Examples
        --------
        >>> [Column("", digits=2, width=9).text(x) for x in (-14.7, 1234567.891, 1.2e15)]
        ['-14.70', '1,234,568', '1.2e+15']
        """
        if self.digits is None:
            return f"{cell:,.4g}" if 1e-3 <= abs(cell) < 1e6 or cell == 0 else f"{cell:.3g}"
        text = f"{cell:,.{self.digits}f}"
        room = self.width or WIDEST_NUMBER
        if len(text) <= room:
            return text.removeprefix("-") if float(text.replace(",", "")) == 0 else text
        shorter = [f"{cell:,.0f}", *(f"{cell:.{digits}g}" for digits in (6, 5, 4, 3, 2))]
        return next((one for one in shorter if len(one) <= room), f"{cell:.1g}")


def _escaped(text: str) -> str:
    return html.escape(visible(text))


def folded(text: str, width: int | None) -> str:
    """Return a name on lines of a width, broken behind its punctuation where it has any.

    Examples
    --------
    >>> folded("coalition:USA,NLD,JPN:best", 16).splitlines()
    ['coalition:USA,', 'NLD,JPN:best']
    """
    if width is None or len(text) <= width or " " in text:
        return text
    lines = [""]
    for part in re.findall(r"[^-:,+/]*[-:,+/]?", text):
        if part and lines[-1] and len(lines[-1] + part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


@dataclass(frozen=True, repr=False)
class Table:
    """Rows under columns.

    Parameters
    ----------
    note : one sentence below the table.
    nothing : text of a cell that says nothing. A row with nothing but that behind its first two
        cells, in the columns that are shown, is left out.
    nothing_means : what such a cell means, said where one is shown.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    nothing: str = ""
    nothing_means: str = ""

    def is_number(self, position: int) -> bool:
        """Return whether a column holds numbers, which stand right."""
        return self.columns[position].digits is not None or any(
            isinstance(row[position], float | int) and not isinstance(row[position], bool)
            for row in self.rows
        )

    def _room(self, position: int, *, narrow: bool, whole: bool) -> int:
        """Return the least width of a column: numbers are never cut, nor words of usual length."""
        column = self.columns[position]
        cells = [column.text(row[position], narrow=narrow) for row in self.rows]
        texts = [column.name, column.unit, *cells]
        if whole:
            return column.width or max(map(len, texts))
        longest = max((len(word) for text in texts for word in text.split()), default=1)
        return min(longest, column.width or LONGEST_WHOLE_WORD)

    def _are_names(self, position: int) -> bool:
        """Return whether a column holds names that are short enough to stay whole."""
        cells = [row[position] for row in self.rows]
        names = [cell.name for cell in cells if isinstance(cell, Title)]
        return bool(names) and max(map(len, names)) <= LONGEST_WHOLE_NAME

    def rich(self, *, header: bool = True, narrow: bool = False) -> rich.table.Table:
        """Return the table for a terminal, with or without the names of its columns."""
        import rich.box
        import rich.table
        from rich.text import Text

        table = rich.table.Table(
            title=Text(visible(self.title), style="bold") if self.title else None,
            title_justify="left",
            box=rich.box.SIMPLE_HEAD,
            show_header=header,
            header_style="dim",
            pad_edge=False,
            show_edge=False,
            padding=(0, 1, 0, 0),  # the box adds one more between columns
        )
        tall = any(column.unit for column in self.columns)
        shown = self._shown(narrow=narrow)
        for position in shown:
            column = self.columns[position]
            name = f"{column.name}\n{column.unit}" if column.unit else column.name
            number = self.is_number(position)
            whole = number or column.fixed or (narrow and self._are_names(position))
            table.add_column(
                Text(visible(name if column.unit or not tall else f"\n{name}")),
                justify="right" if number else "left",
                no_wrap=whole,
                overflow="fold",
                width=None if whole else column.width,
                min_width=self._room(position, narrow=narrow, whole=whole),
                max_width=column.width,
            )
        for row in self._rows_shown(shown, narrow=narrow):
            told = [
                folded(text, self.columns[position].width)
                for text, position in zip(row, shown, strict=True)
            ]
            table.add_row(*(Text(text) for text in told))
        return table

    def _shown(self, *, narrow: bool) -> list[int]:
        """Return the positions of the columns that a terminal shows."""
        return [i for i, column in enumerate(self.columns) if not (narrow and column.wide)]

    def _rows_shown(self, shown: list[int], *, narrow: bool) -> list[list[str]]:
        """Return the cells that a terminal shows, without rows that say nothing there."""
        every = ([self._texts(row, narrow=narrow)[i] for i in shown] for row in self.rows)
        return [row for row in every if not self.nothing or any(c != self.nothing for c in row[2:])]

    def below(self, *, narrow: bool = False) -> str:
        """Return what stands below: what a cell that says nothing means, and the note."""
        rows = self._rows_shown(self._shown(narrow=narrow), narrow=narrow)
        met = bool(self.nothing) and any(self.nothing in row for row in rows)
        return " ".join(filter(None, (self.nothing_means if met else "", self.note)))

    def html(self) -> str:
        """Return the table for a page."""
        right = [
            ' style="text-align:right"' if self.is_number(i) else ' style="text-align:left"'
            for i in range(len(self.columns))
        ]
        heads = "".join(
            f"<th{align}>{_escaped(c.name)}"
            + (f"<br><small>{_escaped(c.unit)}</small>" if c.unit else "")
            + "</th>"
            for c, align in zip(self.columns, right, strict=True)
        )
        body = "".join(
            "<tr>"
            + "".join(
                f"<td{align}>{_escaped(text)}</td>"
                for text, align in zip(self._texts(row), right, strict=True)
            )
            + "</tr>"
            for row in self.rows
        )
        title = f"<p><b>{_escaped(self.title)}</b></p>" if self.title else ""
        below = self.below()
        note = f"<p><small>{_escaped(below)}</small></p>" if below else ""
        return f"{title}<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>{note}"

    def csv(self) -> str:
        """Return the table as CSV with full numbers; the unit is part of the header."""
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow([f"{c.name} [{c.unit}]" if c.unit else c.name for c in self.columns])
        writer.writerows(
            ["" if cell is None else str(cell).lower() if isinstance(cell, bool) else cell
             for cell in row]
            for row in self.rows
        )  # fmt: skip
        return buffer.getvalue()

    def to_pandas(self) -> pandas.DataFrame:
        """Return the table as a frame with full numbers."""
        import pandas

        rows = [[str(c) if isinstance(c, Title) else c for c in row] for row in self.rows]
        return pandas.DataFrame(rows, columns=[c.name for c in self.columns])

    def _repr_html_(self) -> str:
        return self.html()

    def __repr__(self) -> str:
        names = ", ".join(column.name for column in self.columns)
        return f"<Table of {len(self.rows)} rows: {names}>"

    def _texts(self, row: tuple[Cell, ...], *, narrow: bool = False) -> list[str]:
        return [
            column.text(cell, narrow=narrow) for column, cell in zip(self.columns, row, strict=True)
        ]


@dataclass(frozen=True)
class Section:
    """A heading, sentences, and the tables that belong to them."""

    title: str
    sentences: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()


class Page(ABC):
    """What is made of sections and shows itself wherever it is looked at."""

    @abstractmethod
    def sections(self) -> tuple[Section, ...]:
        """Return what is shown, in order."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        for number, section in enumerate(self.sections()):
            if number:
                yield Text("")
            if section.title:
                yield Text(visible(section.title), style="bold")
            for sentence in section.sentences:
                yield Text(visible(sentence))
            for table in section.tables:
                if section.sentences:
                    yield Text("")
                narrow = options.max_width < NARROW
                yield table.rich(narrow=narrow)
                if below := table.below(narrow=narrow):
                    yield Text(visible(below), style="dim")

    def _repr_html_(self) -> str:
        parts = []
        for section in self.sections():
            if section.title:
                parts.append(f"<h4>{_escaped(section.title)}</h4>")
            parts += [f"<p>{_escaped(text)}</p>" for text in section.sentences]
            parts += [table.html() for table in section.tables]
        return "".join(parts)

    def __str__(self) -> str:
        from rich.console import Console

        buffer = io.StringIO()
        Console(
            file=buffer, force_jupyter=False, width=100, color_system=None, highlight=False
        ).print(self, crop=False)
        return "\n".join(line.rstrip() for line in buffer.getvalue().rstrip("\n").split("\n"))

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True, repr=False)
class Sections(Page):
    """Sections on their own."""

    parts: tuple[Section, ...]

    def sections(self) -> tuple[Section, ...]:
        """Return the sections."""
        return self.parts
