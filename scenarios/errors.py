"""The error of this package: what is wrong with a scenario's files, overrides or settings."""

from __future__ import annotations

from games.errors import InputError


class ScenarioError(InputError):
    """A scenario that cannot be used; `faults` holds one line per fault, each with its place."""
