"""Methods by the names that the command line uses."""

from __future__ import annotations

import difflib

from games.errors import InputError
from solvers.world import METHODS, Method


def method_of(name: str | None) -> Method | None:
    """Return the method of a name such as ranked-interdiction; None stays open.

    Raises
    ------
    InputError
        When it is not known; it names the nearest.
    """
    if name is None:
        return None
    known = {method.replace(" ", "-"): method for method in METHODS}
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" - did you mean {near[0]}?" if near else ""
        raise InputError(f"method: expected one of {', '.join(known)}; found {name!r}{hint}")
    return known[name]
