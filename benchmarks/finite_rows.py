"""The rows of the benchmark on finite games: times and errors of one method on one job."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal

from benchmarks.finite_jobs import Job
from benchmarks.finite_judge import Verdict, verdicts
from benchmarks.table import PRODUCT, duration, piped

NOT_INSTALLED = "not installed"


@dataclass(frozen=True)
class Outcome:
    """What became of one game in the hands of one method.

    Parameters
    ----------
    status : `hung` when the limit passed, `crashed` when it raised or its process died.
    seconds : of the solving; for `hung` the limit, for `crashed` NaN.
    reason : why it crashed.
    """

    status: Literal["answered", "hung", "crashed"]
    seconds: float
    answer: Any = None
    reason: str = ""


@dataclass(frozen=True)
class FiniteRow:
    """One line of the table.

    Parameters
    ----------
    games : how many were tried; all numbers that follow are about these.
    seconds : median over the games that did not crash; hung ones count with the limit.
    ratio : `seconds` divided by the product's median on the same games.
    wrong : games on which something false was returned.
    missing, expected : equilibria that were to be found in the games answered, and those not found.
    limit : what a game was given, in seconds.
    note : `not installed`, or nothing.
    """

    job: str
    setting: str
    method: str
    games: int
    seconds: float = math.nan
    ratio: float = math.nan
    wrong: int = 0
    missing: int = 0
    expected: int = 0
    hangs: int = 0
    crashes: int = 0
    limit: float = math.nan
    note: str = ""

    @property
    def open_ended(self) -> bool:
        """Whether the time is only known to be longer than the limit."""
        return self.hangs > 0 and self.seconds >= self.limit


def judged_rows(
    job: Job, outcomes: Mapping[str, Sequence[Outcome] | None], limit: float
) -> list[FiniteRow]:
    """Return the rows of a job.

    Parameters
    ----------
    outcomes : of each method, for the first games in order, as many as it came to; None for a
        method that is not installed.
    """
    tried = {name: found for name, found in outcomes.items() if found is not None}
    judged: dict[str, list[Verdict]] = {name: [] for name in tried}
    extreme = {method.name for method in job.methods if method.extreme}
    for number in range(max(map(len, tried.values()), default=0)):
        answers = {
            name: found[number].answer
            for name, found in tried.items()
            if number < len(found) and found[number].status == "answered"
        }
        found_out = verdicts(job.kind, job.problem(number), answers, extreme=extreme)
        for name, verdict in found_out.items():
            judged[name].append(verdict)
    rows = []
    for name, found in outcomes.items():
        if found is None:
            rows.append(FiniteRow(job.name, job.setting, name, 0, note=NOT_INSTALLED))
            continue
        seconds = _median(found)
        statuses = [outcome.status for outcome in found]
        rows.append(
            FiniteRow(
                job.name,
                job.setting,
                name,
                games=len(found),
                seconds=seconds,
                ratio=seconds / _median(tried.get(PRODUCT, ())[: len(found)]),
                wrong=sum(verdict.wrong for verdict in judged[name]),
                missing=sum(verdict.missing for verdict in judged[name]),
                expected=sum(verdict.expected for verdict in judged[name]),
                hangs=statuses.count("hung"),
                crashes=statuses.count("crashed"),
                limit=limit,
            )
        )
    return rows


def _median(outcomes: Sequence[Outcome]) -> float:
    times = [outcome.seconds for outcome in outcomes if outcome.status != "crashed"]
    return median(times) if times else math.nan


def markdown(rows: Iterable[FiniteRow]) -> str:
    """Return rows as a Markdown table."""
    errors = ("wrong", "missing", "hung", "crashed")
    names = ("job", "games", "method", "time", "ratio", "tried", *errors)
    return piped(names, map(_line, rows), words=3)


def _line(row: FiniteRow) -> list[str]:
    named = [row.job, row.setting, row.method]
    if row.note:
        return [*named, row.note, *[""] * 6]
    more = "> " if row.open_ended else ""
    return [
        *named,
        more + duration(row.seconds) if math.isfinite(row.seconds) else "",
        f"{more}{row.ratio:.3g}" if math.isfinite(row.ratio) else "",
        str(row.games),
        _bold(row.wrong),
        _bold(row.missing, f" of {row.expected}"),
        _bold(row.hangs),
        _bold(row.crashes),
    ]


def _bold(errors: int, more: str = "") -> str:
    return f"**{errors}**{more}" if errors else "0"
