"""Settings for every test: examples are the same in every run, and no test is held to a clock."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "stratagem",
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("stratagem")
