"""Write every generated part of the documentation anew: `python -m docs.build`.

`--check` writes nothing and fails where a page is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from docs import bibliography, blocks, dependencies, reference

FOLDER = Path(__file__).parent
COMMAND = "python -m docs.build"


def _filled(name: str, made: Callable[[], dict[str, Callable[[], str]]]) -> str:
    return blocks.filled((FOLDER / name).read_text(encoding="utf-8"), made())


PAGES: dict[str, Callable[[], str]] = {
    "architecture.svg": dependencies.picture,
    "bibliography.md": lambda: bibliography.page(FOLDER / "references.bib"),
    "commands.md": reference.page,
    "formulation.md": lambda: _filled("formulation.md", blocks.formulation),
}
"""What each file with generated parts has to be."""


def stale() -> list[str]:
    """Return the files that are not what they have to be."""
    found = []
    for name, made in PAGES.items():
        path = FOLDER / name
        if not path.exists() or path.read_text(encoding="utf-8") != made():
            found.append(name)
    return found


def main() -> int:
    """Write what is stale, or with `--check` say so and fail."""
    found = stale()
    if "--check" in sys.argv[1:]:
        for name in found:
            print(f"docs/{name} is stale: run {COMMAND}", file=sys.stderr)
        return 1 if found else 0
    for name in found:
        (FOLDER / name).write_text(PAGES[name](), encoding="utf-8")
        print(f"docs/{name} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
