"""What the commands about finite games do: `nash`, `verify`, `export`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from games.errors import InputError, LimitError, NotCertifiedError
from scenarios.finite import read_game, write_game
from stratagem.terminal.streams import Streams

if TYPE_CHECKING:
    from solvers.extraction import Extraction
    from stratagem.commands.parameters import Changes, Wanted
    from stratagem.finite.requests import Find


def nash(streams: Streams, file: Path, wanted: Wanted, *, as_json: bool) -> int:
    """Find equilibria of the game in a file."""
    from stratagem.finite.games import nash as find_equilibria

    for name in ("maximise", "minimise"):
        if getattr(wanted, name) == "":
            raise InputError(f"{name}: expected welfare, minimum or a player, found an empty text")
    game = read_game(file)
    answer = find_equilibria(
        game,
        find=_find(wanted),
        maximise=wanted.maximise or "",
        minimise=wanted.minimise or "",
        leader=wanted.leader,
        weak=wanted.weak,
        exact=wanted.exact,
        time_limit=wanted.time_limit,
    )
    if as_json:
        streams.json(answer.to_json())
    else:
        streams.console().print(answer)
    return 0 if answer.answered else LimitError.exit_code


def verify(
    streams: Streams, file: Path, profile: str, *, tolerance: float | None, as_json: bool
) -> int:
    """Say whether profiles are equilibria of the game in a file."""
    from scenarios.profiles import read_profiles
    from solvers.finite.records import REGRET
    from stratagem.finite.verification import verify as check

    game = read_game(file)
    profiles = read_profiles(profile, game)
    verdict = check(game, *profiles, tolerance=REGRET if tolerance is None else tolerance)
    if as_json:
        streams.json(verdict.to_json())
    else:
        streams.console().print(verdict)
    return 0 if verdict.holds else NotCertifiedError.exit_code


def export(
    streams: Streams,
    scenario: str,
    files: Sequence[Path],
    *,
    players: Sequence[str],
    strategies: int | None,
    time_limit: float,
    seed: int,
    changes: Changes,
    as_json: bool,
) -> int:
    """Write the finite game between some controllers of a scenario to files."""
    if not files:
        raise InputError("export: expected a file to write, found none - name one with --nfg FILE")
    import numpy as np

    from games.network import build_network
    from scenarios.load import load
    from solvers.extraction import finite_game
    from solvers.strategies import players_named
    from solvers.world import World
    from stratagem.finite.extraction_tables import ExportedGame, legend
    from stratagem.limits import check_settings

    check_settings(jobs=None, seed=seed, time_limit=time_limit)
    world = load(scenario, overrides=changes.override, settings=changes.set)
    with streams.error_console().status("reading the scenario") as status:
        found: Extraction = finite_game(
            World(build_network(world.game)),
            players_named(world.game, players),
            strategies=strategies,
            title=world.title,
            time_limit=time_limit,
            generator=np.random.default_rng(seed),
            progress=status.update,
        )
    comment = legend(world.game, found)
    written = tuple(write_game(found.game, file, comment=comment) for file in files)
    exported = ExportedGame(world.game, found, written)
    if as_json:
        streams.json(exported.to_json())
    else:
        streams.console().print(exported)
    return 0


def _find(wanted: Wanted) -> Find | None:
    """Return what is wanted, None where nothing was said."""
    kinds: dict[Any, bool] = {
        "all": wanted.all,
        "one": wanted.one,
        "pure": wanted.pure,
        "correlated": wanted.correlated,
        "coarse": wanted.coarse,
        "commitment": wanted.leader is not None,
    }
    chosen = [kind for kind, asked in kinds.items() if asked]
    if len(chosen) > 1:
        raise InputError(
            "nash: expected one of --all, --one, --pure, --correlated, --coarse and --leader, "
            f"found {len(chosen)} - ask for one after the other"
        )
    return chosen[0] if chosen else None
