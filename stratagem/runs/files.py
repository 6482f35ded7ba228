"""Single files that a command writes: checked before the work, whole or not at all after it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from games.errors import InputError


def check_file(path: Path, endings: Sequence[str]) -> Path:
    """Return a path that a file can be written to; an older file there is replaced.

    Parameters
    ----------
    endings : what its name may end in.

    Raises
    ------
    InputError
        When its name ends in something else, or nothing can be written there.
    """
    if path.suffix.lower() not in endings:
        raise InputError(
            f"{path}: expected a name that ends in {' or '.join(endings)}, found "
            f"{path.suffix or 'no ending'} - name another"
        )
    if path.is_dir():
        raise InputError(f"{path}: expected a file, found a folder - name another")
    if not path.absolute().parent.is_dir():
        raise InputError(f"{path}: expected a folder to write it in, found none - make it first")
    if not os.access(path.absolute().parent, os.W_OK | os.X_OK):
        raise InputError(
            f"{path}: expected a place that can be written, found no permission - name another"
        )
    return path


def write_file(path: Path, content: bytes) -> None:
    """Write a file; it is there whole, or as it was before.

    Raises
    ------
    InputError
        When it cannot be written.
    """
    partial = ""
    try:
        descriptor, partial = tempfile.mkstemp(
            prefix=f".{path.name}.", suffix=".partial", dir=path.absolute().parent
        )
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(partial).chmod(0o644)
        os.replace(partial, path)
    except (OSError, ValueError) as error:
        if partial:
            Path(partial).unlink(missing_ok=True)
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise InputError(
            f"{path}: expected a place that can be written, found: {reason.lower()} - name "
            "another; no part of it was written"
        ) from None
