"""Settings for every test: examples are the same in every run, and no test is held to a clock.

One browser serves all tests of pages. What was compiled once is kept for the next process.
"""

from __future__ import annotations

import sys

from hypothesis import HealthCheck, settings

from tests.browser import chromium as chromium

# Bytecode is kept even where the environment says not to: else every process of a run rewrites all
# assertions, and every command that a test starts compiles the package again.
sys.dont_write_bytecode = False

settings.register_profile(
    "stratagem",
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("stratagem")
