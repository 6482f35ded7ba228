"""Pictures of a run by name, for `stratagem plot`: each is recomputed before it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from games.errors import InputError
from scenarios.faults import nearest
from stratagem.explaining.gaps import gaps
from stratagem.pictures import figures
from stratagem.pictures.drawing import KINDS, encoded, svg_of
from stratagem.pictures.flow_map import flow_map
from stratagem.pictures.parts import COMPARED
from stratagem.report.subject import Subject, subject_of
from stratagem.runs.files import check_file, write_file
from stratagem.runs.kept import open_run


def _gaps(subject: Subject) -> Any:
    alone, together = (subject.comparison.play(name).profile for name in COMPARED[1:])
    game = subject.case.game
    found = gaps(subject.scene, game.profile(alone), game.profile(together))
    return figures.gap_by_controller(found, subject.comparison)


def _flows(subject: Subject) -> Any:
    return flow_map(subject.comparison, subject.run.world, play=subject.main)


def _flows_today(subject: Subject) -> Any:
    return flow_map(subject.comparison, subject.run.world, play="status-quo")


def _change(subject: Subject) -> Any:
    return flow_map(subject.comparison, subject.run.world, play=subject.main, against="status-quo")


PLOTS: Mapping[str, Callable[[Subject], Any]] = {
    "months": lambda subject: figures.months_by_front(subject.comparison),
    "kept": lambda subject: figures.kept_alone(subject.comparison),
    "portfolio": lambda subject: figures.control_map(subject.comparison, subject.run.world),
    "payoffs": lambda subject: figures.payoffs_by_controller(subject.comparison),
    "gaps": _gaps,
    "layers": lambda subject: figures.layer_values(subject.comparison),
    "flows": _flows,
    "flows-today": _flows_today,
    "flows-change": _change,
}
"""{name: what draws it}; a chart or a drawing comes back, and both save themselves."""


def write_plot(run: Sequence[str], what: str, *, output: Path | None = None) -> Path:
    """Draw a picture of a run and return where it is.

    Parameters
    ----------
    what : a name of `PLOTS`.
    output : a .svg or .png file; by default an SVG of the picture's name in the run's folder.

    Raises
    ------
    InputError
        When there is no such run or picture, or the run lacks what the picture shows.
    NotCertifiedError
        When the run does not hold against its own scenario.
    """
    if what not in PLOTS:
        raise InputError(
            f"--what {what}: expected one of {', '.join(PLOTS)}; found none of that name - "
            + nearest(what, PLOTS, advice="name one of them")
        )
    opened = open_run(list(run))
    target = check_file(output or opened.path / f"{what}.svg", KINDS)
    picture = PLOTS[what](subject_of(opened))
    write_file(target, encoded(svg_of(picture), target.suffix.lower()))
    return target
