"""The pages agree with the code: links lead somewhere, commands parse, names are the same."""

from __future__ import annotations

import inspect
import re
import shlex
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from packaging.requirements import Requirement

from docs import build, index, notebooks
from docs.docstrings import plain
from games import specification
from stratagem.commands import COMMANDS, app

ROOT = Path(__file__).parent.parent
PACKAGES = ("games", "solvers", "scenarios", "stratagem")
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "benchmarks").glob("**/README.md")),
]

LISTED = ROOT / "docs" / "bibliography.md"

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def fenced(text: str) -> Iterator[str]:
    """Yield the lines of a page's code blocks; a line that ends in a backslash goes on."""
    for block in re.findall(r"^```[^\n`]*\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE):
        yield from block.replace("\\\n", " ").splitlines()


def sources() -> str:
    return "\n".join(
        path.read_text()
        for package in PACKAGES
        for path in sorted((ROOT / package).glob("**/*.py"))
    )


@pages
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    near = [link.split("#")[0] for link in links if not re.match(r"[a-z]+:", link)]
    missing = [link for link in near if link and not (page.parent / link).exists()]
    assert missing == []


@pages
def test_every_command_on_a_page_is_one(page: Path) -> None:
    text = page.read_text()
    for line in [*fenced(text), *re.findall(r"`(stratagem [^`]+)`", text)]:
        for command in re.split(r"&&|\|\||[;|]", line.removeprefix("$ ")):
            words = shlex.split(command, comments=True) if "stratagem" in command else []
            if words and Path(words[0]).name == "stratagem":
                until = next((i for i, word in enumerate(words) if word[0] in "<>"), len(words))
                app.parse_args(words[1:until], exit_on_error=False, print_error=False)


def test_the_list_of_commands_says_what_their_docstrings_say() -> None:
    names = [name for commands in COMMANDS.values() for name in commands]
    assert sorted(names) == sorted(name for name in app if not name.startswith("-"))
    for name, (_, summary) in chain(*(commands.items() for commands in COMMANDS.values())):
        head = (inspect.getdoc(app[name].default_command) or "").split("\n\n")[0]
        assert summary == head.replace("\n", " "), name


def test_the_index_lists_every_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    for path in (ROOT / "docs").iterdir():
        if path.suffix in (".md", ".bib") and path.name != "README.md":
            assert f"({path.name})" in index


def test_every_work_cited_is_in_the_bibliography_and_the_reverse() -> None:
    keys = re.findall(r"^@\w+\{(\w+),", (ROOT / "docs/references.bib").read_text(), re.M)
    code = chain(*((ROOT / folder).glob("*.py") for folder in ("tests", "benchmarks")))
    texts = [sources(), *(path.read_text() for path in chain(PAGES, code) if path != LISTED)]
    cited = re.findall(r"\b[a-z]{3,}(?:19|20)\d\d[a-z]?\b", "\n".join(texts))
    assert keys == sorted(set(cited))


SOLVERS = ("", "/boxes", "/equilibria", "/finite", "/flows", "/worlds")


@pytest.mark.parametrize("folder", ["games", *(f"solvers{folder}" for folder in SOLVERS)])
def test_every_module_is_named_where_its_folder_says_in_what_order_to_read(folder: str) -> None:
    named = set(re.findall(r"`(\w+)`", (ROOT / folder / "__init__.py").read_text()))
    modules = {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"}
    assert modules - named == set()


def test_every_constraint_has_its_name_on_a_page() -> None:
    text = "\n".join(path.read_text() for path in (ROOT / "docs").glob("*.md"))
    layered = chain(*((ROOT / "solvers" / one).glob("*.py") for one in (".", "equilibria")))
    solvers = "\n".join(path.read_text() for path in layered)
    names = set(re.findall(r"model\.(\w+) = pyo\.Constraint", solvers))
    assert len(names) > 5
    assert {name for name in names if not re.search(rf"\b{name}\b", text)} == set()


def test_every_constraint_of_the_specification_is_on_the_page_of_the_mathematics() -> None:
    text = (ROOT / "docs" / "formulation.md").read_text()
    models = (
        specification.evader(),
        specification.evader_dual(),
        specification.interdiction(),
        specification.strong_duality(),
    )
    for row in chain(*(model.rows for model in models)):
        assert re.search(rf"^{row.name}   ", text, re.MULTILINE), row.name


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name == "closed-forms.md" else [])
        for name in sorted(build.PAGES)
    ],
)
def test_no_generated_page_is_stale(name: str) -> None:
    written = (ROOT / "docs" / name).read_bytes()
    assert written == build.made(name), f"docs/{name} is stale: run {build.COMMAND}"


