"""A text in Gambit's format read from front to back, and what is wrong in it with its place."""

from __future__ import annotations

import re
from typing import Any

from numpy.typing import NDArray

from games.errors import GameError
from scenarios.faults import FaultError, shown
from scenarios.rationals import rational, rationals

_GAP = re.compile(r"[\s,]*")
_WORD = re.compile(r'[^\s,{}"]+')
_ENTRY = re.compile(r"[^\s,]+")


class Reader:
    """A text that is read from front to back, and knows where it stands."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.position = self._after_gap(0)

    def peek(self) -> str:
        """Return the next character that means anything, empty at the end."""
        return self.text[self.position : self.position + 1]

    def place(self, position: int | None = None) -> str:
        """Return the name of the file, the line and the column."""
        at = self.position if position is None else position
        line = self.text.count("\n", 0, at) + 1
        return f"{self.name}: line {line}, column {at - self.text.rfind(chr(10), 0, at)}"

    def fault(self, expected: str, advice: str = "", found: str = "") -> GameError:
        """Return an error about what comes next."""
        if not found:
            word = _WORD.match(self.text, self.position)
            ended = self.position >= len(self.text)
            found = "the end of the file" if ended else shown(word[0] if word else self.peek())
        text = f"{self.place()}: expected {expected}, found {found}"
        return GameError(f"{text} - {advice}" if advice else text)

    def symbol(self, expected: str) -> None:
        """Read a brace."""
        if self.peek() != expected:
            raise self.fault(repr(expected))
        self._advance(self.position + 1)

    def word(self) -> str:
        """Read letters and digits up to the next gap or brace."""
        match = _WORD.match(self.text, self.position)
        if match is None:
            return ""
        self._advance(match.end())
        return match[0]

    def quoted(self, what: str) -> str:
        """Read a text in quotes."""
        if self.peek() != '"':
            raise self.fault(f"{what} in double quotes")
        end = self.text.find('"', self.position + 1)
        while end > 0 and self.text[end - 1] == "\\":
            end = self.text.find('"', end + 1)
        if end < 0:
            raise self.fault(f"{what} that ends in a double quote", found="none to the end")
        quoted = self.text[self.position + 1 : end]
        self._advance(end + 1)
        return quoted.replace('\\"', '"')

    def number(self, what: str) -> Any:
        """Read one number."""
        start = self.position
        text = self.word()
        try:
            return rational(text)
        except FaultError as fault:
            self.position = start
            if text:
                raise self.fault(what, fault.advice, fault.found) from None
            raise self.fault(what) from None

    def numbers(self, count: int, what: str) -> NDArray[Any]:
        """Read the rest of the text, which is so many numbers."""
        texts = self.text[self.position :].replace(",", " ").split()
        try:
            values = rationals(texts)
        except FaultError:
            raise self._first_that_is_no_number() from None
        if len(texts) != count:
            advice = "the file may be cut short" if len(texts) < count else "some are too many"
            raise GameError(
                f"{self.place()}: expected {count:,} {what}, found {len(texts):,} - {advice}"
            )
        return values

    def _first_that_is_no_number(self) -> GameError:
        for entry in _ENTRY.finditer(self.text, self.position):
            try:
                rational(entry[0])
            except FaultError as fault:
                self.position = entry.start()
                return self.fault(fault.expected, fault.advice, fault.found)
        raise AssertionError("one of the numbers was refused")

    def _advance(self, position: int) -> None:
        self.position = self._after_gap(position)

    def _after_gap(self, position: int) -> int:
        match = _GAP.match(self.text, position)
        return match.end() if match else position
