"""A real browser for tests of pages: headless Chromium that writes down whatever goes wrong.

`chromium` is a fixture; where no browser of that family is installed, its tests are skipped. A
`Watched` page keeps what the console said and what was asked for over the network, and can be held
against the rules of axe-core.

    def test_a_page(chromium: Chromium) -> None:
        with chromium.page(path.as_uri(), width=390, dark=True) as watched:
            assert watched.faults() == []
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, sync_playwright

from stratagem.report.printing import browser as installed_browser

LEVELS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")
"""Rules of axe-core that pages are held against."""

ALIKE = ("svg[role=img] > *", "tbody tr:nth-child(n+9)")
"""What is left out: inside a named picture, where nothing is read out, and more of the same."""


@dataclass
class Watched:
    """A page under watch.

    Attributes
    ----------
    said : errors and warnings of the console, and exceptions of its scripts.
    asked : addresses that it asked for, its own left out.
    """

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def faults(self) -> list[str]:
        """Return what the console said and what was fetched, which should be nothing."""
        return [*self.said, *self.asked]

    def violations(self) -> list[str]:
        """Return what axe-core objects to, one line for each rule, with the first element."""
        self.page.evaluate(AXE_SCRIPT)
        options = {"runOnly": {"type": "tag", "values": list(LEVELS)}}
        found = self.page.evaluate(
            "([exclude, options]) => axe.run({exclude}, options)", [list(ALIKE), options]
        )
        return [
            f"{rule['id']}: {rule['help']} ({len(rule['nodes'])}): {rule['nodes'][0]['html'][:200]}"
            for rule in found["violations"]
        ]

    def overflow(self) -> float:
        """Return by how many pixels the page is wider than its window."""
        return float(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def focus_order(self, most: int) -> list[str]:
        """Return what the Tab key reaches, as `tag text`, up to `most` places."""
        reached = []
        for _ in range(most):
            self.page.keyboard.press("Tab")
            reached.append(
                self.page.evaluate(
                    "(() => { const e = document.activeElement; return "
                    "`${e.tagName.toLowerCase()} ${(e.innerText || e.value || '').trim()}`; })()"
                )
            )
        return [re.sub(r"\s+", " ", one)[:60] for one in reached]


class Chromium:
    """A browser that opens watched pages."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    @contextmanager
    def page(
        self,
        address: str,
        *,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        server: bool = False,
    ) -> Iterator[Watched]:
        """Open an address in a window of its own.

        Parameters
        ----------
        server : whether what stands below the address belongs to the page.
        """
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        page = context.new_page()
        watched = Watched(page)
        page.on("console", lambda message: _note(watched, message))
        page.on("pageerror", lambda error: watched.said.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.split("#")[0] == address
                or request.url.startswith(("data:", *([address, "blob:"] if server else [])))
                else watched.asked.append(request.url)
            ),
        )
        page.goto(address)
        try:
            yield watched
        finally:
            context.close()


def _note(watched: Watched, message: Any) -> None:
    if message.type in ("error", "warning"):
        watched.said.append(message.text)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """Start a headless browser for the whole session."""
    program = installed_browser()
    if program is None:
        pytest.skip("no Chromium, Chrome or Edge here: `apt-get install chromium` gives one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        yield Chromium(browser)
        browser.close()
