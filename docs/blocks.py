"""The generated parts of hand-written pages, between markers that Markdown does not show.

    <!-- generated: evader -->
    ...
    <!-- end -->

A page may be edited anywhere else. What stands between the markers is written anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from docs import formulas
from games import specification
from games.closed_forms import contests, gaps, layers
from games.closed_forms.alliances import weakest_wedge
from games.closed_forms.forms import ClosedForm
from games.errors import GameError

_BLOCK = re.compile(r"(<!-- generated: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str, blocks: Mapping[str, Callable[[], str]]) -> str:
    """Return a page with every marked part written anew.

    Raises
    ------
    KeyError
        When a marker names a block that nobody makes.
    """
    return _BLOCK.sub(lambda found: found[1] + blocks[found[2]]() + found[3], page)


def _code(lines: list[str]) -> str:
    return "\n".join(["```text", *lines, "```", ""])


def formulation() -> dict[str, Callable[[], str]]:
    """Return the blocks of the page of the mathematics."""

    def defined(*found: specification.Definition) -> str:
        return _code(formulas.definitions(found))

    return {
        "enforcement": lambda: defined(specification.enforcement()),
        "months": lambda: defined(specification.months()),
        "lane": lambda: defined(*specification.lane()),
        "payoff": lambda: defined(specification.payoff()),
        "evader": lambda: _code(formulas.model(specification.evader())),
        "evader-dual": lambda: _code(formulas.model(specification.evader_dual())),
        "interdiction": lambda: _code(formulas.model(specification.interdiction())),
        "strong-duality": lambda: _code(formulas.model(specification.strong_duality())),
        "consent": lambda: _code(formulas.rows([specification.consent()])),
    }


def closed_forms() -> dict[str, Callable[[], str]]:
    """Return the blocks of the page of closed forms."""
    series = layers.contests_in_series()
    return {
        "tullock": lambda: _table(contests.tullock().forms()),
        "search": lambda: _table(contests.search().forms()),
        "layers": lambda: _table(
            (layers.surviving(), layers.stopped_of_rest(), layers.nth_layer())
        ),
        "spending": lambda: _table((layers.spending(), layers.surviving_at_best())),
        "series": lambda: _table(
            (series.passing, series.care, series.enforcement, series.evader, series.most)
        ),
        "gaps": lambda: _table((gaps.passing(), gaps.closing(), gaps.saving_elsewhere())),
        "alliances": lambda: _table((weakest_wedge(3),)),
        "levels": lambda: _table((gaps.level_hazard(), gaps.level_spending())),
    }


def _table(forms: tuple[ClosedForm, ...]) -> str:
    """Return closed forms with the proven signs of their slopes as a table."""
    lines = ["| what | closed form | rises with | falls with | either way |", "|---" * 5 + "|"]
    for form in forms:
        ways: dict[str, list[str]] = {"rises": [], "falls": [], "stays": [], "either": []}
        for letter in form.letters:
            try:
                ways[form.slope(letter).value].append(f"`{letter}`")
            except GameError:
                ways["either"].append(f"`{letter}`")
        cells = [", ".join(ways[way]) or "-" for way in ("rises", "falls", "either")]
        shown = str(form.expression).replace("**", "^")
        lines.append(f"| {form.name} | `{shown}` | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])