def test_the_citation_agrees_with_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
    assert [author["name"] for author in citation["authors"]] == [
        author["name"] for author in project["authors"]
    ]
    changes = (ROOT / "CHANGELOG.md").read_text()
    assert f"## [{citation['version']}] - {citation['date-released']}" in changes


def test_every_package_of_the_contract_is_in_the_picture() -> None:
    picture = (ROOT / "docs" / "architecture.svg").read_text()
    assert all(f">{package}/<" in picture for package in PACKAGES)


def test_docstrings_read_as_the_reference_needs_them() -> None:
    text = "Sum.\n\nmaximise  x\nsubject   y\n\nParameters\n----------\nx, y : a number.\n    More."
    assert plain(text) == (
        "Sum.\n\n    maximise  x\n    subject   y\n\n"
        "Parameters\n----------\nx, y\n    a number.\n    More."
    )


def test_the_site_has_the_order_of_the_index_and_forgets_no_page() -> None:
    listed = [file for section in index.sections() for file in section.files]
    assert listed[:2] == ["docs/start.md", "docs/modelling.md"]
    pages = {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")} - {"docs/README.md"}
    assert pages <= set(listed)
    assert len(listed) == len(set(listed))
    assert all((ROOT / file).exists() for file in listed)


def test_a_notebook_becomes_a_page_with_its_pictures() -> None:
    made = notebooks.page(ROOT / "notebooks" / "01-coordinated-or-alone.ipynb")
    assert made.markdown.startswith("# Coordinated or alone?")
    assert len(made.pictures) >= 7
    starts = {".png": b"\x89PNG", ".svg": b"<svg"}
    for name, content in made.pictures.items():
        assert content.startswith(starts[Path(name).suffix]), name
    assert all(f"]({name})" in made.markdown for name in made.pictures)


def test_the_readme_says_how_to_run_the_tests() -> None:
    """The line that `.ci/run` takes from there."""
    assert re.search(r"python -m pytest[^`]*", (ROOT / "README.md").read_text())


def test_the_version_is_in_the_changelog() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f"## [{project['version']}]" in (ROOT / "CHANGELOG.md").read_text()


def test_pinned_versions_are_within_the_ranges_and_complete() -> None:
    """Everything that the project asks for is pinned, without the address of any index."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    extras = project["optional-dependencies"].values()
    for requirement in map(Requirement, chain(project["dependencies"], *extras)):
        if requirement.name == project["name"]:  # an extra that takes in others
            continue
        assert requirement.specifier.contains(pins[requirement.name.lower()]), requirement
    assert not re.search(r"https?:|--", "\n".join(lines[1:]))


@pages
def test_links_to_elsewhere_have_the_form_of_one(page: Path) -> None:
    """Whether anybody answers there is no matter for a test."""
    for link in re.findall(r"\]\(([a-z]+:[^\s]+?)\)", page.read_text()):
        address = urlsplit(link)
        assert address.scheme == "https", link
        assert re.fullmatch(r"[\w-]+(\.[\w-]+)+", address.hostname or ""), link


@pages
def test_no_page_holds_the_marks_of_an_open_merge(page: Path) -> None:
    assert not re.search(r"^(<{7}|>{7}) ", page.read_text(), re.MULTILINE)
