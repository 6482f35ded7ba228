"""The bibliography as a page, made from `references.bib`."""

from __future__ import annotations

import re
from pathlib import Path

_ENTRY = re.compile(r"^@(\w+)\{(\w+),\n(.*?)^\}", re.DOTALL | re.MULTILINE)
_FIELD = re.compile(r"^\s*(\w+)\s*=\s*\{(.*?)\},?\s*$", re.MULTILINE)
_ACCENTS = {
    r"\"a": "ä", r"\"o": "ö", r"\"u": "ü", r"\'e": "é", r"\'a": "á", r"\'o": "ó", r"\'i": "í",
    r"\`e": "è", r"\o": "ø", r"\ss": "ß", r"\~n": "ñ", r"\~a": "ã", r"\c c": "ç", r"\v s": "š",
    r"\&": "&", "``": '"', "''": '"', "--": "\N{EN DASH}",
}  # fmt: skip

HEAD = """# Bibliography

The works cited in the code and on these pages, by the keys that stand there in brackets. This page
is made from [references.bib](references.bib), which can be used in papers as it is.

"""


def page(file: Path) -> str:
    """Return the page of a bibliography in BibTeX."""
    found = sorted(entries(file.read_text(encoding="utf-8")).items())
    return HEAD + "\n".join(f"- **{key}** {_told(fields)}" for key, fields in found) + "\n"


def entries(text: str) -> dict[str, dict[str, str]]:
    """Return {key: {field: plain text}} of a bibliography."""
    return {
        key: {name.lower(): _plain(value) for name, value in _FIELD.findall(body)}
        for _, key, body in _ENTRY.findall(text)
    }


def _plain(value: str) -> str:
    for accent, letter in _ACCENTS.items():
        value = value.replace("{" + accent + "}", letter).replace(accent, letter)
    return (
        re.sub(r"[{}]", "", value)
        .replace("--", "\N{EN DASH}")
        .replace("``", '"')
        .replace("''", '"')
    )


def _told(fields: dict[str, str]) -> str:
    people = _people(fields.get("author", fields.get("editor", "")))
    parts = [f"{people} ({fields['year']}). *{fields['title']}*."]
    if "journal" in fields:
        volume = fields.get("volume", "") + (f"({fields['number']})" if "number" in fields else "")
        pages = f", {fields['pages']}" if "pages" in fields else ""
        parts.append(f"{fields['journal']} {volume}{pages}.".replace(" ,", ","))
    elif "booktitle" in fields:
        pages = f", {fields['pages']}" if "pages" in fields else ""
        parts.append(f"In: {fields['booktitle']}{pages}.")
    parts += [f"{fields[x]}." for x in ("institution", "publisher", "note") if x in fields]
    if "doi" in fields:
        address = fields["doi"].replace("(", "%28").replace(")", "%29")
        parts.append(f"[doi:{fields['doi']}](https://doi.org/{address})")
    return " ".join(parts)


def _people(names: str) -> str:
    people = []
    for name in names.split(" and "):
        family, *rest = name.split(", ")  # Family, Jr., Given
        people.append(" ".join([*rest[-1:], family, *rest[:-1]]))
    return people[0] if len(people) == 1 else ", ".join(people[:-1]) + " and " + people[-1]
