"""Studies beside a run: of the same scenario, every number of them tried again.

A study's folder holds one file that says what it is; each kind has a module that reads and
recomputes it: `over_worlds` (portfolios for many worlds, sweeps), `frontiers`, `trade_offs`,
`sensitivities`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from games.errors import InputError
from scenarios.scenario import Scenario
from stratagem.presentation import words
from stratagem.report.frontiers import FRONTIER, FrontierStudy, frontier_of
from stratagem.report.over_worlds import (
    PORTFOLIO,
    SWEEP,
    GridStudy,
    WorldsStudy,
    portfolio_of,
    sweep_of,
)
from stratagem.report.sensitivities import SENSITIVITY, SensitivityStudy, sensitivity_study_of
from stratagem.report.trade_offs import TRADE_OFF, TradeOffStudy, trade_off_of
from stratagem.runs.kept import read_json
from stratagem.studies.keeping import STUDY_FORMAT

Study = WorldsStudy | GridStudy | FrontierStudy | TradeOffStudy | SensitivityStudy

READERS: Mapping[str, Callable[[Path, Mapping[str, Any], Scenario], Study]] = {
    PORTFOLIO: portfolio_of,
    SWEEP: sweep_of,
    FRONTIER: frontier_of,
    TRADE_OFF: trade_off_of,
    SENSITIVITY: sensitivity_study_of,
}
"""What reads the study that a file of this name holds."""

_KEEP = "`stratagem portfolio`, `sweep`, `frontier` or `sensitivity`"


def open_study(path: Path, scenario: Scenario) -> Study:
    """Return the study in a folder, recomputed.

    Parameters
    ----------
    scenario : of the run that it stands beside.

    Raises
    ------
    InputError
        When the folder holds no such study of that scenario.
    NotCertifiedError
        With every number that is not what its scenario or world says.
    """
    name = next((name for name in READERS if (path / name).is_file()), None)
    if name is None:
        raise InputError(
            f"{path}: expected a folder that {_KEEP} keeps, found none of "
            f"{words.listed([*READERS])} in it"
        )
    place = path / name
    record = read_json(place)
    if record.get("study_format") != STUDY_FORMAT:
        raise InputError(
            f"{place}: expected study_format {STUDY_FORMAT}, found "
            f"{str(record.get('study_format'))[:40]} - it was written by another version"
        )
    try:
        if record["scenario_hash"] != scenario.hash:
            raise InputError(
                f"{place}: expected a study of the run's scenario, {scenario.name} with hash "
                f"{scenario.hash[:12]}, found {record.get('scenario')} with hash "
                f"{str(record['scenario_hash'])[:12]}"
            )
        return READERS[name](path, record, scenario)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise InputError(
            f"{place}: expected what {_KEEP} keeps, found: {str(error)[:200]} - name the folder of "
            "one"
        ) from None
