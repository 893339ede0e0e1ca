"""The stored runs in SQLite, so that looking back does not read every verdict again.

The recordings are the truth and this is an index of them: it may be deleted at any time, and the next look back makes
it anew. Two processes may use it at once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import TypeAdapter, ValidationError

from harness.history.stored import RUN, StoredCause, StoredPair, StoredRun, run_folders
from harness.model.errors import Exit, HarnessError
from harness.model.verdict import Counts, LegVerdict, PairVerdict

HISTORY_FILE = "history.sqlite"

VERSION = 1
"""Of the tables in `index.sql`. An index of another version is made anew."""

_PATIENCE = 30.0
"""Seconds to wait for another process that writes."""

_DAMAGED = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})
_READ_ONLY = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})

_CAUSE: TypeAdapter[StoredCause] = TypeAdapter(StoredCause)

_Row: TypeAlias = tuple[object, ...]


def stored_runs(runs: Path) -> list[StoredRun]:
    """Every run in the folder `runs` that left a verdict, oldest first. One that was interrupted left none.

    Only a folder that is called `runs` has its index beside it, `reports/history.sqlite`; any other is read into
    memory, and so is one where nobody may write. Raises `HarnessError` where no run is stored, or where the index is
    damaged.
    """
    folders = run_folders(runs)
    file = runs.with_name(HISTORY_FILE) if runs.name == "runs" else None
    if file is not None:
        try:
            return _look_up(str(file), folders)
        except sqlite3.Error as error:
            if _code(error) not in _READ_ONLY:
                raise _unusable(file, error) from error
    return _look_up(":memory:", folders)


def _look_up(database: str, folders: list[Path]) -> list[StoredRun]:
    with closing(sqlite3.connect(database, timeout=_PATIENCE, isolation_level=None)) as index:
        index.execute("PRAGMA foreign_keys = on")
        _make(index)
        _bring_up_to_date(index, folders)
        with _transaction(index, "DEFERRED"):
            return list(_read(index))


def _make(index: sqlite3.Connection) -> None:
    """The tables, unless they are there. A second process waits, and finds them."""
    if _version(index) == VERSION:
        return
    with _transaction(index):
        if _version(index) != VERSION:
            for statement in files("harness.history").joinpath("index.sql").read_text(encoding="utf-8").split(";"):
                index.execute(statement)
            index.execute(f"PRAGMA user_version = {VERSION}")


def _version(index: sqlite3.Connection) -> int:
    return int(index.execute("PRAGMA user_version").fetchone()[0])


def _bring_up_to_date(index: sqlite3.Connection, folders: list[Path]) -> None:
    """Read the verdicts that are new or are no longer those that were read, and forget those that are gone."""
    known = dict(index.execute("SELECT folder, stamp FROM run").fetchall())
    stamps = {folder.name: (folder, stamp) for folder in folders if (stamp := _stamp(folder))}
    for name in known.keys() - stamps.keys():
        index.execute("DELETE FROM run WHERE folder = ?", (name,))
    for name, (folder, stamp) in stamps.items():
        if known.get(name) != stamp and (run := _verdict(folder)):
            with _transaction(index):
                _insert(index, name, stamp, run)


def _stamp(folder: Path) -> str:
    """What changes when the run's verdict is written again; empty where there is none."""
    try:
        found = (folder / "verdict.json").stat()
    except OSError:
        return ""
    return f"{found.st_size}-{found.st_mtime_ns}"


def _verdict(folder: Path) -> StoredRun | None:
    try:
        return RUN.validate_json((folder / "verdict.json").read_bytes())
    except (OSError, ValidationError):
        return None


def _insert(index: sqlite3.Connection, folder: str, stamp: str, run: StoredRun) -> None:
    """A process that was quicker has inserted the same, which this replaces."""
    index.execute("DELETE FROM run WHERE folder = ?", (folder,))
    counts = run.counts
    head: _Row = (folder, stamp, run.run_id, run.reference, run.candidate, run.routing, run.suite_digest)
    numbers = (counts.total, counts.decided, counts.unexpected, counts.indeterminate, counts.same, counts.known)
    rest = (counts.noise, counts.low, counts.high, counts.oldest_known)
    _add(index, "run", [(*head, run.exit, run.seconds, *numbers, *rest)])
    causes = [
        (folder, place, one.fingerprint, one.known, len(one.cases), _CAUSE.dump_json(one).decode())
        for place, one in enumerate(run.causes)
    ]
    _add(index, "cause", causes)
    pairs = [(folder, place, *astuple(one)) for place, one in enumerate(run.pairs)]
    _add(index, "pair", pairs)


def _add(index: sqlite3.Connection, table: str, rows: Sequence[_Row]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        index.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def _read(index: sqlite3.Connection) -> Iterator[StoredRun]:
    for row in index.execute("SELECT * FROM run ORDER BY folder").fetchall():
        folder, _, run_id, reference, candidate, routing, digest, code, seconds, *counts = row
        causes = index.execute("SELECT document FROM cause WHERE folder = ? ORDER BY place", (folder,)).fetchall()
        pairs = index.execute("SELECT * FROM pair WHERE folder = ? ORDER BY place", (folder,)).fetchall()
        yield StoredRun(
            run_id=run_id,
            reference=reference,
            candidate=candidate,
            routing=routing,
            exit=code,
            causes=tuple(_CAUSE.validate_json(document) for (document,) in causes),
            counts=Counts(*counts),
            suite_digest=digest,
            seconds=seconds,
            pairs=tuple(map(_pair, pairs)),
        )


def _pair(row: tuple[Any, ...]) -> StoredPair:
    _, _, case_id, verdict, reference, candidate, *seconds = row
    return StoredPair(case_id, PairVerdict(verdict), LegVerdict(reference), LegVerdict(candidate), *seconds)


@contextmanager
def _transaction(index: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    index.execute(f"BEGIN {kind}")
    try:
        yield
    except BaseException:
        index.execute("ROLLBACK")
        raise
    index.execute("COMMIT")


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary code of the error; -1 where Python raised it itself."""
    return getattr(error, "sqlite_errorcode", -1) & 0xFF


def _unusable(file: Path, error: sqlite3.Error) -> HarnessError:
    if _code(error) in _DAMAGED:
        what = f"{file} is damaged: {error}"
        hint = "Delete it. It is an index of the stored runs, and is made anew from them."
        return HarnessError(what, hint)
    return HarnessError(
        f"{file} can not be used: {error}", "Try again, or delete it: it is made anew.", Exit.ENVIRONMENT
    )
