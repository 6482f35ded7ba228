"""One portfolio for many worlds, and frontiers over budgets and objectives."""

from __future__ import annotations

from pathlib import Path

from stratagem.commands.parameters import (
    Changes,
    Flag,
    SolvingMany,
    SolvingSteps,
    Whole,
    WholeOrNone,
)
from stratagem.commands.root import streams


def portfolio(
    scenario: str,
    /,
    *,
    worlds: Whole = 200,
    measure: str = "expected",
    sampling: str = "sobol",
    pooled: Flag = False,
    budgets: str = "stated",
    replications: Whole = 0,
    each: Flag = False,
    changes: Changes | None = None,
    solving: SolvingMany | None = None,
) -> int:
    """Find the one portfolio that is best for many worlds, decided before they are known.

    Parameters
    ----------
    scenario
        Name of a shipped scenario, a folder or a file.
    worlds
        Worlds to draw from the ranges of the scenario.
    measure
        What counts: expected (loss), cvar:0.9 (mean of the worst tenth of worlds) or regret (the
        largest loss above the best for a world).
    sampling
        How worlds are drawn: sobol, latin or random.
    pooled
        One budget for all controllers.
    budgets
        What outlays keep to: the budgets as they are stated, at stated costs, or with `every`
        those of every world, at the costs there.
    replications
        Other samples, for an interval of what this one hides; 0 for none.
    each
        Find the best portfolio of every world too, and say where this one comes close.
    """
    from stratagem.portfolios import verbs

    return verbs.portfolio(
        streams(),
        scenario,
        changes or Changes(),
        solving or SolvingMany(),
        worlds=worlds,
        measure=measure,
        sampling=sampling,
        pooled=pooled,
        budgets=budgets,
        replications=replications,
        each=each,
    )


def frontier(
    scenario: str,
    /,
    *,
    budget: str | None = None,
    layers: Flag = False,
    cost: Flag = False,
    worlds: WholeOrNone = None,
    sampling: str = "sobol",
    tolerance: float = 0.01,
    picture: Path | None = None,
    changes: Changes | None = None,
    solving: SolvingSteps | None = None,
) -> int:
    """Find how the best coordinated portfolio changes with what may be spent: every step.

    Parameters
    ----------
    scenario
        Name of a shipped scenario, a folder or a file.
    budget
        The controller whose budget grows, such as USA; by default one budget for all.
    layers
        The number of layers grows instead.
    cost
        The cost of all measures, public and economic, against the harm that they leave.
    worlds
        The largest loss over so many worlds, against the expected one.
    sampling
        How these worlds are drawn: sobol, latin or random.
    tolerance
        Steps lower than this, in bn USD a year, are not looked for.
    picture
        File for a picture, .svg or .png.
    """
    from stratagem.portfolios import verbs

    return verbs.frontier(
        streams(),
        scenario,
        changes or Changes(),
        solving or SolvingSteps(),
        budget=budget,
        layers=layers,
        cost=cost,
        worlds=worlds,
        sampling=sampling,
        tolerance=tolerance,
        picture=picture,
    )
