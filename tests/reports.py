"""What a page says."""

from __future__ import annotations

import re


def text_of(html: str) -> str:
    """Return what a page says, scripts and styles left out."""
    body = re.sub(r"<(script|style)>.*?</\1>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))
