"""The app's end of a worker: start it, hear what it has found so far, stop it.

A worker is a process of its own, so that turning a slider can end what is being solved at once,
whatever a solver is doing.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass, field
from typing import Any

from games.errors import InputError
from stratagem.explaining.explanation import Explanation
from stratagem.records.comparison import Comparison
from stratagem.records.mixed import MixedRecord
from stratagem.records.plays import PlayRecord

TIME_LIMIT = 120.0
"""Seconds for each play."""


@dataclass(frozen=True)
class Request:
    """What to solve.

    Attributes
    ----------
    scenario : name, folder or file.
    overrides, settings : changes to it.
    plays : names of plays beside the status quo.
    time_limit : seconds for each play.
    """

    scenario: str
    overrides: tuple[str, ...]
    settings: tuple[str, ...]
    plays: tuple[str, ...]
    time_limit: float = TIME_LIMIT


@dataclass
class Heard:
    """What a worker has said so far.

    Attributes
    ----------
    working : plays in work.
    plays : the finished ones.
    comparison : all of them together, once the last is finished.
    explanation : the same in words, which comes a little later.
    failure : why one of these does not come.
    """

    working: list[str] = field(default_factory=list)
    plays: list[PlayRecord | MixedRecord] = field(default_factory=list)
    comparison: Comparison | None = None
    explanation: Explanation | None = None
    failure: str | None = None

    @property
    def over(self) -> bool:
        """Whether there is an answer to show, or none will come."""
        return self.comparison is not None or self.failure is not None


class Solving:
    """One request on its way, in a process of its own."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.heard = Heard()
        self._stopped = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "stratagem.app.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def stop(self) -> None:
        """End the worker; what it has said so far stays."""
        self._stopped = True
        self._process.kill()
        self._listener.join()

    def result(self, timeout: float | None = None) -> Comparison:
        """Return the comparison when it is finished.

        Parameters
        ----------
        timeout : seconds to wait for it.

        Raises
        ------
        InputError
            When there is none.
        """
        self._listener.join(timeout)
        if self.heard.comparison is None:
            raise InputError(self.heard.failure or "solving: expected an answer, found none yet")
        return self.heard.comparison

    def _listen(self) -> None:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with process.stdin as requests:
                requests.write(json.dumps(asdict(self.request)).encode())
            while True:
                self._hear(*pickle.load(process.stdout))
        except (EOFError, OSError, pickle.UnpicklingError):
            pass
        code = process.wait()
        process.stdout.close()
        whole = self.heard.explanation is not None or self.heard.failure is not None
        if not whole and not self._stopped:
            self.heard.failure = (
                f"solving: expected an answer of its process, found that it ended with {code}"
            )
        self.heard.working = []

    def _hear(self, kind: str, what: Any) -> None:
        if kind == "working":
            self.heard.working = what
        elif kind == "play":
            self.heard.plays.append(what)
        elif kind == "done":
            self.heard.comparison = what
        elif kind == "told":
            self.heard.explanation = what
        else:
            self.heard.failure = what
