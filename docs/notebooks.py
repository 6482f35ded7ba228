"""A notebook as a page of Markdown, with its pictures as files beside it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FOLDED = '<details markdown="1"><summary>Code</summary>\n\n{}\n\n</details>'
"""Readers of the site want the answer first; the code is one click away."""


@dataclass(frozen=True)
class NotebookPage:
    """The page and {name: content} of its pictures."""

    markdown: str
    pictures: dict[str, bytes]


def page(file: Path) -> NotebookPage:
    """Return a committed notebook, its outputs as they are in the file."""
    pictures: dict[str, bytes] = {}
    parts: list[str] = []
    for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
        elif cell["cell_type"] == "code":
            parts.append(_FOLDED.format(f"```python\n{source}\n```"))
            parts += [_shown(output, file.stem, pictures) for output in cell["outputs"]]
    return NotebookPage("\n\n".join(part for part in parts if part) + "\n", pictures)


def _shown(output: dict[str, Any], stem: str, pictures: dict[str, bytes]) -> str:
    """Return an output in its richest form that a page can show."""
    data = {kind: "".join(text) for kind, text in output.get("data", {}).items()}
    if "image/svg+xml" in data or "image/png" in data:
        drawn = data.get("image/svg+xml")
        name = f"{stem}-{len(pictures) + 1}.{'svg' if drawn else 'png'}"
        pictures[name] = drawn.encode() if drawn else base64.b64decode(data["image/png"])
        title = data.get("text/plain", "picture").split("\n")[0]
        return f"![{title}]({name})" if "alt.Chart" not in title else f"![picture]({name})"
    if "text/html" in data:
        lines = (line.strip() for line in data["text/html"].splitlines())
        return "".join(f"{line}\n" for line in lines if line)
    if "text/markdown" in data:
        return data["text/markdown"]
    text = data.get("text/plain", "".join(output.get("text", "")))
    return f"```text\n{text.rstrip()}\n```" if text else ""
