"""What legs leave outside the event log: when it differs, and when it must not be said to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from builders import PYTHON, RUST, Lane, Step, candidate, fingerprints, pair, reference, stranded

from harness.files.rules import load_rules
from harness.judge.matching import match
from harness.judge.parallel import one_at_a_time
from harness.model.envelope import Call, CallKey, Envelope, Outcome, OutcomeClass
from harness.model.evidence import Effect, EffectKind, Evidence
from harness.model.finding import Checker, Finding, Weight
from harness.model.lane import Side
from harness.model.suite import Terminal
from harness.model.verdict import Pair, PairVerdict

GOOD = Step("start", {"v": 1})
QUERY = "SELECT id, name FROM t_people_{{execution_id}} ORDER BY id"
ANNA, BOB, CARL = ({"id": number, "name": name} for number, name in enumerate(("Anna", "Bob", "Carl"), 1))

Rows = Sequence[Mapping[str, Any]]


def table(evidence: Evidence, rows: Rows, query: str = QUERY, **fields: Any) -> Evidence:
    effect = Effect(EffectKind.TABLE, evidence.execution_id or 0, query, tuple(rows), **fields)
    return replace(evidence, effects=(*evidence.effects, effect))


def tables(left: Rows, right: Rows, query: str = QUERY) -> Pair:
    return pair(table(reference(GOOD), left, query), table(candidate(GOOD), right, query), tables=(query,))


def call(path: str, body: Any = None, method: str = "POST") -> dict[str, Any]:
    return {"method": method, "path": path, "query": {}, "content_type": None, "body": body, "auth": None}


def called(evidence: Evidence, calls: Rows, execution_id: int | None = None, **fields: Any) -> Evidence:
    effect = Effect(EffectKind.CALLS, execution_id or evidence.execution_id or 0, rows=tuple(calls), **fields)
    return replace(evidence, effects=(*evidence.effects, effect))


def calls(left: Rows, right: Rows) -> Pair:
    return pair(called(reference(GOOD), left), called(candidate(GOOD), right), needs=("test-server",))


def said(one: Pair) -> list[Finding]:
    return [finding for finding in one.findings if finding.checker is Checker.EFFECTS]


# rows


def test_the_same_rows() -> None:
    assert tables([ANNA, BOB], [ANNA, BOB]).verdict is PairVerdict.SAME_PASS
    assert tables([], []).verdict is PairVerdict.SAME_PASS


def test_another_value_is_found_at_its_place() -> None:
    one = tables([ANNA, BOB, CARL], [ANNA, BOB, {**CARL, "name": "Karl"}])
    assert (one.verdict, fingerprints(one)) == (PairVerdict.DIVERGED, ["table data at /*/name has another value"])
    assert said(one)[0].pointer == "/2/name"
    assert said(one)[0].evidence == (f"query 1: {QUERY}", '/2/name: reference "Carl", candidate "Karl"')


@pytest.mark.parametrize(
    ("row", "fingerprint"),
    [
        ({"id": 1, "name": None}, "table data at /*/name is null, not string"),
        ({"id": 1}, "table data lacks /*/name"),
        ({"id": 1, "name": "Anna", "age": 3}, "table data has /*/age"),
        ({"id": 1.0, "name": "Anna"}, "table data at /*/id is number, not integer"),
    ],
)
def test_types_and_columns_count(row: Mapping[str, Any], fingerprint: str) -> None:
    assert fingerprints(tables([ANNA], [row])) == [fingerprint]


def test_a_row_on_one_side_only_is_named_by_its_table() -> None:
    one = tables([ANNA, BOB, CARL], [ANNA, CARL])
    assert fingerprints(one) == ["row missing: t_people"]
    assert said(one)[0].evidence[1].startswith("/1 on the reference only")
    assert fingerprints(tables([ANNA], [ANNA, ANNA])) == ["row added: t_people"]


def test_rows_are_matched_by_their_first_column() -> None:
    one = tables([ANNA, BOB], [{**BOB, "name": "Bert"}])
    assert fingerprints(one) == ["table data at /*/name has another value", "row missing: t_people"]
    assert said(one)[0].pointer == "/1/name"


def test_the_order_counts_where_the_query_asks_for_one() -> None:
    assert fingerprints(tables([ANNA, BOB], [BOB, ANNA])) == ["rows of t_people in another order"]
    plain = QUERY.removesuffix(" ORDER BY id")
    assert tables([ANNA, BOB], [BOB, ANNA], plain).verdict is PairVerdict.SAME_PASS


def test_ids_and_addresses_of_a_lane_are_no_difference() -> None:
    legs = []
    for evidence, url in ((reference(GOOD), "http://127.0.0.1:1"), (candidate(GOOD), "http://127.0.0.1:2")):
        rows = [{"id": evidence.execution_id, "url": f"{url}/x/{evidence.execution_id}"}]
        legs.append(table(replace(evidence, addresses=((url, "<test_server_url>"),)), rows))
    assert pair(*legs, tables=(QUERY,)).verdict is PairVerdict.SAME_PASS


def test_the_normalising_rules_of_all_tools_hold_for_rows() -> None:
    legs = [table(make(GOOD), [{"id": 1, "elapsed": n}]) for make, n in ((reference, 0.1), (candidate, 0.2))]
    assert pair(*legs, tables=(QUERY,)).verdict is PairVerdict.DIVERGED
    assert pair(*legs, tables=(QUERY,), rules=load_rules()).verdict is PairVerdict.SAME_PASS


def test_many_differences_are_cut_to_what_people_read() -> None:
    rows = [{"id": number, "name": "x"} for number in range(300)]
    one = tables(rows, [{**row, "name": "y"} for row in rows])
    (finding,) = said(one)
    assert (len(finding.evidence), finding.evidence[-1]) == (22, "and 280 more")


# what was not read


def test_what_was_not_read_is_never_equal() -> None:
    left, right = reference(GOOD), candidate(GOOD)
    for broken in (right, table(right, [], problem="canceled")):
        one = pair(table(left, []), broken, tables=(QUERY,))
        assert (one.verdict, fingerprints(one, "unknown")) == (PairVerdict.INDETERMINATE, ["table rows not read"])
    both = [table(leg, [], problem="relation does not exist", absent=True) for leg in (left, right)]
    assert pair(*both, tables=(QUERY,)).verdict is PairVerdict.INDETERMINATE


def test_what_was_read_of_a_long_table_is_compared() -> None:
    left = table(reference(GOOD), [ANNA], problem="more than 10000 rows")
    for row, verdict in ((ANNA, PairVerdict.INDETERMINATE), (BOB, PairVerdict.DIVERGED)):
        right = table(candidate(GOOD), [row], problem="more than 10000 rows")
        assert pair(left, right, tables=(QUERY,)).verdict is verdict


def test_a_table_on_one_side_only_is_a_difference() -> None:
    gone = table(candidate(GOOD), [], problem="relation does not exist", absent=True)
    one = pair(table(reference(GOOD), [ANNA]), gone, tables=(QUERY,))
    assert (one.verdict, fingerprints(one)) == (PairVerdict.DIVERGED, ["table on the reference only: t_people"])


# calls


def test_the_same_calls() -> None:
    both = [call("/orders/1", {"json": {"n": 1}}), call("/orders/1", method="GET")]
    assert calls(both, both).verdict is PairVerdict.SAME_PASS
    assert calls([], []).verdict is PairVerdict.SAME_PASS


def test_another_body_of_a_call_is_found_at_its_place() -> None:
    left, right = ([call("/orders/1"), call("/orders/2", {"json": {"n": n}})] for n in (1, "1"))
    one = calls(left, right)
    assert fingerprints(one) == ["calls data at /*/body/json/n is string, not integer"]
    assert said(one)[0].pointer == "/1/body/json/n"


def test_calls_on_one_side_only_are_named_without_numbers() -> None:
    assert fingerprints(calls([call("/orders/17")], [])) == ["call missing: POST /orders/<n>"]
    assert fingerprints(calls([call("/a")], [call("/a"), call("/a")])) == ["call added: POST /a"]
    other = calls([call("/a")], [call("/b")])
    assert fingerprints(other) == ["call missing: POST /a", "call added: POST /b"]


def test_the_order_of_calls_counts_where_one_followed_the_other() -> None:
    both = [call("/a"), call("/b")]
    assert fingerprints(calls(both, both[::-1])) == ["calls in another order"]


def _fan_out(side: Side) -> Evidence:
    """A leg whose second command is issued before the first has ended."""
    made = (reference if side is Side.REFERENCE else candidate)(Step("left", {"v": 1}), Step("right", {"v": 1}))
    issued = next(event for event in made.events if event.node_name == "right")
    rest = [event for event in made.events if event is not issued]
    early = replace(issued, event_id=rest[1].event_id, created_at=rest[1].created_at)
    later = [replace(event, event_id=event.event_id + 1) for event in rest[1:]]
    return replace(made, events=(rest[0], early, *later))


def test_the_order_of_calls_says_nothing_where_work_ran_side_by_side() -> None:
    both = [call("/a"), call("/b")]
    legs = [called(_fan_out(side), calls) for side, calls in zip(Side, (both, both[::-1]), strict=True)]
    assert fingerprints(pair(*legs, needs=("test-server",))) == []
    legs = [called(_fan_out(side), calls) for side, calls in zip(Side, (both, both[:1]), strict=True)]
    assert fingerprints(pair(*legs, needs=("test-server",))) == ["call missing: POST /b"]


def _with_child(lane: Lane, sent: Rows) -> Evidence:
    lane.begin()
    lane.begin("child", "suite/child")
    lane.run(Step("inner", {"v": 1}, execution="child"))
    lane.end("completed", "child", "suite/child")
    lane.run(GOOD)
    lane.end("completed")
    return called(called(lane.evidence(), []), sent, lane.executions["child"])


def test_calls_of_a_child_count_under_its_own_id() -> None:
    left = _with_child(Lane(Side.REFERENCE, PYTHON), [call("/a")])
    right = _with_child(Lane(Side.CANDIDATE, RUST), [call("/b")])
    one = pair(left, right, needs=("test-server",))
    assert fingerprints(one) == ["call missing: POST /a", "call added: POST /b"]
    assert said(one)[0].evidence[0] == "calls of suite/child"


def test_calls_that_nobody_read_are_not_known() -> None:
    one = pair(called(reference(GOOD), []), candidate(GOOD), needs=("test-server",))
    assert (one.verdict, fingerprints(one, "unknown")) == (PairVerdict.INDETERMINATE, ["calls not read"])


# when nothing is said


def test_a_case_without_tables_and_test_server_has_no_effects() -> None:
    assert pair(reference(GOOD), candidate(GOOD)).verdict is PairVerdict.SAME_PASS


def test_a_leg_that_hangs_or_was_refused_left_nothing_to_compare() -> None:
    left = table(reference(GOOD, Step("select", {}, kind="postgres")), [ANNA])
    assert said(pair(left, stranded("select", "expected struct AuthConfig", GOOD), tables=(QUERY,))) == []
    refused = [replace(make(GOOD), refusal="no", execution_id=None, events=()) for make in (reference, candidate)]
    assert said(pair(*refused, tables=(QUERY,))) == []


def test_legs_that_fail_alike_are_compared() -> None:
    bad = Step("start", error="boom")
    legs = [table(make(bad, terminal="failed"), [row]) for make, row in ((reference, ANNA), (candidate, BOB))]
    one = pair(*legs, tables=(QUERY,), expect=Terminal.FAILED)
    assert fingerprints(one) == ["table data at /*/id has another value", "table data at /*/name has another value"]


def test_what_a_departure_left_behind_is_no_cause_of_its_own() -> None:
    one = pair(table(reference(GOOD), [ANNA]), table(candidate(Step("start", {"v": 2})), []), tables=(QUERY,))
    assert fingerprints(one) == ["python data at /v has another value"]
    assert [(finding.weight, finding.consequence) for finding in said(one)] == [(Weight.DIVERGES, True)]


# parts


def test_a_call_that_waits_for_a_child_is_not_beside_it() -> None:
    def made(command: int, execution: int, issued: int, ended: int, kind: str) -> Call:
        key = CallKey("", f"s{command}", -1, 1)
        nothing = Envelope(key, kind, OutcomeClass.OK)
        return Call(key, command, execution, kind, (), (), nothing, issued, ended)

    inner = made(2, 8, 2, 3, "python")
    assert one_at_a_time(Outcome((made(1, 7, 1, 4, "task_sequence"), inner), None, False))
    assert not one_at_a_time(Outcome((made(1, 7, 1, 4, "python"), inner), None, False))
    assert not one_at_a_time(Outcome((made(1, 8, 1, 4, "playbook"), inner), None, False))


def test_equal_items_are_matched_as_often_as_they_are_there() -> None:
    found = match("aabc", "abbd", (lambda one: one == "c",))
    assert [(one.value, other.value) for one, other in found.pairs] == [("a", "b")]
    assert ([one.value for one in found.missing], [one.value for one in found.added]) == (["c"], ["d"])
    assert found.moved == ()
