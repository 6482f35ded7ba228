"""The page: every section that applies to a run, in one file that asks for nothing else."""

from __future__ import annotations

from stratagem.report.headline import evader_of
from stratagem.report.parts import PAGES
from stratagem.report.sections import all_sections
from stratagem.report.subject import Subject


def page(subject: Subject) -> str:
    """Return the report as HTML."""
    shown = [section for section in all_sections() if section.applies(subject)]
    comparison = subject.comparison
    return PAGES.get_template("page.html").render(
        title=subject.case.title,
        date=subject.case.date,
        evader=evader_of(comparison),
        hash=subject.case.hash,
        about=" ".join(subject.run.world.about.split()),
        changes=[
            *(f"--override {name}" for name in comparison.overrides),
            *(f"--set {setting}" for setting in comparison.settings),
        ],
        plays=len(comparison.every),
        sections=[(section, section.render(subject)) for section in shown],
    )
