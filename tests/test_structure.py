"""The structure of the code: what can be read in an order, for nothing needs itself."""

from __future__ import annotations

import ast
import re
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
LISTED = {"stratagem/commands", "stratagem/report/sections"}
"""Packages whose modules a list in the code or a search finds, so that none is told of in words."""

PACKAGES = ("games", "solvers", "scenarios", "stratagem", "docs", "benchmarks")


def ordered(imports: dict[str, set[str]]) -> list[str]:
    return list(TopologicalSorter(imports).static_order())


def test_no_module_needs_itself_by_way_of_others_not_even_for_types() -> None:
    graph = grimp.build_graph(*PACKAGES)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    assert set(ordered(imports)) == graph.modules
    imports["games.layered"] |= {"solvers.plays"}
    with pytest.raises(CycleError):
        ordered(imports)


@pytest.mark.parametrize(
    "folder",
    sorted(
        {
            path.parent.relative_to(ROOT).as_posix()
            for name in PACKAGES[:4]
            for path in (ROOT / name).rglob("__init__.py")
        }
        - LISTED
    ),
)
def test_the_docstring_of_a_package_says_where_each_of_its_modules_belongs(folder: str) -> None:
    told = ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text("utf-8"))) or ""
    named = set(re.findall(r"`([a-z_]+)`", told))
    modules = {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__", "__main__"}
    assert sorted(modules - named) == []
