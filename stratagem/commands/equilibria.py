"""The map of unilateral play."""

from __future__ import annotations

from stratagem.commands.parameters import Changes, Json, Whole
from stratagem.commands.root import streams


def equilibria(
    scenario: str,
    /,
    *,
    controller: str | None = None,
    starts: Whole = 20,
    seed: Whole = 0,
    time_limit: float = 600.0,
    gap: float = 1e-6,
    json: Json = False,
    changes: Changes | None = None,
) -> int:
    """Say where best responses end, and prove the best and the worst equilibrium.

    Parameters
    ----------
    scenario
        Name of a shipped scenario, a folder or a file.
    controller
        Rank the outcomes by this controller's payoff instead of the sum of all.
    starts
        Starting points to draw, each followed in three moving orders.
    seed
        Seed of every random choice.
    time_limit
        Seconds in all; then the bounds reached so far are given.
    gap
        Relative gap and regret to prove.
    json
        Print one JSON object and nothing else.
    """
    from stratagem import verbs

    return verbs.equilibria(
        streams(),
        scenario,
        changes or Changes(),
        controller=controller,
        starts=starts,
        seed=seed,
        time_limit=time_limit,
        gap=gap,
        as_json=json,
    )
