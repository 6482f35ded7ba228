"""The app in the browser."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from stratagem.commands.parameters import Changes, Whole
from stratagem.commands.root import streams


def serve(
    scenario: str = "baseline-2026",
    /,
    *,
    port: Whole = 8501,
    browser: Annotated[bool, Parameter(negative="--no-browser")] = True,
    changes: Changes | None = None,
) -> int:
    """Turn the numbers of a scenario with sliders and see the plays solved again.

    Parameters
    ----------
    scenario
        Name of a shipped scenario, a folder or a file.
    port
        Port on this machine that the page is served at.
    browser
        Open the page in the browser.
    """
    from stratagem.app import launch

    changes = changes or Changes()
    return launch.serve(
        streams(),
        scenario,
        overrides=changes.override,
        settings=changes.set,
        port=port,
        browser=browser,
    )
