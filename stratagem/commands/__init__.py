"""What can be asked on the command line, a module for each group of commands.

`root` holds the app, `parameters` the options that several commands share; every other module
registers its commands by being imported. The work itself is in modules that a command imports once
it is known, so that help answers at once.
"""

from stratagem.commands import (
    browser,
    equilibria,
    finite,
    pictures,
    plays,
    portfolios,
    scenarios,
    worlds,
)
from stratagem.commands.root import app

__all__ = [
    "app",
    "browser",
    "equilibria",
    "finite",
    "pictures",
    "plays",
    "portfolios",
    "scenarios",
    "worlds",
]
