"""Write every generated part of the documentation anew: `python -m docs.build`.

`--check` writes nothing and fails where something is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from docs import bibliography, blocks, dependencies, reference

FOLDER = Path(__file__).parent
COMMAND = "python -m docs.build"


def _filled(name: str, made: Mapping[str, Callable[[], str]]) -> str:
    return blocks.filled((FOLDER / name).read_text(encoding="utf-8"), made)


PAGES: dict[str, Callable[[], str]] = {
    "architecture.svg": dependencies.picture,
    "bibliography.md": lambda: bibliography.page(FOLDER / "references.bib"),
    "closed-forms.md": lambda: _filled("closed-forms.md", blocks.closed_forms()),
    "commands.md": reference.page,
    "formulation.md": lambda: _filled("formulation.md", blocks.formulation()),
}
"""What each file with generated parts has to be."""


def made(name: str) -> bytes:
    """Return what a file has to be."""
    return PAGES[name]().encode("utf-8")


def stale() -> dict[str, bytes]:
    """Return the files that are not what they have to be, with what they have to be."""
    fresh = {name: made(name) for name in PAGES}
    return {
        name: content
        for name, content in fresh.items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_bytes() != content
    }


def main() -> int:
    """Write what is stale, or with `--check` say so and fail."""
    checking = "--check" in sys.argv[1:]
    found = stale()
    for name, content in found.items():
        if checking:
            print(f"docs/{name} is stale: run {COMMAND}", file=sys.stderr)
        else:
            (FOLDER / name).write_bytes(content)
            print(f"docs/{name} written")
    return 1 if found and checking else 0


if __name__ == "__main__":
    sys.exit(main())
