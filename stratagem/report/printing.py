"""The page on paper: printed by a browser of the Chromium family that is installed here."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from games.errors import InputError, StratagemError

BROWSERS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("microsoft-edge", "msedge", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
)
CHOSEN = "STRATAGEM_CHROMIUM"
"""Variable of the environment that names the browser where it is none of these."""

PATIENCE = 120.0
"""Seconds that a browser may take."""


def browser() -> str | None:
    """Return the browser that prints, None where there is none."""
    names = (os.environ.get(CHOSEN), *BROWSERS)
    return next((found for name in names if name and (found := shutil.which(name))), None)


def print_page(page: Path, target: Path) -> None:
    """Print a page as PDF.

    Raises
    ------
    InputError
        When there is no browser, or the PDF cannot be written.
    StratagemError
        When the browser fails.
    """
    program = browser()
    if program is None:
        raise InputError(
            "--pdf: expected Chromium, Chrome or Edge to print with, found none - install one, "
            f"name it in {CHOSEN}, or open the report in any browser and print it there"
        )
    with tempfile.TemporaryDirectory(prefix="stratagem-") as folder:
        made = Path(folder, "page.pdf")
        command = [program, "--headless=new", "--disable-gpu", "--no-first-run",
                   "--no-pdf-header-footer", f"--user-data-dir={folder}/profile",
                   f"--print-to-pdf={made}"]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--no-sandbox")  # Chromium refuses its sandbox to root
        try:
            done = subprocess.run(
                [*command, page.absolute().as_uri()],
                capture_output=True, timeout=PATIENCE, text=True, check=False,
            )  # fmt: skip
            said = done.stderr.strip().splitlines()[-1:]
        except subprocess.TimeoutExpired:
            said = [f"no answer in {PATIENCE:.0f} seconds"]
        if not made.is_file():
            raise StratagemError(
                f"--pdf: expected {Path(program).name} to print, found: "
                f"{''.join(said)[:200] or 'nothing'} - open {page} in a browser and print it there"
            )
        try:
            shutil.copyfile(made, target)
        except OSError as error:
            raise InputError(
                f"{target}: expected a place that can be written, found: "
                f"{(error.strerror or str(error)).lower()}"
            ) from None
