"""The reference of all commands, made from the command line's own help."""

from __future__ import annotations

import re

HEAD = """# Commands

What every command takes, as `--help` after each of them prints it.

Exit codes: 0 solved, 1 internal error, 2 bad input or nowhere to write, 3 infeasible, not
certified, or a run that its scenario does not bear out, 4 limit reached, 130 interrupted, 141 the
reader of a pipe has left.

"""


def page() -> str:
    """Return the page, its commands in the order of the help."""
    from stratagem.commands import app

    made = app.generate_docs(output_format="markdown")
    start, *sections = re.split(r"^(?=## stratagem )", made, flags=re.MULTILINE)
    named = {
        section.split("\n", 1)[0].removeprefix("## stratagem "): section for section in sections
    }
    order = re.findall(r"^\* \[`(.+?)`\]\(.+?\): (.+)$", start, flags=re.MULTILINE)
    lines = [f"| [`{name}`](#stratagem-{name}) | {what.rstrip('.')} |" for name, what in order]
    table = "\n".join(["| command | what it does |", "|---|---|", *lines])
    return HEAD + table + "\n\n" + "\n".join(_section(named[name]) for name, _ in order)


def _section(made: str) -> str:
    """Return the section of a command with its usage indented and its lists in one line each."""
    usage = re.sub(r"```console\n(.*?)\n```", r"    \1", made, flags=re.DOTALL)
    usage = re.sub(r"^(    .*?) -m \S+", r"\1", usage, flags=re.MULTILINE)  # how Python was started
    joined = re.sub(r"\n {4,}(?=\S)(?!stratagem )", " ", usage)
    return joined.rstrip() + "\n"
