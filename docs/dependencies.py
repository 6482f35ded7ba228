"""The picture of the packages and who imports whom, drawn from the imports themselves."""

from __future__ import annotations

import ast
import html
import sys
import textwrap
import tomllib
from dataclasses import dataclass
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
WIDTH, MARGIN, GAP = 900, 20, 56
LINE, HEAD, PART, FOOT = 17, 42, 30, 26
CHARACTER = 0.48
"""Width of a usual character, as a share of its height."""

COLOURS = {"stratagem": "#0072B2", "scenarios": "#009E73", "solvers": "#D55E00", "games": "#555555"}


@dataclass(frozen=True)
class Package:
    """A top-level package: what it is for, its parts, and the libraries that it alone may know."""

    name: str
    about: str
    parts: tuple[tuple[str, str], ...]
    libraries: tuple[str, ...]


@dataclass(frozen=True)
class _Box:
    package: Package
    left: float
    top: float
    width: float

    @property
    def about(self) -> list[str]:
        return textwrap.wrap(self.package.about, int((self.width - 28) / (CHARACTER * 12.5)))

    @property
    def height(self) -> float:
        return HEAD + LINE * len(self.about) + PART * len(self.package.parts) + FOOT

    @property
    def bottom(self) -> float:
        return self.top + self.height


def layers() -> list[list[str]]:
    """Return the packages row by row, as the contract of the imports has them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    (contract,) = (one for one in contracts if one["type"] == "layers")
    return [[name.strip() for name in row.split("|")] for row in contract["layers"]]


def picture() -> str:
    """Return the picture as SVG."""
    rows = layers()
    names = [name for row in rows for name in row]
    graph = grimp.build_graph(*names, include_external_packages=True, cache_dir=None)
    boxes: dict[str, _Box] = {}
    top = float(MARGIN)
    for row in rows:
        width = (WIDTH - 2 * MARGIN - GAP * (len(row) - 1)) / len(row)
        packages = [_package(graph, name, names) for name in row]
        for place, package in enumerate(packages):
            boxes[package.name] = _Box(package, MARGIN + place * (width + GAP), top, width)
        top = max(boxes[name].bottom for name in row) + GAP
    arrows = [
        (one, other)
        for one in names
        for other in names
        if one != other
        and graph.direct_import_exists(importer=one, imported=other, as_packages=True)
    ]
    return _drawn(boxes, arrows, top - GAP + MARGIN)


def _package(graph: grimp.ImportGraph, name: str, known: list[str]) -> Package:
    parts = sorted(
        child
        for child in graph.find_children(name)
        if (ROOT / child.replace(".", "/") / "__init__.py").exists()
    )
    used = {
        imported
        for module in {name, *graph.find_descendants(name)}
        for imported in graph.find_modules_directly_imported_by(module)
        if graph.is_module_squashed(imported) and imported not in {*known, *sys.stdlib_module_names}
    }
    return Package(
        name, _about(name), tuple((part, _about(part)) for part in parts), tuple(sorted(used))
    )


def _about(package: str) -> str:
    """Return the first sentence of a package's docstring."""
    path = ROOT / package.replace(".", "/") / "__init__.py"
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.split("\n\n")[0].replace("\n", " ").rstrip(".").split(". ")[0]


def _drawn(boxes: dict[str, _Box], arrows: list[tuple[str, str]], height: float) -> str:
    """Return boxes and arrows as SVG."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
        f'width="{WIDTH}" height="{height:.0f}" role="img" '
        'font-family="Liberation Sans, Arial, Helvetica, sans-serif">',
        "<title>The packages and who imports whom</title>",
        "<defs><marker id='tip' viewBox='0 0 10 10' refX='9' refY='5' markerWidth='9' "
        "markerHeight='9' orient='auto'><path d='M0 0 L10 5 L0 10 z' fill='#777'/></marker></defs>",
        f'<rect width="{WIDTH}" height="{height:.0f}" rx="10" fill="#FFFFFF"/>',
    ]
    lines += [_arrow(boxes, one, other) for one, other in arrows]
    for box in boxes.values():
        lines += _box(box)
    return "\n".join([*lines, "</svg>", ""])


def _arrow(boxes: dict[str, _Box], importer: str, imported: str) -> str:
    """Return an arrow downwards; past a row in between it goes through the gap between boxes."""
    one, other = boxes[importer], boxes[imported]
    upper = [box for box in boxes.values() if one.bottom < box.top and box.bottom < other.top]
    if upper:
        x = (min(box.left + box.width for box in upper) + max(box.left for box in upper)) / 2
        start = end = x
    elif one.width > other.width:
        start = end = other.left + other.width / 2
    else:
        start = end = one.left + one.width / 2
    return (
        f'<line x1="{start:.0f}" y1="{one.bottom:.0f}" x2="{end:.0f}" y2="{other.top - 2:.0f}" '
        "stroke='#777' stroke-width='2' marker-end='url(#tip)'/>"
    )


def _box(box: _Box) -> list[str]:
    package, colour = box.package, COLOURS.get(box.package.name, "#333333")
    left, top = box.left, box.top
    lines = [
        f'<rect x="{left:.0f}" y="{top:.0f}" width="{box.width:.0f}" '
        f'height="{box.height:.0f}" rx="8" fill="{colour}" fill-opacity="0.08" stroke="{colour}"/>',
        _text(left + 14, top + 26, f"{package.name}/", 17, colour, bold=True),
        *(
            _text(left + 14, top + 46 + LINE * place, line, 12.5, "#222222")
            for place, line in enumerate(box.about)
        ),
    ]
    parts = top + HEAD + LINE * len(box.about)
    for place, (name, about) in enumerate(package.parts):
        y = parts + PART * place
        lines += [
            f'<rect x="{left + 14:.0f}" y="{y:.0f}" width="{box.width - 28:.0f}" '
            f'height="{PART - 6}" rx="4" fill="#FFFFFF" stroke="{colour}" stroke-opacity="0.5"/>',
            _text(
                left + 22,
                y + 16,
                _fit(
                    f"{name.partition('.')[2]}: {about[:1].lower()}{about[1:]}", box.width - 44, 12
                ),
                12,
                "#222222",
            ),
        ]
    libraries = _fit(", ".join(package.libraries), box.width - 28, 11.5)
    lines.append(_text(left + 14, box.bottom - 10, libraries, 11.5, "#666666"))
    return lines


def _fit(text: str, width: float, size: float) -> str:
    """Return a text cut where it would be wider than its place."""
    most = int(width / (CHARACTER * size))
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0].rstrip(",;:") + " ..."


def _text(x: float, y: float, text: str, size: float, colour: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size:g}" fill="{colour}"{weight}>'
        f"{html.escape(text)}</text>"
    )
