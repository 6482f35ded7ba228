"""The command line: what can be asked, and how every failure ends.

Exit codes: 0 solved, 1 internal error, 2 bad input, 3 infeasible or not certified, 4 a limit was
reached first, 130 interrupted. A command with `--json` prints one JSON object on standard output
and nothing else; messages and progress go to standard error. The work itself is in `verbs`, which
is imported when a command is known.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from games.errors import InputError, StratagemError
from stratagem.interrupts import Interrupted, interruptible
from stratagem.streams import Streams, standard_streams

DEBUG = "--debug"
BAD_INPUT, INTERNAL, BROKEN_PIPE = 2, 1, 141

Json = Annotated[bool, Parameter(name="--json", negative="", show_default=False)]
Flag = Annotated[bool, Parameter(negative="", show_default=False)]
Words = tuple[str, ...]


@Parameter(name="*")
@dataclass(frozen=True)
class Changes:
    """Changes to the scenario.

    Parameters
    ----------
    set
        Change one value, as path=value; may be repeated.
    override
        Apply a named override of the scenario; may be repeated.
    """

    set: Annotated[Words, Parameter(name="--set", negative="", show_default=False)] = ()
    override: Annotated[Words, Parameter(name="--override", negative="", show_default=False)] = ()


@Parameter(name="*")
@dataclass(frozen=True)
class Solving:
    """How to solve, and where results go.

    Parameters
    ----------
    json
        Print one JSON object and nothing else.
    output
        Folder for the results, new or empty; by default a new one under runs/.
    jobs
        Worker processes; by default one per core, or none for a small game.
    seed
        Seed of every random choice.
    time_limit
        Seconds for each play.
    gap
        Relative gap and regret to prove.
    """

    json: Json = False
    output: Annotated[Path | None, Parameter(name=("--output", "-o"))] = None
    jobs: int | None = None
    seed: int = 0
    time_limit: float = 600.0
    gap: float = 1e-6


@Parameter(name="*")
@dataclass(frozen=True)
class Wanted:
    """What to look for; by default all equilibria of a small game of two players, else one.

    Parameters
    ----------
    all
        Every equilibrium; of three players and more, those that a search comes across.
    one
        One equilibrium.
    pure
        Every equilibrium in pure strategies.
    maximise
        The best equilibrium for welfare (the sum of payoffs), minimum (the least payoff) or a
        player, in a game of two; with --correlated and --coarse in any game.
    minimise
        The worst equilibrium in the same sense.
    correlated
        The best correlated equilibrium.
    coarse
        The best coarse correlated equilibrium.
    leader
        What this player, by name or number, should commit to.
    weak
        The follower breaks ties against the leader.
    exact
        Fractions, to the last digit.
    time_limit
        Seconds; then the best answer so far is given.
    """

    all: Flag = False
    one: Flag = False
    pure: Flag = False
    maximise: str | None = None
    minimise: str | None = None
    correlated: Flag = False
    coarse: Flag = False
    leader: str | None = None
    weak: Flag = False
    exact: Flag = False
    time_limit: float = 60.0


app = App(
    name="stratagem",
    help=(
        "Who should control what, what the evader does about it, and what is lost alone: layered "
        "control games, solved and certified."
    ),
    help_epilogue=f"{DEBUG}, with any command, shows the traceback of an internal error.",
    help_format="plaintext",
    version=lambda: __import__("stratagem").__version__,
    result_action="return_value",
)


@app.command(sort_key=4)
def compare(
    scenario: str,
    /,
    *,
    plays: Annotated[Words, Parameter(consume_multiple=True, negative="", show_default=False)] = (),
    layers: int | None = None,
    changes: Changes | None = None,
    solving: Solving | None = None,
) -> int:
    """Solve several plays of a scenario and say what acting alone loses.

    Parameters
    ----------
    scenario
        Name of a shipped scenario, a folder or a file.
    plays
        Plays to compare, such as alone:USA unilateral coalition:USA,NLD coordinated only:chips.
    layers
        Size up to which subsets of layers are solved for their interaction; 0 for none.
    """
    from stratagem import verbs

    return verbs.compare(
        _streams(), scenario, plays, layers, changes or Changes(), solving or Solving()
    )


@app.command(sort_key=5)
def solve(
    scenario: str,
    /,
    *,
    play: str = "coordinated",
    changes: Changes | None = None,
    solving: Solving | None = None,
) -> int:
    """Solve one play of a scenario.

    Parameters
    ----------
    scenario
        Name of a shipped scenario, a folder or a file.
    play
        The play: status-quo, alone:USA, unilateral, coalition:USA,NLD, coordinated, pooled,
        only:chips+cloud, or any of them in some layers, such as unilateral/only:chips.
    """
    from stratagem import verbs

    return verbs.solve(_streams(), scenario, play, changes or Changes(), solving or Solving())


@app.command(sort_key=6)
def explain(*run: str, play: str | None = None, json: Json = False) -> int:
    """Recompute a run and say in words what it means.

    Parameters
    ----------
    run
        A run folder, or words in the name of one under runs/; the newest counts.
    play
        The play to explain; by default the coordinated one, or the last where there is none.
    json
        Print one JSON object and nothing else.
    """
    from stratagem import verbs

    return verbs.explain(_streams(), run or ("latest",), play, as_json=json)


@app.command(sort_key=9)
def nash(file: Path, /, *, wanted: Wanted | None = None, json: Json = False) -> int:
    """Find equilibria of a finite game, each with its regret.

    Parameters
    ----------
    file
        A game: .nfg as Gambit writes it, or a .csv table of payoffs.
    json
        Print one JSON object and nothing else.
    """
    from stratagem import finite_verbs

    return finite_verbs.nash(_streams(), file, wanted or Wanted(), as_json=json)


@app.command(sort_key=10)
def verify(
    file: Path,
    profile: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    tolerance: float | None = None,
    json: Json = False,
) -> int:
    """Say what a change would gain each player at a profile, wherever it comes from.

    Parameters
    ----------
    file
        A game: .nfg as Gambit writes it, or a .csv table of payoffs.
    profile
        A file, such as the JSON of stratagem nash, or a text: "1/2 1/2; 1/3 2/3" or "up; left".
    tolerance
        Regret that passes, as a share of the spread of a player's payoffs; by default 1e-6.
    json
        Print one JSON object and nothing else.
    """
    from stratagem import finite_verbs

    return finite_verbs.verify(_streams(), file, profile, tolerance=tolerance, as_json=json)


@app.command(sort_key=11)
def export(
    scenario: str,
    /,
    *,
    nfg: Path | None = None,
    csv: Path | None = None,
    players: Annotated[
        Words, Parameter(consume_multiple=True, negative="", show_default=False)
    ] = (),
    strategies: int | None = None,
    time_limit: float = 600.0,
    seed: int = 0,
    changes: Changes | None = None,
    json: Json = False,
) -> int:
    """Write the finite game between controllers of a scenario, for Gambit and other tools.

    Parameters
    ----------
    scenario
        Name of a shipped scenario, a folder or a file.
    nfg
        File for the game in Gambit's format.
    csv
        File for the game as a table of payoffs.
    players
        Controllers that play, such as USA NLD, or USA+NLD JPN where two decide as one.
    strategies
        Most strategies of each; by default all where they are few, otherwise as many as fit.
    time_limit
        Seconds.
    seed
        Seed of every random choice.
    json
        Print one JSON object and nothing else.
    """
    from stratagem import finite_verbs

    return finite_verbs.export(
        _streams(),
        scenario,
        _game_files(nfg, csv),
        players=players,
        strategies=strategies,
        time_limit=time_limit,
        seed=seed,
        changes=changes or Changes(),
        as_json=json,
    )


def _game_files(nfg: Path | None, csv: Path | None) -> list[Path]:
    """Return the files to write, refusing names that say another format."""
    files = []
    for file, suffix in ((nfg, ".nfg"), (csv, ".csv")):
        if file is not None:
            if file.suffix.lower() != suffix:
                raise InputError(f"{file}: expected a file that ends in {suffix} - rename it")
            files.append(file)
    return files


@app.command(sort_key=1)
def show(scenario: str, /, *, changes: Changes | None = None, json: Json = False) -> int:
    """Show a scenario: who controls what at what cost, its flagged numbers, and how it fits.

    Parameters
    ----------
    scenario
        Name of a shipped scenario, a folder or a file.
    json
        Print one JSON object and nothing else.
    """
    from stratagem import verbs

    return verbs.show(_streams(), scenario, changes or Changes(), as_json=json)


@app.command(sort_key=3)
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

    return verbs.validate(_streams(), scenario, changes or Changes(), as_json=json)


@app.command(name="list", sort_key=0)
def list_scenarios(*, json: Json = False) -> int:
    """List the shipped scenarios.

    Parameters
    ----------
    json
        Print one JSON object and nothing else.
    """
    from stratagem import verbs

    return verbs.list_scenarios(_streams(), as_json=json)


@app.command(sort_key=2)
def new(directory: Path, /) -> int:
    """Write a small commented scenario to start from.

    Parameters
    ----------
    directory
        A folder that is new or empty.
    """
    from stratagem import verbs

    return verbs.new(_streams(), directory)


@app.command(sort_key=7)
def schema() -> int:
    """Print the JSON Schema of scenario files, for editors."""
    from stratagem import verbs

    return verbs.schema(_streams())


@app.command(sort_key=8)
def doctor(*, json: Json = False) -> int:
    """Check that everything needed works here.

    Parameters
    ----------
    json
        Print one JSON object and nothing else.
    """
    from stratagem import verbs

    return verbs.doctor(_streams(), as_json=json)


_current: list[Streams] = []


def _streams() -> Streams:
    return _current[-1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments : by default those of the process.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = DEBUG in words
    words = [word for word in words if word != DEBUG]
    with standard_streams() as streams:
        _current.append(streams)
        try:
            with interruptible(streams.restore_terminal):
                return _run(words)
        except Interrupted as interruption:
            streams.message("stratagem: interrupted; nothing was kept")
            return interruption.code
        except BrokenPipeError:  # whoever read the answer has read enough
            return BROKEN_PIPE
        except CycloptsError as error:
            text = str(error).strip().replace("\n", " ")
            streams.message(f"stratagem: {text} See stratagem --help.")
            return BAD_INPUT
        except StratagemError as error:
            if debug and not isinstance(error, InputError):
                raise
            streams.message(_explained(error))
            return error.exit_code
        except Exception as error:
            if debug:
                raise
            streams.message(
                f"stratagem: internal error: {type(error).__name__}: {error} - run the command "
                f"again with {DEBUG} for the traceback"
            )
            return INTERNAL
        finally:
            _current.pop()


def _run(words: list[str]) -> int:
    streams = _streams()
    code = app(words, console=streams.console(), exit_on_error=False, print_error=False)
    streams.out.flush()  # what cannot be written must be told while there is someone to tell
    return code if isinstance(code, int) else 0


def _explained(error: StratagemError) -> str:
    lines = str(error).splitlines()
    if len(lines) == 1:
        return f"stratagem: {lines[0]}"
    more = lines[-1].startswith("and ")  # the last line counts those that are not told
    count = f"the first {len(lines) - 1} faults" if more else f"{len(lines)} faults"
    return "\n".join([f"stratagem: {count}", *(f"  {line}" for line in lines)])
