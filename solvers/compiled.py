"""Numeric kernels in machine code: one decorator around numba, and what it promises.

A function under `@compiled` is compiled for the types of its arguments on its first call (a second
or so), holds no lock of the interpreter while it runs, so that threads work side by side, and
computes as IEEE 754 says: no sums in another order, and a division by zero gives an infinity or
NaN, not an error. Indices are not checked.

Machine code is kept for later processes in the `__pycache__` beside the module or, where that is
not writable, in the user's cache folder (`NUMBA_CACHE_DIR` names another one). Where neither is
writable, on a full disk, or where a file of the cache is damaged, the function is compiled again in
each process: that costs time and nothing else. Code is kept until the source file of the function
changes, or that of a kernel which its module takes from another; constants that a kernel uses must
stand in its own file or be handed to it.

Importing numba takes half a second, so modules with kernels are imported where they are used. It
would take twice that where Pyomo is there already: numba looks up SciPy's version, and Pyomo has
every import of SciPy followed by that of its statistics. Pyomo is not asked here; it still imports
them itself when it needs them.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any, TypeVar, cast


@contextlib.contextmanager
def _imports_unfollowed() -> Iterator[None]:
    """Have imports trigger none of Pyomo's own."""
    before = list(sys.meta_path)
    sys.meta_path[:] = [one for one in before if not type(one).__module__.startswith("pyomo.")]
    try:
        yield
    finally:
        sys.meta_path[:] = [*(one for one in sys.meta_path if one not in before), *before]


with _imports_unfollowed():
    import numba
    from numba.core.caching import FunctionCache
    from numba.core.dispatcher import Dispatcher
    from numba.core.registry import cpu_target

Function = TypeVar("Function", bound=Callable[..., Any])


logger = logging.getLogger(__name__)
"""Is told what is compiled, before it is."""


class _Cache(FunctionCache):
    """numba's cache of one function, without which things go on."""

    def load_overload(self, sig: object, target_context: object) -> object:
        try:
            known = super().load_overload(sig, target_context)
        except Exception:  # a damaged file raises whatever unpickling it runs into
            known = None
        if known is None:
            logger.info("compiling %s", self._py_func.__name__)
        return known

    def save_overload(self, sig: object, data: object) -> None:
        with contextlib.suppress(Exception):
            super().save_overload(sig, data)

    def holds_any(self) -> bool:
        """Return whether there is code, for whichever types, that `load_overload` would take."""
        try:
            kept = self._cache_file._load_index()
        except Exception:  # as there
            return False
        _, *wanted = self._index_key(None, cpu_target.target_context.codegen())
        return any(found == wanted for _, *found in kept)

    def _index_key(self, sig: object, codegen: object) -> tuple[object, ...]:
        return (super()._index_key(sig, codegen), *sorted(_stamps(self._py_func)))


def _stamps(function: Any) -> set[tuple[str, int, int]]:
    """Return names, times and lengths of all files with kernels that a function's module uses."""
    stamps = set()
    files = {function.__code__.co_filename}
    modules = [function.__globals__]
    while modules:
        for value in modules.pop().values():
            if isinstance(value, Dispatcher):
                file = value.py_func.__code__.co_filename
                if file not in files:
                    files.add(file)
                    modules.append(value.py_func.__globals__)
                    status = os.stat(file)
                    stamps.add((os.path.basename(file), status.st_mtime_ns, status.st_size))
    return stamps


def kernels_of(modules: Iterable[ModuleType]) -> list[Any]:
    """Return the kernels that modules hold, each once."""
    held = (value for module in modules for value in vars(module).values())
    return list(dict.fromkeys(value for value in held if isinstance(value, Dispatcher)))


def kept_in(kernel: Any) -> str:
    """Return the folder in which numba looks for a kernel's machine code, empty if it has none."""
    return str(getattr(kernel._cache, "cache_path", "") or "")


def is_kept(kernel: Any) -> bool:
    """Return whether a kernel as it stands now was compiled on such a machine, and kept."""
    return isinstance(kernel._cache, _Cache) and kernel._cache.holds_any()


def compiled(function: Function) -> Function:
    """Return the function in machine code, kept for later processes where that is possible."""
    kernel: Any = numba.njit(nogil=True, error_model="numpy")(function)
    with contextlib.suppress(RuntimeError, OSError):  # no folder to keep it in
        kernel._cache = _Cache(function)
    return cast(Function, kernel)
