"""A run as a page and as pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from stratagem.commands.parameters import Json
from stratagem.commands.root import streams

Studies = Annotated[
    tuple[Path, ...], Parameter(name=("--study", "--worlds"), negative="", show_default=False)
]
Output = Annotated[Path | None, Parameter(name=("--output", "-o"))]


def report(
    *run: str,
    study: Studies = (),
    output: Output = None,
    pdf: Path | None = None,
    json: Json = False,
) -> int:
    """Recompute a run and write it as one page for people to read.

    Parameters
    ----------
    run
        A run folder, or words in the name of one under runs/, of which the newest counts; by
        default, and as latest, the newest of all.
    study
        Folder that portfolio, sweep, frontier or sensitivity kept for the same scenario; may be
        repeated.
    output
        The page, a .html file; by default report.html in the run's folder.
    pdf
        The same printed, a .pdf file; needs Chromium, Chrome or Edge.
    json
        Print one JSON object and nothing else.
    """
    from stratagem.report.command import write_report

    with streams().error_console().status("Recomputing the run, then writing it down"):
        written = write_report(run or ("latest",), studies=study, output=output, pdf=pdf)
    if json:
        streams().json(written)
    else:
        plays = len(written["plays"])
        streams().out.write(
            f"{plays} plays recomputed; all that the run claims holds.\n"
            f"Written: {written['report']} ({written['bytes'] / 1000:,.0f} kB)\n"
            + (f"Printed: {written['pdf']}\n" if pdf else "")
        )
    return 0


def plot(*run: str, what: str, output: Output = None, json: Json = False) -> int:
    """Recompute a run and draw one picture of it.

    Parameters
    ----------
    run
        A run folder, or words in the name of one under runs/, of which the newest counts; by
        default, and as latest, the newest of all.
    what
        The picture: months, kept, portfolio, payoffs, gaps, layers, flows, flows-today or
        flows-change.
    output
        A .svg or .png file; by default an SVG of the picture's name in the run's folder.
    json
        Print one JSON object and nothing else.
    """
    from stratagem.plots import write_plot

    with streams().error_console().status("Recomputing the run, then drawing it"):
        written = write_plot(run or ("latest",), what, output=output)
    if json:
        streams().json({"picture": what, "file": str(written)})
    else:
        streams().out.write(f"Written: {written}\n")
    return 0
