"""How little any pure profile leaves somebody to gain, from below, with proof.

The *regret* of a profile is what the player who gains most by moving alone gains. No equilibrium
exists where its least value over all profiles is positive. Module `box_search` closes boxes of the
evader's prices in which no profile has a regret of a threshold T or less: in all of them somebody
gains more than T by a change in one block at every price there. A player that is not aligned must
gain its spill as well (module `leaning`). What is left is listed and judged one by one. Once no box
is open,

    least regret  >=  min(T, regret of every profile judged that is below T)

The threshold starts small, where boxes close soon, and doubles up to the smallest regret known, so
at the limit of time the last threshold that was reached is a bound; where the last one is closed,
the bound is the least regret itself.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from games.layered import Profile
from solvers.boxes.separation import separated
from solvers.equilibria.box_search import BoxSearch
from solvers.equilibria.every_equilibrium import THREADS, ends
from solvers.equilibria.judge import Judge
from solvers.equilibria.leaning import leaning, most_value
from solvers.equilibria.responses import Responses
from solvers.players import Player
from solvers.world import World

STEPS = 6
"""How often the first threshold may double before it is the smallest regret known."""

MOST_LISTED = 100_000
"""Profiles up to which boxes are searched though every player's spill exceeds the regret known."""

UNKNOWN = 1e-3
"""Share of the evader's largest gain that stands for the smallest regret where none is known."""


@dataclass(frozen=True)
class LeastRegret:
    """What is known of the smallest regret of any pure profile.

    Attributes
    ----------
    at_least : somebody gains as much in every profile, bn USD a year.
    profile : the one known with the smallest regret, None where none is known.
    regret : that regret, an upper bound; infinite where there is none.
    boxes, judged : how many boxes were looked at, and how many profiles.
    """

    at_least: float
    profile: Profile | None
    regret: float
    boxes: int
    judged: int


def least_regret(
    world: World,
    players: Sequence[Player],
    base: Profile,
    *,
    profile: Profile | None,
    regret: float,
    responses: Responses,
    deadline: float,
    progress: Callable[[str], None] = lambda _: None,
) -> LeastRegret | None:
    """Return bounds on the smallest regret of any pure profile, None where there is no method.

    There is none where the dual does not come apart; nor in a large game in which every player's
    spill exceeds the regret known: profiles that come close would have to be listed one by one.

    Parameters
    ----------
    players : who decides; all other points stay as in `base`.
    profile, regret : a profile and what nobody gains more than there; None and infinity where none
        is known.
    deadline : `time.perf_counter()` at which the bounds reached are returned.
    """
    free = {k for player in players for k in player.points}
    separation = separated(
        world.network,
        [
            tuple(range(len(point.options))) if k in free else (base[k],)
            for k, point in enumerate(world.game.points)
        ],
    )
    leaves = min(leaning(world.network, player).spill for player in players) <= regret
    profiles = math.prod(len(world.game.points[k].options) for k in free)
    if separation is None or not (leaves or profiles <= MOST_LISTED):
        return None
    judge = Judge(
        world,
        players,
        separation,
        members=(),
        respond=responses.best,
        slacks=[0.0] * len(players),
    )
    found = _Found(players, responses, profile, regret)
    threshold = (
        regret if math.isfinite(regret) else UNKNOWN * most_value(world.network)
    ) / 2**STEPS
    at_least, boxes, judged = 0.0, 0, 0
    with ThreadPoolExecutor(max_workers=THREADS) as threads:
        while at_least < found.least and time.perf_counter() < deadline:
            threshold = min(threshold, found.regret)
            cases = [case.with_slack(threshold) for case in judge.cases]
            search = BoxSearch(cases, *ends(world, separation), harm=0.0, tolerance=judge.tolerance)
            seen: set[Profile] = set()
            while len(search) and at_least < found.least and time.perf_counter() < deadline:
                progress(
                    f"does every profile leave somebody {threshold:.2g} bn USD to gain? "
                    f"{boxes + search.looked_at} boxes of prices"
                )
                for one in search.advance(threads):
                    if one not in seen and judge.affordable(one):
                        seen.add(one)
                        if judge.stays(one, partial(_more, threshold), slack=threshold):
                            found.take(one)
                if found.regret < threshold:  # what closed so far is closed for less as well
                    threshold = found.regret
                    search.cases = [case.with_slack(threshold) for case in judge.cases]
            boxes, judged = boxes + search.looked_at, judged + len(seen)
            if not search.closed:
                break
            at_least = min(threshold, found.least)
            if threshold >= found.regret:
                break
            threshold *= 2
    return LeastRegret(at_least, found.profile, found.regret, boxes, judged)


def _more(threshold: float, here: float, best: float) -> bool:
    return best - here > threshold


class _Found:
    """The profiles that nobody leaves for so little.

    Attributes
    ----------
    least : no such profile has a smaller regret, bn USD a year.
    profile, regret : the one known with the smallest regret, and that from above.
    """

    def __init__(
        self,
        players: Sequence[Player],
        responses: Responses,
        profile: Profile | None,
        regret: float,
    ) -> None:
        self._players, self._responses = players, responses
        self.least, self.profile, self.regret = math.inf, profile, regret

    def take(self, profile: Profile) -> None:
        """Take what everybody's best responses say of a profile."""
        payoff, best = self._responses.world.payoff, self._responses.best
        gained = (best(one, profile).payoff - payoff(one, profile) for one in self._players)
        self.least = min(self.least, max(0.0, *gained))
        largest = max(self._responses.regrets(profile).values())
        if largest < self.regret:
            self.profile, self.regret = profile, largest
