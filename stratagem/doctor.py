"""Whether everything that is needed works on this machine."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

from stratagem.limits import cores
from stratagem.presentation.plain import plain
from stratagem.presentation.tables import Column, Page, Section, Table
from stratagem.runs.folders import check_folder
from stratagem.runs.kept import versions


@dataclass(frozen=True)
class Check:
    """One thing that was tried."""

    name: str
    works: bool
    found: str


@dataclass(frozen=True, repr=False)
class Examination(Page):
    """All that was tried."""

    checks: tuple[Check, ...]

    @property
    def healthy(self) -> bool:
        """Whether everything works."""
        return all(check.works for check in self.checks)

    def sections(self) -> tuple[Section, ...]:
        """Return one table."""
        columns = (Column("check"), Column("works"), Column("found"))
        rows = tuple((check.name, check.works, check.found) for check in self.checks)
        return (Section("", tables=(Table("", columns, rows),)),)

    def to_json(self) -> dict[str, Any]:
        """Return the examination as plain JSON values."""
        return {"healthy": self.healthy, "checks": plain(self.checks)}


def examination() -> Examination:
    """Try everything that solving needs."""
    found = versions()
    trials: dict[str, Callable[[], str]] = {
        "a linear program": _linear_program,
        "an integer program": _integer_program,
        "a scenario end to end": _scenario,
        "a worker process": _worker,
        "writing runs here": _writing,
        "compiled solvers": _compiled,
    }
    checks = [
        Check(f"version of {name}", text != "not installed" or name == "stratagem", text)
        for name, text in found.items()
    ]
    checks.append(Check("cores", True, str(cores())))
    for name, trial in trials.items():
        try:
            checks.append(Check(name, True, trial()))
        except Exception as error:  # whatever goes wrong here is the finding
            checks.append(Check(name, False, f"{type(error).__name__}: {error}"))
    return Examination(tuple(checks))


def _linear_program() -> str:
    """Maximise x + y within x + 2 y <= 4, 3 x + y <= 6: 2.8 at (1.6, 1.2)."""
    return _two_variables(integer=False, expected=2.8)


def _integer_program() -> str:
    """Do the same in whole numbers: 2."""
    return _two_variables(integer=True, expected=2.0)


def _two_variables(*, integer: bool, expected: float) -> str:
    import pyomo.environ as pyo

    from solvers.milp import solve

    model = pyo.ConcreteModel(name="doctor")
    domain = pyo.NonNegativeIntegers if integer else pyo.NonNegativeReals
    model.x, model.y = pyo.Var(domain=domain), pyo.Var(domain=domain)
    model.first = pyo.Constraint(expr=model.x + 2 * model.y <= 4)
    model.second = pyo.Constraint(expr=3 * model.x + model.y <= 6)
    model.loss = pyo.Objective(expr=-model.x - model.y)
    outcome = solve(model)
    if outcome.objective is None or abs(outcome.objective + expected) > 1e-6:
        raise ArithmeticError(f"expected {expected:g}, found {outcome.objective}")
    return f"{expected:g} as it should be, {1e3 * outcome.seconds:.0f} ms"


def _scenario() -> str:
    from scenarios.load import load
    from stratagem.comparison import solve

    record = solve(load("two-layers"), "coordinated").play("coordinated")
    return f"{record.certificate.status}, {record.joint_payoff:.2f} bn USD"


def _worker() -> str:
    from joblib.externals.loky import get_reusable_executor

    executor = get_reusable_executor(max_workers=1)
    try:
        process = executor.submit(os.getpid).result(timeout=60)
    finally:
        executor.shutdown(wait=True, kill_workers=True)
    return "started and answered" if process != os.getpid() else "answered from this process"


def _compiled() -> str:
    """Say which solvers this machine has compiled already; the others are where they are needed."""
    import solvers
    from solvers.compiled import is_kept, kept_in, kernels_of

    names = [one.name for one in walk_packages(solvers.__path__, f"{solvers.__name__}.")]
    kernels = kernels_of(map(import_module, names))
    folders = {folder for kernel in kernels if (folder := kept_in(kernel))}
    if not folders:
        return "kept nowhere, for no folder can be written: compiled anew in each process"
    kept, place = sum(map(is_kept, kernels)), os.path.commonpath(folders)
    if not kept:
        return (
            f"none yet under {place}: what first needs them compiles them, once on this machine, "
            "in minutes"
        )
    if kept < len(kernels):
        return (
            f"{kept} of {len(kernels)} kept under {place}: what first needs the others compiles "
            "them, once on this machine, in minutes"
        )
    return f"all {kept} kept under {place}"


def _writing() -> str:
    path = check_folder(None)
    above = path if path.is_dir() else path.absolute().parent
    with tempfile.TemporaryFile(dir=above):
        return f"under {path}/"
