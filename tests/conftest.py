"""Settings for every test: examples are the same in every run, and no test is held to a clock.

One browser serves all tests of pages.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.browser import chromium as chromium

settings.register_profile(
    "stratagem",
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("stratagem")
