"""The command line: how a command is run, and how every failure ends.

Exit codes: 0 solved, 1 internal error, 2 bad input, 3 infeasible or not certified, 4 a limit was
reached first, 130 interrupted. A command with `--json` prints one JSON object on standard output
and nothing else; messages and progress go to standard error. The commands are in `commands`.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from cyclopts import CycloptsError

from games.errors import InputError, StratagemError
from stratagem.commands import app
from stratagem.commands.root import DEBUG, HELP, VERSION, running, streams
from stratagem.terminal.interrupts import Interrupted, interruptible
from stratagem.terminal.streams import Streams, standard_streams

BAD_INPUT, INTERNAL, BROKEN_PIPE = 2, 1, 141
OBJECTS_BEFORE_COLLECTION = 100_000
"""Python's own 700 has the collector look for garbage a hundred times while libraries are read in,
which makes hardly any; a command starts a tenth sooner without."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments : by default those of the process.
    """
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # none is wanted, a search is long
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = DEBUG in words
    words = [word for word in words if word != DEBUG]
    with standard_streams() as opened:
        running.append(opened)
        try:
            with interruptible(opened.restore_terminal):
                return _run(words)
        except Interrupted as interruption:
            opened.message(f"stratagem: interrupted; {interruption.kept}")
            return interruption.code
        except BrokenPipeError:  # whoever read the answer has read enough
            return BROKEN_PIPE
        except CycloptsError as error:
            text = str(error).strip().replace("\n", " ")
            opened.message(f"stratagem: {text} See stratagem --help.")
            return BAD_INPUT
        except StratagemError as error:
            if debug and not isinstance(error, InputError):
                raise
            opened.message(_explained(error))
            return error.exit_code
        except Exception as error:
            if debug:
                raise
            opened.message(
                f"stratagem: internal error: {type(error).__name__}: {error} - run the command "
                f"again with {DEBUG} for the traceback"
            )
            return INTERNAL
        finally:
            running.pop()


def _run(words: list[str]) -> int:
    answer = streams()
    if answer.err.isatty():
        from stratagem.terminal.compiling import compiling_told

        with compiling_told(answer):
            return _answered(words, answer)
    return _answered(words, answer)


def _answered(words: list[str], answer: Streams) -> int:
    told = not words or not {*HELP, *VERSION}.isdisjoint(words)  # else no console need be read in
    console = answer.console() if told else None
    code = app(words, console=console, exit_on_error=False, print_error=False)
    answer.out.flush()  # what cannot be written must be told while there is someone to tell
    return code if isinstance(code, int) else 0


def _explained(error: StratagemError) -> str:
    lines = str(error).splitlines()
    if len(lines) == 1:
        return f"stratagem: {lines[0]}"
    more = lines[-1].startswith("and ")  # the last line counts those that are not told
    count = f"the first {len(lines) - 1} faults" if more else f"{len(lines)} faults"
    return "\n".join([f"stratagem: {count}", *(f"  {line}" for line in lines)])
