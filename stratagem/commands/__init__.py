"""What can be asked on the command line, a module for each group of commands.

`root` holds the app, `parameters` the options that several commands share. The commands are listed
here, in the order of the help; the module of one is imported when it is asked for, and the work
itself is in modules that the command imports, so that help and short commands answer at once.
"""

from __future__ import annotations

from cyclopts import Group

from stratagem.commands.root import app

__all__ = ["COMMANDS", "app"]

COMMANDS = {
    "Scenarios": {
        "list": ("scenarios:list_scenarios", "List the shipped scenarios."),
        "show": (
            "scenarios:show",
            "Show a scenario: who controls what at what cost, its flagged numbers, and how it "
            "fits.",
        ),
        "new": (
            "scenarios:new",
            "Write a small commented scenario to start from, or a copy of a shipped one.",
        ),
        "validate": (
            "scenarios:validate",
            "Check a scenario and report every fault with its place.",
        ),
        "schema": (
            "scenarios:schema",
            "Print the JSON Schema of scenario files, for editors.",
        ),
    },
    "Plays": {
        "compare": (
            "plays:compare",
            "Solve several plays of a scenario and say what acting alone loses.",
        ),
        "solve": ("plays:solve", "Solve one play of a scenario."),
        "explain": ("plays:explain", "Recompute a run and say in words what it means."),
        "equilibria": (
            "equilibria:equilibria",
            "Say where best responses end, and prove the best and the worst equilibrium.",
        ),
    },
    "Many worlds and budgets": {
        "portfolio": (
            "portfolios:portfolio",
            "Find the one portfolio that is best for many worlds, decided before they are known.",
        ),
        "frontier": (
            "portfolios:frontier",
            "Find how the best coordinated portfolio changes with what may be spent: every step.",
        ),
        "worlds": (
            "worlds:worlds",
            "Draw worlds of a scenario: which numbers, how, and what the evader reaches in them "
            "today.",
        ),
        "sweep": (
            "worlds:sweep",
            "Solve plays over a grid of changes and many worlds; a run that was ended goes on.",
        ),
        "sensitivity": (
            "worlds:sensitivity",
            "Say which unknowns matter: for a measure, for where something holds, for the best "
            "portfolio.",
        ),
    },
    "Reports, pictures, the app": {
        "report": (
            "pictures:report",
            "Recompute a run and write it as one page for people to read.",
        ),
        "plot": ("pictures:plot", "Recompute a run and draw one picture of it."),
        "app": (
            "browser:serve",
            "Turn the numbers of a scenario with sliders and see the plays solved again.",
        ),
    },
    "Finite games": {
        "nash": ("finite:nash", "Find equilibria of a finite game, each with its regret."),
        "verify": (
            "finite:verify",
            "Say what a change would gain each player at a profile, wherever it comes from.",
        ),
        "export": (
            "finite:export",
            "Write the finite game between controllers of a scenario, for Gambit and other tools.",
        ),
    },
    "This machine": {
        "doctor": ("scenarios:doctor", "Check that everything needed works here."),
    },
}
"""{group: {command: (its home in this package, the first line of its help)}}."""


def _register() -> None:
    place = 0
    for number, (title, commands) in enumerate(COMMANDS.items()):
        group = Group(title, sort_key=number)
        for name, (home, summary) in commands.items():
            app.command(f"{__name__}.{home}", name=name, help=summary, group=group, sort_key=place)
            place += 1


_register()
