"""The process that solves for the app: one request in, plays as they are finished out.

Run as `python -m stratagem.app.worker`. The request is one JSON object on standard input; answers
are pickled pairs on standard output, each a kind and what it brings:

    working   names of the plays in work
    play      a PlayRecord
    done      the Comparison
    told      the Explanation of its best play, recomputed
    failed    the text of what went wrong

Solvers may write to standard output as they like; that goes to standard error here.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
from collections.abc import Callable
from typing import Any

from games.errors import StratagemError


def main() -> int:
    """Serve the request on standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the app's to handle
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def send(kind: str, what: Any) -> None:
        pickle.dump((kind, what), answers)
        answers.flush()

    try:
        _serve(json.load(sys.stdin), send)
    except StratagemError as error:
        send("failed", str(error))
    except BrokenPipeError:  # the app has asked for something else
        return 1
    return 0


def _serve(request: dict[str, Any], send: Callable[[str, Any], None]) -> None:
    from scenarios.load import load
    from stratagem.comparison import compare
    from stratagem.explaining.explanation import explain

    world = load(request["scenario"], overrides=request["overrides"], settings=request["settings"])
    comparison = compare(
        world,
        request["plays"],
        jobs=1,
        time_limit=request["time_limit"],
        layers=False,
        progress=lambda record: send("play", record),
        working=lambda names: send("working", list(names)),
    )
    send("done", comparison)
    send("told", explain(comparison, world))


if __name__ == "__main__":
    sys.exit(main())
