"""Folders that appear whole or not at all.

Everything is written into a hidden folder beside the one that is wanted, put on the disk, and
renamed at the end. Whatever goes wrong before leaves nothing behind.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from games.errors import InputError

RUNS_FOLDER = "runs"
"""Where runs go that are not sent elsewhere."""


def check_folder(folder: str | os.PathLike[str] | None) -> Path:
    """Return the path that a run can be written to, before work starts.

    Raises
    ------
    InputError
        When it exists and is not an empty folder, or cannot be made.
    """
    path = Path(RUNS_FOLDER if folder is None else folder)
    try:
        if folder is not None and path.exists():
            if not path.is_dir():
                raise InputError(f"{path}: expected a new or empty folder, found a file")
            if any(path.iterdir()):
                raise InputError(
                    f"{path}: expected a new or empty folder, found one with files in it - name "
                    "another with -o"
                )
        above = path.absolute()
        while not above.exists():
            above = above.parent
        if not above.is_dir():
            raise InputError(f"{path}: expected a folder, found {above.name}, which is a file")
        if not os.access(above, os.W_OK | os.X_OK):
            raise InputError(
                f"{path}: expected a place that can be written, found no permission in "
                f"{above.name or above} - name another with -o"
            )
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from None
    return path


def write_folder(path: Path, contents: Mapping[str, str | bytes]) -> bool:
    """Write files into a new folder, which appears whole or not at all.

    Returns
    -------
    Whether it was written: False where another folder with files has taken its place.
    """
    try:
        with _parents(path), _partial(path) as partial:
            for name, content in contents.items():
                with (partial / name).open("wb") as file:
                    file.write(content.encode() if isinstance(content, str) else content)
                    file.flush()
                    os.fsync(file.fileno())
            partial.chmod(0o777 & ~_umask())
            _sync(partial)
            try:
                partial.rename(path)
            except OSError as error:
                if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                    return False
                raise
            _sync(path.parent)
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from None
    return True


@contextmanager
def _parents(path: Path) -> Iterator[None]:
    """Make the folders above a path; take back those that were made if something goes wrong."""
    missing = [folder for folder in path.absolute().parents if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for folder in missing:
            try:
                folder.rmdir()
            except OSError:  # someone else put something there meanwhile
                break
        raise


@contextmanager
def _partial(path: Path) -> Iterator[Path]:
    """Make a hidden folder beside a path; it is gone afterwards unless it was renamed."""
    partial = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent))
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Put a folder's entries on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _unwritable(path: Path, error: OSError | ValueError) -> InputError:
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return InputError(
        f"{path}: expected a place that can be written, found: {reason.lower()} - name another "
        "with -o; nothing was kept"
    )
