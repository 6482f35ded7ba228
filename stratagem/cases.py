"""A case: a game with the words for its names, wherever it came from.

Everything that is shown needs titles, units and the confidence of its numbers; a bare game (a
reference instance, a game built in a notebook) goes by its names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from games.errors import InputError
from games.layered import LayeredGame
from scenarios.blueprint import Parameter
from scenarios.scenario import Scenario


@dataclass(frozen=True)
class Case:
    """What plays are solved on.

    Attributes
    ----------
    text, hash : everything that is solved; empty text for a bare game.
    titles : {section: {name: title}}.
    units : {node: unit of what flows through it}.
    parameters : every number of the scenario.
    """

    game: LayeredGame
    name: str
    title: str
    date: str
    hash: str
    text: str
    evader: str
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    overrides: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()

    def called(self, section: str, name: str) -> str:
        """Return the title of an entry of a section of the scenario, such as a layer."""
        return self.titles.get(section, {}).get(name, name)

    @property
    def flagged(self) -> tuple[Parameter, ...]:
        """The numbers that rest on recall or on a prior."""
        return tuple(number for number in self.parameters.values() if number.flagged)


def scenario_of(world: object, *, otherwise: str = "a scenario") -> Scenario:
    """Return a scenario that was handed in, or raise `InputError` where it is something else."""
    if not isinstance(world, Scenario):
        raise InputError(
            f"world: expected {otherwise}, found {type(world).__name__} - "
            'use stratagem.load("two-layers")'
        )
    return world


def case_of(world: Scenario | LayeredGame) -> Case:
    """Return the case of a scenario or of a bare game.

    Raises
    ------
    InputError
        When it is neither.
    """
    if isinstance(world, LayeredGame):
        digest = hashlib.sha256(repr(world).encode()).hexdigest()
        return Case(world, world.name, world.name, "", digest, "", "the evader")
    world = scenario_of(world, otherwise="a scenario or a game")
    nodes = world.resolved["document"]["nodes"]
    return Case(
        game=world.game,
        name=world.name,
        title=world.title,
        date=world.date.isoformat(),
        hash=world.hash,
        text=world.text,
        evader=world.titles["evader"].get(world.evader, world.evader),
        titles=world.titles,
        units={name: node["unit"] for name, node in nodes.items()},
        parameters=world.parameters,
        overrides=world.overrides,
        settings=world.settings,
    )
