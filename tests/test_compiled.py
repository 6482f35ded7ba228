"""Kernels in machine code compute what Python computes, and do without a cache of their code."""

from __future__ import annotations

import importlib.util
import io
import math
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numba
import numpy as np
import pytest

from solvers.compiled import is_kept, kept_in, kernels_of
from stratagem.terminal.compiling import COMPILING, LINE_ANEW, compiling_told
from stratagem.terminal.streams import Streams

SOURCE = """
from solvers.compiled import compiled


@compiled
def harmonic(values):
    total = 0.0
    for value in values:
        total += 1.0 / value
    return total
"""

Load = Callable[[], ModuleType]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Return what imports a module with a kernel afresh, its user's cache beside it."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    path = tmp_path / "kernel.py"
    path.write_text(SOURCE)

    def loaded() -> ModuleType:
        spec = importlib.util.spec_from_file_location("kernel", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return loaded


def check(kernel: ModuleType) -> None:
    assert kernel.harmonic(np.array([1.0, 2.0, 4.0])) == 1.75
    assert math.isinf(kernel.harmonic(np.zeros(1)))


def test_a_kernel_is_kept_for_the_next_process(load: Load, tmp_path: Path) -> None:
    check(load())
    assert list(tmp_path.glob("__pycache__/*.nbi"))
    kernel = load()
    check(kernel)
    assert sum(kernel.harmonic.stats.cache_hits.values()) == 1


def test_what_is_kept_is_looked_for_where_numba_will(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = load()
    assert (kernels_of([kernel]), is_kept(kernel.harmonic)) == ([kernel.harmonic], False)
    check(kernel)
    assert kept_in(kernel.harmonic) == str(tmp_path / "__pycache__")
    assert is_kept(load().harmonic)
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "elsewhere"))
    kernel = load()
    assert Path(kept_in(kernel.harmonic)).parent == tmp_path / "elsewhere"
    assert not is_kept(kernel.harmonic)
    check(kernel)
    assert is_kept(load().harmonic)


def test_code_of_another_text_or_in_a_damaged_file_is_not_kept(load: Load, tmp_path: Path) -> None:
    check(load())
    (tmp_path / "kernel.py").write_text(SOURCE.replace("1.0 / value", "1 / value"))
    kernel = load()
    assert not is_kept(kernel.harmonic)
    check(kernel)
    assert is_kept(load().harmonic)
    for index in tmp_path.glob("__pycache__/*.nbi"):
        index.write_bytes(b"\x80damaged")
    assert not is_kept(load().harmonic)


def test_what_is_compiled_is_told_once_and_only_when_it_is(load: Load) -> None:
    """By the logger that a terminal listens to (`stratagem.terminal.compiling`)."""
    said = io.StringIO()
    with compiling_told(Streams(said, said)):
        check(load())
    assert said.getvalue() == f"{LINE_ANEW}{COMPILING}\n"
    with compiling_told(Streams(said, said)):
        check(load())  # from the cache
    assert said.getvalue() == f"{LINE_ANEW}{COMPILING}\n"


def test_a_kernel_is_compiled_again_when_one_that_it_calls_has_changed(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inner.py").write_text(SOURCE)
    calling = "from inner import harmonic\n" + SOURCE.replace("def harmonic", "def twice").replace(
        "total += 1.0 / value", "total += harmonic(values)"
    )
    (tmp_path / "kernel.py").write_text(calling)
    monkeypatch.syspath_prepend(tmp_path)

    def sums() -> tuple[float, int]:
        monkeypatch.delitem(sys.modules, "inner", raising=False)
        kernel = load()
        return kernel.twice(np.array([1.0, 2.0])), sum(kernel.twice.stats.cache_hits.values())

    assert sums() == (3.0, 0)
    assert sums() == (3.0, 1)
    (tmp_path / "inner.py").write_text(SOURCE.replace("1.0 / value", "10.0 / value"))
    assert sums() == (30.0, 0)


def test_a_kernel_runs_where_no_folder_is_writable(load: Load, tmp_path: Path) -> None:
    (tmp_path / "__pycache__").write_text("")  # no folder can be made there
    (tmp_path / "user").write_text("")
    kernel = load()
    check(kernel)
    assert (kept_in(kernel.harmonic), is_kept(kernel.harmonic)) == ("", False)
    assert not list(tmp_path.rglob("*.nb?"))


def test_a_damaged_cache_is_passed_over(load: Load, tmp_path: Path) -> None:
    check(load())
    for kept in tmp_path.glob("__pycache__/*.nb?"):
        kept.write_bytes(b"")
    kernel = load()
    check(kernel)
    assert not kernel.harmonic.stats.cache_hits


def test_a_cache_that_vanishes_before_it_is_written_does_no_harm(
    load: Load, tmp_path: Path
) -> None:
    kernel = load()
    (tmp_path / "__pycache__").rename(tmp_path / "gone")
    (tmp_path / "__pycache__").write_text("")
    check(kernel)


def test_kernels_after_models_import_no_statistics_and_pyomo_finds_scipy_all_the_same() -> None:
    script = (
        "import sys\n"
        "import pyomo.environ\n"
        "before = list(sys.meta_path)\n"
        "import solvers.compiled\n"
        "assert sys.meta_path == before\n"
        "assert 'scipy.stats' not in sys.modules\n"
        "from pyomo.common.dependencies import scipy_available\n"
        "assert scipy_available and 'scipy.stats' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
