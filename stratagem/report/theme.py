"""Pictures in the colours of a page: SVG whose ink follows light and dark.

Pictures are drawn in fixed colours, so that they stand alone in a file. On a page the colours of
ink, lines and ground become the page's own, and what a mark says to screen readers one by one is
kept as what a page tells when somebody points at it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stratagem.pictures.drawing import Drawing

_PAGE: Mapping[str, str] = {
    "#222222": "ink",
    "#000": "ink",
    "#666666": "quiet",
    "#444444": "node",
    "#EEEEEE": "grid",
    "#BBBBBB": "line",
    "#C8C8C8": "line",
    "#E9E9E9": "pale",
    "#A8A8A8": "free",
    "#B22222": "stopped",
}
"""Colours of pictures that a page has its own of."""

_FIXED = re.compile(
    r'(fill|stroke)="(' + "|".join(_PAGE) + r'|white)"(?=[^>]*>)', flags=re.IGNORECASE
)
_SPOKEN = re.compile(r' role="graphics-(?:symbol|object)"| aria-roledescription="[^"]*"')


def chart_svg(chart: Any) -> tuple[str, str, str]:
    """Return the title, the subtitle and the SVG of an altair chart, the SVG without them."""
    import vl_convert

    specification = chart.to_dict(validate=False)
    title = specification.pop("title")
    svg = vl_convert.vegalite_to_svg(specification)
    return _joined(title["text"]), _joined(title.get("subtitle", "")), themed(svg)


def drawing_svg(drawing: Drawing) -> str:
    """Return a drawing without its title, in the colours of the page."""
    return themed(drawing.svg(titled=False))


def themed(svg: str) -> str:
    """Return an SVG in the colours of the page, for its markup."""
    svg = re.sub(r'^(<svg[^>]*>)<rect [^>]*fill="white"/>', r"\1", svg)
    svg = _SPOKEN.sub("", svg)
    svg = re.sub(r' aria-label="(?:[XY]-axis|Title|Symbol)[^"]*"| aria-hidden="true"', "", svg)
    svg = svg.replace(" aria-label=", " data-tip=")
    svg = re.sub(r' (?:id|clip-path)="[^"]*"', "", svg)  # one page holds many pictures

    def own(match: re.Match[str]) -> str:
        side, colour = match[1], match[2]
        if colour == "white":
            return match[0] if side == "fill" else f'{side}="var(--page)"'
        return f'{side}="var(--{_PAGE[colour.upper()]})"'

    return _FIXED.sub(own, svg)


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else " ".join(text)
