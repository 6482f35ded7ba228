"""Which numbers of a scenario have a slider, in which group, and how far each goes.

Budgets are what the formulas of budgets rest on, stakes what those of stakes and of the evader's
weights rest on. Of all other numbers the *main unknowns* get one: those that move the evader's
months most when each alone goes from the low to the high end of its range, everybody at the status
quo. That is measured on the evader's own optimum, not guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from games.layered import LayeredGame
from games.network import build_network
from scenarios.blueprint import Formula, Parameter
from scenarios.build import build_game
from scenarios.errors import ScenarioError
from scenarios.scenario import Scenario
from solvers.world import World
from stratagem.numbers import uses_of, uses_told

UNKNOWNS = 8
"""Main unknowns that get a slider."""

WIDE = 20.0
"""Ratio of high to low from which a slider goes in factors."""

STOPS = 41
"""Stops of such a slider, beside the number itself."""


@dataclass(frozen=True)
class Knob:
    """One number that can be turned.

    Attributes
    ----------
    label : what its slider is called.
    swing : months by which the evader's progress differs between the ends of the range at the
        status quo; None where that was not asked.
    used : what is made of the number, in a sentence.
    """

    parameter: Parameter
    group: str
    label: str
    swing: float | None = None
    used: str = ""

    @property
    def path(self) -> str:
        """Where the number stands in the scenario file."""
        return f"parameters.{self.parameter.name}.value"

    @property
    def stops(self) -> tuple[float, ...]:
        """Numbers that the slider stops at, in order; the number itself is one of them.

        Examples
        --------
        >>> number = Parameter("n", 4.0, 2.0, 8.0, "bn USD/yr", "prior", "P", "", False, False, 1.0)
        >>> [round(stop, 3) for stop in Knob(number, "Budgets", "Budget").stops][:3]
        [2.0, 2.15, 2.3]
        """
        low, high, value = self.parameter.low, self.parameter.high, self.parameter.value
        steps = range(STOPS)
        if low > 0 and high / low >= WIDE:
            between = [low * (high / low) ** (i / (STOPS - 1)) for i in steps]
        else:
            between = [low + (high - low) * i / (STOPS - 1) for i in steps]
        rounded = {float(f"{stop:.6g}") for stop in between[1:-1]}
        return tuple(sorted({low, value, high} | {x for x in rounded if low < x < high}))


def knobs(world: Scenario, *, unknowns: int = UNKNOWNS) -> tuple[Knob, ...]:
    """Return the numbers that can be turned: budgets, stakes, then the main unknowns.

    Parameters
    ----------
    unknowns : how many main unknowns.
    """
    plan = world.blueprint
    budgets = _ranged(world, [plan.evader_budget, *(c.budget for c in plan.controllers)])
    stakes = _ranged(
        world,
        [
            *(formula for c in plan.controllers for formula in c.stakes.values()),
            *(front.weight for front in plan.fronts),
        ],
    )
    groups = {"Budgets": budgets, "Stakes": [name for name in stakes if name not in budgets]}
    found = [_knob(world, name, group) for group, names in groups.items() for name in names]
    taken = {knob.parameter.name for knob in found}
    others = [n for n in world.parameters.values() if n.name not in taken and n.low < n.high]
    swings = _swings(world, others) if unknowns else {}
    ranked = sorted(swings, key=lambda name: -swings[name])[:unknowns]
    found += [
        _knob(world, name, "Main unknowns", swings[name]) for name in ranked if swings[name] > 0
    ]
    return tuple(found)


def _knob(world: Scenario, name: str, group: str, swing: float | None = None) -> Knob:
    """Return the knob of a parameter; governments in its name go by their titles."""
    titles = {short.lower(): title for short, title in world.titles["controllers"].items()}
    words = [titles.get(word, word) for word in name.split("_")]
    words[0] = words[0][:1].upper() + words[0][1:]
    parameter = world.parameters[name]
    used = uses_told(uses_of(world, name))
    return Knob(parameter, group, f"{' '.join(words)}, {parameter.unit}", swing, used)


def _ranged(world: Scenario, formulas: Iterable[Formula]) -> list[str]:
    """Return the parameters with a range that formulas rest on, each once, in order."""
    names = dict.fromkeys(name for formula in formulas for name in formula.expression.names)
    return [name for name in names if world.parameters[name].low < world.parameters[name].high]


def _swings(world: Scenario, numbers: Iterable[Parameter]) -> dict[str, float]:
    """Return how far each number alone moves the evader's months at the status quo."""
    here = _months(world.game)
    swings = {}
    for number in numbers:
        months = [here]
        for end in (number.low, number.high):
            try:
                months.append(_months(build_game(world.blueprint, {number.name: end})))
            except ScenarioError:  # the end contradicts another number: the slider says so then
                continue
        swings[number.name] = max(months) - min(months)
    return swings


def _months(game: LayeredGame) -> float:
    """Return the evader's months on the fronts in which any controller has a stake."""
    staked = {name for c in game.controllers for name, stake in c.stakes.items() if stake > 0}
    months = World(build_network(game)).payoffs(game.status_quo).months
    return sum(count for name, count in months.items() if name in staked)
