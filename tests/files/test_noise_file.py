"""The file that holds the noise on record, and what may be learned into it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from harness.files.noise import LIFETIME, load_noise, save_noise
from harness.history.noise import Lesson, learn
from harness.model.errors import HarnessError
from harness.model.noise import Kind, NoiseEntry, NoiseRecord, Spot
from harness.model.suite import Case, Suite

TODAY = date(2026, 3, 1)
SUITE = Suite((Case("a/b", "t/b", "playbooks/a/b.yaml", ""),), "0", ids=frozenset({"a/b"}))
SPOT = Spot("start", "/t", Kind.VALUE)
ENTRY = NoiseEntry("a/b", "python@4.12.0", SPOT, 2, 3, TODAY, TODAY, TODAY + LIFETIME)
LINE: dict[str, Any] = {
    "case": "a/b",
    "pool": "python@4.12.0",
    "where": "start",
    "at": "/t",
    "kind": "value",
    "seen": 2,
    "runs": 3,
    "first": "2026-03-01",
    "last": "2026-03-01",
    "expires": "2026-03-31",
}


def load(folder: Path, *lines: dict[str, Any], **changes: Any) -> NoiseRecord:
    path = folder / "noise.json"
    content = {"schema": "noetl-harness/noise/1", "learned": ["run"], "noise": list(lines)} | changes
    path.write_text(json.dumps(content, indent=2))
    return load_noise(SUITE, path)


def test_no_file_is_no_noise(tmp_path: Path) -> None:
    assert load_noise(SUITE, tmp_path / "noise.json") == NoiseRecord()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    record = NoiseRecord(("run",), (ENTRY, replace(ENTRY, spot=replace(SPOT, at="/a~1b/0"))))
    save_noise(record, tmp_path / "noise.json")
    read = load_noise(SUITE, tmp_path / "noise.json")
    assert (read.learned, set(read.entries)) == (record.learned, set(record.entries))
    assert load(tmp_path, LINE) == NoiseRecord(("run",), (ENTRY,))


@pytest.mark.parametrize("at", ["", "/status", "/rows/0/status_code", "/error/message", "/state/x"])
def test_what_is_protected_can_not_be_on_record(tmp_path: Path, at: str) -> None:
    with pytest.raises(HarnessError, match=r"noise.json:\d+:\d+: this would mask what is protected"):
        load(tmp_path, LINE | {"at": at})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"case": "a/c"}, "no case 'a/c'"),
        ({"expires": "2026-04-01"}, "more than 30 days after it was last seen"),
        ({"seen": 4}, "more runs than there were"),
        ({"seen": 0}, r"noise\[0\].seen"),
        ({"kind": "none"}, r"noise\[0\].kind"),
        ({"because": "x"}, "no such field"),
    ],
)
def test_a_line_that_is_wrong_is_told_with_its_place(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(HarnessError, match=rf"noise.json:\d+:\d+: .*{words}"):
        load(tmp_path, LINE | changes)


def test_a_place_that_stands_twice_is_told(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"on record at .* already"):
        load(tmp_path, LINE, LINE | {"seen": 1})


def test_a_file_of_another_schema_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="schema"):
        load(tmp_path, LINE, schema="noetl-harness/noise/2")


# learning


def shown(run_id: str, *spots: Spot, day: date = TODAY, pool: str = "python@4.12.0", case: str = "a/b") -> Lesson:
    return Lesson(run_id, pool, day, {case: frozenset(spots)}, ())


def test_a_place_that_is_seen_is_put_on_record_for_30_days() -> None:
    record = learn(NoiseRecord(), shown("one", SPOT), TODAY)
    assert record.entries == (replace(ENTRY, seen=1, runs=1),)
    assert record.learned == ("one",)


def test_counts_go_on_and_the_expiry_follows_the_last_sight() -> None:
    later, last = TODAY + timedelta(days=10), TODAY + timedelta(days=20)
    record = learn(NoiseRecord(), shown("one", SPOT), TODAY)
    record = learn(record, shown("two", day=later), later)
    assert [(one.seen, one.runs, one.expires) for one in record.entries] == [(1, 2, TODAY + LIFETIME)]
    record = learn(record, shown("three", SPOT, day=last), last)
    assert [(one.seen, one.runs, one.last, one.expires) for one in record.entries] == [(2, 3, last, last + LIFETIME)]


def test_a_run_is_learned_from_once() -> None:
    once = learn(NoiseRecord(), shown("one", SPOT), TODAY)
    assert learn(once, shown("one", SPOT, Spot("start", "/u", Kind.VALUE)), TODAY) == once


@pytest.mark.parametrize("other", [shown("two", pool="python@4.11.0"), shown("two", case="c/d")])
def test_a_run_of_another_pool_or_case_counts_for_nothing(other: Lesson) -> None:
    once = learn(NoiseRecord(), shown("one", SPOT), TODAY)
    assert learn(once, other, TODAY).entries == once.entries


def test_what_has_expired_is_dropped() -> None:
    late = TODAY + LIFETIME + timedelta(days=1)
    assert learn(NoiseRecord((), (ENTRY,)), shown("one", day=late), late).entries == ()
    assert learn(NoiseRecord((), (ENTRY,)), shown("one", day=late), TODAY + LIFETIME).entries != ()
