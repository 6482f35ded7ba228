"""A picture as SVG text: what is drawn by hand rather than by altair.

Like a chart it shows itself in a notebook and saves itself as SVG or PNG. Marks may say more than
they show: `tip` is what a page tells when somebody points at one.
"""

from __future__ import annotations

import html
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenarios.texts import visible
from stratagem.runs.files import check_file, write_file

KINDS = (".svg", ".png")
SCALE = 2.0
"""Kinds of files that pictures are saved as, and pixels of a PNG per pixel of a picture."""


@dataclass(frozen=True, repr=False)
class Drawing:
    """An SVG with the finding on top and what it says in words.

    Attributes
    ----------
    title, subtitle : as over a chart.
    body : the elements inside the SVG.
    """

    title: str
    subtitle: str
    width: float
    height: float
    body: str

    def svg(self, *, titled: bool = True) -> str:
        """Return the whole SVG, with or without its title drawn on it."""
        top = 52 if titled else 0
        size = f"{self.width:.0f} {self.height + top:.0f}"
        width, height = size.split()
        heading = (
            f'<rect width="{width}" height="{height}" fill="white"/>'
            + text(12, 20, self.title, size=15, bold=True)
            + text(12, 38, self.subtitle, size=11, colour="#666666")
            if titled
            else ""
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" width="{width}" '
            f'height="{height}" font-family="Liberation Sans, Arial, Helvetica, sans-serif">'
            f'{heading}<g transform="translate(0 {top})">{self.body}</g></svg>'
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the drawing as the kind that the file's name ends in, .svg or .png.

        Raises
        ------
        InputError
            When it ends in something else, or cannot be written.
        """
        file = check_file(Path(path), KINDS)
        write_file(file, encoded(self.svg(), file.suffix.lower()))

    def _repr_svg_(self) -> str:
        return self.svg()

    def __repr__(self) -> str:
        return f"<Drawing: {self.title}>"


def encoded(svg: str, kind: str) -> bytes:
    """Return an SVG as the content of a file of one of `KINDS`."""
    if kind == ".svg":
        return svg.encode()
    import vl_convert

    return bytes(vl_convert.svg_to_png(svg, scale=SCALE))


def escaped(content: str) -> str:
    """Return a text that is nothing but text inside markup and its attributes."""
    return html.escape(visible(content))


def text(
    x: float,
    y: float,
    content: str,
    *,
    size: float = 11,
    anchor: str = "start",
    bold: bool = False,
    colour: str = "#222222",
    halo: bool = False,
) -> str:
    """Return a line of text; a halo keeps it readable over other marks."""
    weight = ' font-weight="bold"' if bold else ""
    around = (
        ' stroke="white" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'
        if halo
        else ""
    )
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}"{weight} '
        f'fill="{colour}"{around}>{escaped(content)}</text>'
    )


def ribbon(
    start: tuple[float, float], end: tuple[float, float], begin: float, finish: float
) -> str:
    """Return the path of a band from one middle to another, `begin` wide and then `finish` wide."""
    (x0, y0), (x1, y1) = start, end
    bend = (x0 + x1) / 2
    upper = f"M{x0:.1f} {y0 - begin / 2:.2f}C{bend:.1f} {y0 - begin / 2:.2f} {bend:.1f} "
    upper += f"{y1 - finish / 2:.2f} {x1:.1f} {y1 - finish / 2:.2f}"
    lower = f"L{x1:.1f} {y1 + finish / 2:.2f}C{bend:.1f} {y1 + finish / 2:.2f} {bend:.1f} "
    lower += f"{y0 + begin / 2:.2f} {x0:.1f} {y0 + begin / 2:.2f}Z"
    return upper + lower


def group(parts: Iterable[str], **attributes: str) -> str:
    """Return marks that belong together; `data_tip` becomes `data-tip`."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escaped(value)}"'
        for name, value in attributes.items()
    )
    return f"<g{written}>{''.join(parts)}</g>"


def svg_of(picture: Any) -> str:
    """Return a chart or a drawing as SVG."""
    if isinstance(picture, Drawing):
        return picture.svg()
    import vl_convert

    return str(vl_convert.vegalite_to_svg(picture.to_dict()))
