"""What MkDocs needs to know beside the pages of this folder (hooks, see `mkdocs.yml`).

The order of the site is that of the index. Pages from outside `docs/`, such as the changelog, join
it; notebooks become pages; whatever else a page links to is copied beside it; the reference of the
API has a page for each package. So a new page, module or notebook needs no change here.
"""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # MkDocs loads this file by its path

from docs import index, notebooks  # noqa: E402

PACKAGES = ("games", "solvers", "scenarios", "stratagem")
_LINK = re.compile(r"(\]\()([^)\s#:]+)(#[^)\s]*)?(\))")
_homes: dict[str, str] = {}
"""{site's path: project's path} of pages that come from outside `docs/`."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Give the site the order of the index."""
    config.nav = [{"Home": "README.md"}]
    for section in index.sections():
        pages = [_place(file) for file in section.files if _is_page(file)]
        config.nav.append({section.title: pages})
    config.nav.append({"API": [f"api/{package}.md" for package in _packages()]})
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add pages and files from outside `docs/`, notebooks and the reference of the API."""
    texts = {
        f"docs/{file.src_uri}": file.content_string
        for file in files
        if file.src_uri.endswith(".md")
    }
    waiting = [*texts, *(file for section in index.sections() for file in section.files)]
    while waiting:
        home = waiting.pop()
        if home.startswith("docs/") and home in texts:
            waiting += [link for link in _links(home, texts[home]) if link not in texts]
            continue
        place = _place(home)
        if home in texts or not (ROOT / home).is_file() or files.get_file_from_path(place):
            continue
        texts[home] = ""
        if home.endswith(".ipynb"):
            made = notebooks.page(ROOT / home)
            _add(files, config, place, made.markdown, home)
            waiting += _links(home, made.markdown)
            for name, content in made.pictures.items():
                files.append(File.generated(config, f"notebooks/{name}", content=content))
        elif home.endswith(".md"):
            text = (ROOT / home).read_text(encoding="utf-8")
            _add(files, config, place, text, home)
            waiting += _links(home, text)
        else:
            files.append(File.generated(config, place, abs_src_path=str(ROOT / home)))
    for package in _packages():
        _add(files, config, f"api/{package}.md", _reference(package), f"docs/api/{package}.md")
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: Any) -> str:
    """Lead links to where their files are on the site."""
    here = page.file.src_uri
    home = _homes.get(here, f"docs/{here}")
    if here.startswith("api/"):
        return markdown

    def led(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(home), found[2]))
        if not (ROOT / target).exists():  # a picture of a notebook, which is beside its page
            return found[0]
        place = posixpath.relpath(_place(target), posixpath.dirname(here) or ".")
        return f"{found[1]}{place}{found[3] or ''}{found[4]}"

    return _LINK.sub(led, markdown)


def _links(home: str, text: str) -> list[str]:
    """Return the files that a page links to, as paths from the project's folder."""
    return [
        posixpath.normpath(posixpath.join(posixpath.dirname(home), found[2]))
        for found in _LINK.finditer(text)
    ]


def _place(home: str) -> str:
    """Return the site's path of a file of the project."""
    if home.startswith("docs/"):
        return home.removeprefix("docs/")
    if home.endswith(".ipynb"):
        return home.removesuffix(".ipynb") + ".md"
    if home == "README.md":
        return "project/overview.md"
    if home.endswith("/README.md"):  # a page of its own, no index of a folder
        return f"project/{home.removesuffix('/README.md').replace('/', '-')}.md"
    return f"project/{home}"


def _is_page(home: str) -> bool:
    return home.endswith((".md", ".ipynb"))


def _add(files: Files, config: MkDocsConfig, place: str, text: str, home: str) -> None:
    _homes[place] = home
    files.append(File.generated(config, place, content=text))


def _packages() -> list[str]:
    """Return every package, its parts after it."""
    return [
        ".".join(path.parent.relative_to(ROOT).parts)
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("__init__.py"))
        if "library" not in path.parts
    ]


def _reference(package: str) -> str:
    """Return the page of a package: itself, then each of its modules."""
    folder = ROOT / package.replace(".", "/")
    modules = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    parts = [
        f"# `{package}`",
        f"::: {package}\n    options:\n      members: false\n      show_root_heading: false",
    ]
    parts += [f"::: {package}.{module}" for module in modules]
    return "\n\n".join(parts) + "\n"
