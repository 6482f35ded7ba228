"""What `stratagem report` does: audit, page, file, and paper where it is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stratagem.report.page import page
from stratagem.report.printing import browser, print_page
from stratagem.report.subject import subject_of
from stratagem.runs.files import check_file, write_file
from stratagem.runs.kept import open_run

REPORT = "report.html"
"""Name of the report in its run's folder, where no other is asked for."""


def write_report(
    run: Sequence[str],
    *,
    studies: Sequence[Path] = (),
    output: Path | None = None,
    pdf: Path | None = None,
) -> dict[str, Any]:
    """Write the report of a run, and return where it is and what it found.

    Parameters
    ----------
    studies : folders of portfolios, sweeps over worlds and frontiers of the same scenario.

    Raises
    ------
    InputError
        When there is no such run, a file cannot be written, or nothing can print.
    NotCertifiedError
        When the run does not hold against its own scenario; nothing is written then.
    """
    opened = open_run(list(run))
    target = check_file(output or opened.path / REPORT, (".html", ".htm"))
    if pdf is not None:
        check_file(pdf, (".pdf",))
        if browser() is None:
            print_page(target, pdf)  # says what is missing before any work
    subject = subject_of(opened, studies)
    content = page(subject)
    write_file(target, content.encode())
    if pdf is not None:
        print_page(target, pdf)
    return {
        "run": str(opened.path),
        "report": str(target),
        "pdf": None if pdf is None else str(pdf),
        "bytes": len(content.encode()),
        "plays": [record.play for record in subject.comparison.every],
        "largest_difference": subject.audit.largest_difference,
    }
