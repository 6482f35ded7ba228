"""What a report is about: a run that holds against its own scenario."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from games.network import build_network
from solvers.world import World
from stratagem.audits.audit import Audit, account_of, audited
from stratagem.cases import Case, case_of
from stratagem.pictures.parts import play_name
from stratagem.records.comparison import Comparison
from stratagem.records.plays import PlayRecord
from stratagem.report.studies import Study, open_study
from stratagem.runs.kept import Run
from stratagem.runs.readback import comparison_of

Kind = TypeVar("Kind")

THREE = {
    "status-quo": "Status quo",
    "unilateral:best": "Each for itself",
    "coordinated": "Together",
}
"""The plays that a report holds against each other, as readers say them."""


@dataclass(frozen=True)
class Subject:
    """A run, audited.

    Attributes
    ----------
    audit : of this moment: what the run claims, recomputed from its scenario.
    scene : the run's game, ready to be tried again.
    main : name of the play that the report is about.
    studies : of the same scenario, recomputed as well.
    """

    run: Run
    case: Case
    comparison: Comparison
    audit: Audit
    scene: World
    main: str
    studies: tuple[Study, ...] = ()

    @property
    def record(self) -> PlayRecord:
        """The record of the play that the report is about."""
        return self.comparison.play(self.main)

    @property
    def shown(self) -> dict[str, str]:
        """The plays that are held against each other, with what readers call them."""
        known = {name: said for name, said in THREE.items() if self.comparison.has(name)}
        said = play_name(self.record, [self.record])
        return known if self.main in known else {**known, self.main: said.capitalize()}

    def of_kind(self, kind: type[Kind]) -> list[Kind]:
        """Return the studies of one kind."""
        return [study for study in self.studies if isinstance(study, kind)]

    def called(self, section: str, name: str) -> str:
        """Return the title of an entry of the scenario."""
        return self.case.called(section, name)


def subject_of(run: Run, studies: Sequence[Path] = ()) -> Subject:
    """Return the subject of a report.

    Parameters
    ----------
    studies : folders of studies of the run's scenario.

    Raises
    ------
    NotCertifiedError
        When anything that the run claims is not what its scenario says.
    """
    account = account_of(run, None)
    scene = World(build_network(account.case.game))
    audit = audited(account, scene)
    comparison = comparison_of(run)
    plays = [record.play for record in comparison.plays]
    last = "coordinated" if "coordinated" in plays else plays[-1]
    best = last.removesuffix(":worst") + ":best"
    return Subject(
        run=run,
        case=case_of(run.world),
        comparison=comparison,
        audit=audit,
        scene=scene,
        main=best if best in plays else last,
        studies=tuple(open_study(path, run.world) for path in studies),
    )
