"""Records as plain JSON values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any


def plain(value: Any) -> Any:
    """Return a value made of dicts, lists, texts, numbers and None alone.

    Numbers that JSON does not know, such as a bound that was never found, become None.

    Examples
    --------
    >>> plain({"bound": float("inf"), "plays": ("a", "b")})
    {'bound': None, 'plays': ['a', 'b']}
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
