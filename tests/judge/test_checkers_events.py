"""The checkers that read a leg's events as they are: duplicates, chain, secrets. Each fires, and each keeps quiet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from builders import RUST, Lane, Step, candidate, fingerprints, pair, reference

from harness.model.evidence import Evidence, Stored
from harness.model.finding import Checker, Finding, Weight
from harness.model.lane import Side
from harness.model.secrets import LEAKED
from harness.model.verdict import Pair, PairVerdict

GOOD = Step("start", {"v": 1})
MARK = f"{LEAKED}1a2b3c4d***"


def of(one: Pair, checker: str) -> list[Finding]:
    """What this checker says of the candidate."""
    return [found for found in one.candidate.findings if found.checker == checker]


# duplicates


@pytest.mark.parametrize("twice", [{"command.started", "call.done"}, {"command.claimed"}])
def test_a_command_that_ran_twice(twice: set[str]) -> None:
    one = pair(reference(GOOD), candidate(replace(GOOD, twice=frozenset(twice))))
    (found,) = of(one, Checker.DUPLICATES)
    assert (found.fingerprint, found.step, found.weight) == ("command executed twice", "start", Weight.DIVERGES)
    assert one.verdict is PairVerdict.DIVERGED


def _claimed_again(**meta: object) -> Lane:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    command = lane.run(replace(GOOD, stop="command.started"))
    second = "1c0d4a5e-6d0f-4c39-9a55-9d1f2f1a7c11"
    for name in ("command.claimed", "command.started", "call.done", "command.completed"):
        result = {"status": "COMPLETED", "context": {"status": "success", "data": {"v": 1}}}
        lane.event(name, "start", command_id=command, worker_id=second, meta=meta, result=result)
    lane.end("completed")
    return lane


def test_a_claim_by_two_workers() -> None:
    one = pair(reference(GOOD), _claimed_again().evidence())
    assert fingerprints(one) == ["command claimed by two workers"]


def test_a_command_taken_over_from_a_dead_worker_is_named_so() -> None:
    one = pair(reference(GOOD), _claimed_again(reclaimed=True, reclaimed_reason="worker_inactive").evidence())
    assert fingerprints(one) == ["command taken over from a lost worker: worker_inactive"]


def _issued(*steps: Step) -> list[str]:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    for step in steps:
        lane.run(step)
    lane.end("completed")
    return [found.fingerprint for found in of(pair(reference(GOOD), lane.evidence()), Checker.DUPLICATES)]


FIRST = Step("fetch", {"v": 1}, loop="loop_1_1", iteration=0)
FOLLOWS = Step("end", {"v": 1}, cause=7)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ((FIRST, FIRST), ["loop iteration issued twice"]),
        ((FOLLOWS, FOLLOWS), ["step issued twice"]),
        ((FIRST, replace(FIRST, iteration=1)), []),
        ((FIRST, replace(FIRST, loop="loop_1_2")), []),
        ((FOLLOWS, replace(FOLLOWS, cause=8)), []),
        ((FOLLOWS, replace(FOLLOWS, tool_config={"code": "result = 2"})), []),
        ((GOOD, GOOD), []),
    ],
    ids=["iteration", "step", "next iteration", "loop again", "visited again", "other input", "cause not known"],
)
def test_what_is_issued_twice(steps: Sequence[Step], said: list[str]) -> None:
    assert _issued(*steps) == said


# chain


def _chained(**moves: int | None) -> Evidence:
    """Each event after the one before it, except that `e3=1` puts event 3 behind event 1 (they count from 0), and None
    or a number that no event has behind nothing that is there."""
    whole = candidate(GOOD)
    ids = [event.event_id for event in whole.events]
    previous: list[int | None] = [None, *ids[:-1]]
    for name, target in moves.items():
        known = target is not None and target < len(ids)
        previous[int(name[1:])] = ids[target] if known and target is not None else target
    rows = zip(whole.events, previous, strict=True)
    return replace(whole, events=tuple(replace(event, prev_event_id=before) for event, before in rows))


@pytest.mark.parametrize(
    ("moves", "faults"),
    [
        ({}, []),
        ({"e2": None}, ["more than one beginning"]),
        ({"e0": 99, "e1": 0}, ["no beginning", "an event after one that is not there"]),
        ({"e3": 99}, ["an event after one that is not there"]),
        ({"e4": 2}, ["two events after the same one"]),
        ({"e0": 6}, ["no beginning", "events in a circle"]),
    ],
)
def test_the_chain_of_events(moves: dict[str, int | None], faults: list[str]) -> None:
    one = pair(reference(GOOD), _chained(**moves))
    assert [found.fingerprint for found in of(one, Checker.CHAIN)] == [f"chain of events: {fault}" for fault in faults]
    assert (one.verdict is PairVerdict.SAME_PASS) is (not faults)


def test_a_store_without_a_chain_is_no_finding() -> None:
    assert of(pair(reference(GOOD), candidate(GOOD)), Checker.CHAIN) == []


# secrets


@pytest.mark.parametrize(
    ("step", "where", "pointer"),
    [
        (Step("start", {"deep": {"a/b": [f"Bearer {MARK}"]}}), "call.done", "/result/context/data/deep/a~1b/0"),
        (Step("start", {MARK: 1}), "call.done", f"/result/context/data/{MARK}"),
        (Step("start", {"v": 1}, tool_config={"dsn": MARK}), "command.issued", "/context/tool_config/dsn"),
        (Step("start", error=f"no {MARK}"), "call.error", "/result/context/error"),
    ],
)
def test_a_secret_in_an_event(step: Step, where: str, pointer: str) -> None:
    found = of(pair(reference(GOOD), candidate(step)), Checker.SECRETS)
    first = next(one for one in found if one.fingerprint == f"secret in {where}")
    assert (first.pointer, first.step, first.weight) == (pointer, "start", Weight.DIVERGES)


def test_a_secret_in_a_log_record_and_in_a_stored_result() -> None:
    lane = Lane(Side.CANDIDATE, RUST)
    lane.begin()
    lane.run(GOOD)
    lane.end("completed")
    stored = (Stored("noetl://1/result", {"rows": [MARK]}),)
    evidence = lane.evidence(log=(lane.log("start", f"sent {MARK}", "INFO"),), stored=stored)
    one = pair(reference(GOOD), evidence)
    assert fingerprints(one) == ["secret in a stored result", "secret in a log record"]
    assert [found.pointer for found in of(one, Checker.SECRETS)] == ["/rows/0", None]
    assert one.verdict is PairVerdict.DIVERGED


@pytest.mark.parametrize("value", ["***1a2b3c4d***", "[REDACTED]", "***"])
def test_a_secret_that_the_playbook_made_itself_or_that_is_hidden_leaks_nothing(value: str) -> None:
    assert of(pair(reference(GOOD), candidate(Step("start", {"token": value}))), Checker.SECRETS) == []
