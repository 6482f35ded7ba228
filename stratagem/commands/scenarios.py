"""Scenarios before they are solved, and the machine they are solved on."""

from __future__ import annotations

from pathlib import Path

from stratagem.commands.parameters import Changes, Json, Listed
from stratagem.commands.root import streams


def list_scenarios(*, json: Json = False) -> int:
    """List the shipped scenarios.

    Parameters
    ----------
    json
        Print one JSON object and nothing else.
    """
    from stratagem import verbs

    return verbs.list_scenarios(streams(), as_json=json)


def show(
    scenario: str, /, *, number: Listed = (), changes: Changes | None = None, json: Json = False
) -> int:
    """Show a scenario: who controls what at what cost, its flagged numbers, and how it fits.

    Parameters
    ----------
    scenario
        Name of a shipped scenario, a folder or a file.
    number
        Show these numbers alone: what they are, where they come from and what is made of them, such
        as route_total share_*.
    json
        Print one JSON object and nothing else.
    """
    from stratagem import verbs

    return verbs.show(streams(), scenario, number, changes or Changes(), as_json=json)


def new(directory: Path, /, *, start: str | None = None) -> int:
    """Write a small commented scenario to start from, or a copy of a shipped one.

    Parameters
    ----------
    directory
        A folder that is new or empty.
    start
        Name of a shipped scenario to copy, such as baseline-2026; by default a small one is
        written.
    """
    from stratagem import verbs

    return verbs.new(streams(), directory, start)


def validate(scenario: str, /, *, changes: Changes | None = None, json: Json = False) -> int:
    """Check a scenario and report every fault with its place.

    Parameters
    ----------
    scenario
        Name of a shipped scenario, a folder or a file.
    json
        Print one JSON object and nothing else.
    """
    from stratagem import verbs

    return verbs.validate(streams(), scenario, changes or Changes(), as_json=json)


def schema() -> int:
    """Print the JSON Schema of scenario files, for editors."""
    from stratagem import verbs

    return verbs.schema(streams())


def doctor(*, json: Json = False) -> int:
    """Check that everything needed works here.

    Parameters
    ----------
    json
        Print one JSON object and nothing else.
    """
    from stratagem import verbs

    return verbs.doctor(streams(), as_json=json)
