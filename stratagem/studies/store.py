"""The ledger of a sweep: what was solved, kept by what it depends on, in one SQLite file.

The key of an answer is the hash of all that it depends on: the scenario, the numbers of the world,
the play, how it is solved, and the versions of what solves it. A sweep that was killed therefore
finds what it had, another sweep that asks the same question finds it too, and whatever changes is
another key. Each row carries a checksum of its own. Several processes may write at once (the
write-ahead log of SQLite, with patience).

A file that is no sound database is put aside under another name and a new one begun, unless neither
its name nor its first bytes are those of a database: it belongs to someone else. Single rows
that do not match their checksum are dropped, after the whole file was copied aside. Either way it
is said. A disk that is full or a folder that is read-only is an error that leaves the ledger as it
was.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from games.errors import InputError
from stratagem.studies.answers import Answer

STORE_FORMAT = 1
PATIENCE_SECONDS = 60.0
"""How long to wait for another process that writes."""

_AT_ONCE = 500
"""Keys that are looked up in one question."""

_TABLE = """
create table if not exists answers (
    key text primary key,
    answers text not null,
    checksum text not null,
    seconds real not null
) without rowid
"""


class Store:
    """A ledger, open; use it in a `with`.

    Parameters
    ----------
    path : the file; it is made where there is none.
    say : called with what was put aside, if anything was.

    Raises
    ------
    InputError
        When the file cannot be read or written, or belongs to something else.
    """

    def __init__(self, path: Path, *, say: Callable[[str], None] = lambda _: None) -> None:
        self.path, self._say = path, say
        with _told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = self._opened()
        except _DamagedError as damage:
            if not _was_database(path):
                raise InputError(
                    f"{path}: expected a ledger of sweeps, found a file of something else - name "
                    "another file with --ledger, such as runs/sweeps.sqlite"
                ) from None
            aside = _aside(path)
            with _told(path):
                for suffix in ("", "-wal", "-shm"):
                    part = path.with_name(path.name + suffix)
                    if part.exists():
                        part.rename(aside.with_name(aside.name + suffix))
            say(
                f"{path}: expected a sound ledger, found: {damage.found} - the file is kept as "
                f"{aside.name}, and what it held is solved again"
            )
            self._connection = self._opened()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def find(self, keys: Iterable[str]) -> dict[str, tuple[Answer, ...]]:
        """Return the answers that are known already, by key."""
        wanted = list(keys)
        found: dict[str, tuple[Answer, ...]] = {}
        damaged: list[str] = []
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            marks = ",".join("?" * len(some))
            question = f"select key, answers, checksum from answers where key in ({marks})"
            with _told(self.path):
                rows = self._connection.execute(question, some).fetchall()
            for key, text, checksum in rows:
                if checksum == _checksum(key, text):
                    found[key] = tuple(Answer.from_json(one) for one in json.loads(text))
                else:
                    damaged.append(key)
        if damaged:
            self._drop(damaged)
        return found

    def keep(self, solved: Mapping[str, tuple[tuple[Answer, ...], float]]) -> None:
        """Keep answers with the seconds that they took, all of them or none.

        Raises
        ------
        InputError
            When there is no room for them.
        """
        rows = []
        for key, (answers, seconds) in solved.items():
            if all(answer.lasting for answer in answers):
                text = json.dumps([answer.to_json() for answer in answers], ensure_ascii=False)
                rows.append((key, text, _checksum(key, text), seconds))
        with _told(self.path), self._connection:
            self._connection.executemany("insert or ignore into answers values (?, ?, ?, ?)", rows)

    def __len__(self) -> int:
        with _told(self.path):
            (count,) = self._connection.execute("select count(*) from answers").fetchone()
        return int(count)

    def _opened(self) -> sqlite3.Connection:
        with _told(self.path):
            connection = sqlite3.connect(self.path, timeout=PATIENCE_SECONDS)
        try:
            with _told(self.path):
                (found,) = connection.execute("pragma quick_check(1)").fetchone()
                if found != "ok":
                    raise _DamagedError(self.path, str(found).splitlines()[-1][:100])
                (version,) = connection.execute("pragma user_version").fetchone()
                tables = {name for (name,) in connection.execute(_TABLES)}
                if tables and (version != STORE_FORMAT or tables != {"answers"}):
                    raise InputError(
                        f"{self.path}: expected a ledger of sweeps in format {STORE_FORMAT}, found "
                        "a database of something else - name another file with --ledger"
                    )
                connection.execute("pragma journal_mode = wal")
                connection.execute("pragma synchronous = normal")
                with connection:
                    connection.execute(_TABLE)
                    connection.execute(f"pragma user_version = {STORE_FORMAT}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _drop(self, keys: list[str]) -> None:
        aside = _aside(self.path)
        with _told(self.path):
            copy = sqlite3.connect(aside)
            try:
                self._connection.backup(copy)
            finally:
                copy.close()
            with self._connection:
                self._connection.executemany(
                    "delete from answers where key = ?", [(key,) for key in keys]
                )
        self._say(
            f"{self.path}: expected every row to match its checksum, found {len(keys)} that do not "
            f"- a copy is kept as {aside.name}, and what they held is solved again"
        )


class _DamagedError(InputError):
    """A file that is no sound database; `found` says what SQLite says."""

    def __init__(self, path: Path, found: str) -> None:
        self.found = found
        super().__init__(
            f"{path}: expected a sound ledger, found: {found} - run the same command again: it "
            "puts the file aside and goes on"
        )


_MAGIC = b"SQLite format 3\0"
_DATABASES = (".sqlite", ".sqlite3", ".db")
_TABLES = "select name from sqlite_master where type = 'table'"
_FULL = ("disk is full", "disk i/o error", "file too large")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into an error that says what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error).lower()
        if any(words in text for words in _FULL):
            raise InputError(
                f"{path}: expected room for what was solved, found: {text} - make room and run "
                "the same command again; it goes on where it stopped"
            ) from None
        if "locked" in text:
            raise InputError(
                f"{path}: expected to write within {PATIENCE_SECONDS:.0f} seconds, found it locked "
                "by another process - wait for that, or name another file with --ledger"
            ) from None
        raise InputError(
            f"{path}: expected a file that can be read and written, found: {text} - name another "
            "with --ledger"
        ) from None
    except sqlite3.DatabaseError as error:
        raise _DamagedError(path, str(error)) from None
    except (OSError, ValueError) as error:  # a value error of a path that no system can have
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise InputError(
            f"{path}: expected a place that can be written, found: {reason.lower()} - name another "
            "with --ledger"
        ) from None


def _was_database(path: Path) -> bool:
    """Return whether a file's name or its first bytes are those of a database."""
    if path.suffix.lower() in _DATABASES:
        return True
    with _told(path), path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def _aside(path: Path) -> Path:
    """Return a new name beside a file that is damaged."""
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%d-%H%M%S")
    aside, number = path.with_name(f"{path.name}.damaged-{stamp}"), 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{stamp}-{number}")
    return aside


def _checksum(key: str, text: str) -> str:
    return hashlib.sha256(f"{key}\n{text}".encode()).hexdigest()
