"""The command: Streamlit on this machine alone, for one scenario."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from games.errors import InputError
from scenarios.load import load
from stratagem.pictures.parts import TOGETHER
from stratagem.terminal.streams import Streams

PAGE = Path(__file__).with_name("page.py")
PORTS = range(1024, 65536)


def command(
    scenario: str,
    *,
    overrides: Sequence[str],
    settings: Sequence[str],
    port: int,
    browser: bool,
) -> list[str]:
    """Return the command line that serves the page.

    Raises
    ------
    InputError
        When the scenario has faults, the port is none, or Streamlit is not installed.
    """
    if port not in PORTS:
        raise InputError(f"port: expected a number from 1024 to 65535, found {port}")
    load(scenario, overrides=overrides, settings=settings)
    if importlib.util.find_spec("streamlit") is None:
        raise InputError(
            "app: expected Streamlit, found it not installed - in the clone, "
            "pip install -c constraints.txt '.[app]'"
        )
    place = os.path.abspath(scenario) if os.path.exists(scenario) else scenario
    return [
        *(sys.executable, "-m", "streamlit", "run", str(PAGE)),
        *("--server.address", "127.0.0.1", "--server.port", str(port)),
        *("--server.headless", "false" if browser else "true"),
        *("--server.fileWatcherType", "none", "--client.toolbarMode", "minimal"),
        *("--browser.gatherUsageStats", "false", "--runner.magicEnabled", "false"),
        *("--client.showErrorDetails", "none", "--theme.primaryColor", TOGETHER),
        *("--", json.dumps([place, list(overrides), list(settings)])),
    ]


def serve(
    streams: Streams,
    scenario: str,
    *,
    overrides: Sequence[str],
    settings: Sequence[str],
    port: int,
    browser: bool,
) -> int:
    """Serve the page until it is interrupted; return 0 then, else Streamlit's exit code."""
    words = command(scenario, overrides=overrides, settings=settings, port=port, browser=browser)
    streams.message(f"stratagem app on http://127.0.0.1:{port} - end it with Ctrl-C")
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    try:
        return server.wait()
    finally:
        if server.poll() is None:
            server.terminate()
            server.wait()
