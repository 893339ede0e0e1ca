"""What the doctor makes of what it saw, where nothing has to run for it."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from harness.doctor import clocks, context, pods, routing
from harness.doctor.clocks import Skew
from harness.doctor.examine import admit, worst
from harness.files.pools import load_pool
from harness.model.doctor import Answer, Finding, PodState, Site, State
from harness.model.errors import Exit, HarnessError
from harness.model.lane import Lane, Side
from harness.report import doctor

PYTHON = load_pool("python")
LANE = Lane(Side.REFERENCE, PYTHON, PYTHON, "http://nowhere", "", "", "", "", "", "", ())
READY = PodState("server", "noetl-server-1", ready=True)


@pytest.mark.parametrize(
    ("skews", "state"),
    [
        ([Skew("the database", 0.1, 0.0)], State.OK),
        ([Skew("the database", 0.0, 0.0), Skew("the server", 2.5, 1.0)], State.OK),
        ([Skew("the database", 0.0, 0.0), Skew("the server", 3.5, 1.0)], State.WARN),
        ([Skew("the database", -2.1, 0.0)], State.WARN),
        ([Skew("the database", -31.0, 0.5)], State.FAIL),
    ],
)
def test_clocks_count_only_as_far_as_they_are_known_to_differ(skews: list[Skew], state: State) -> None:
    assert clocks.answer(skews).state is state


def test_the_clock_that_is_furthest_away_is_named() -> None:
    told = clocks.answer([Skew("the database", 5.0, 0.0), Skew("the server", -40.0, 1.0)])
    assert told.what == "the clock of the server is 40.0 s behind"


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (None, State.ABSENT),
        ("true", State.OK),
        ("Yes", State.OK),
        ("1", State.OK),
        ("", State.FAIL),
        ("false", State.FAIL),
        ("on", State.FAIL),
    ],
)
async def test_the_routing_flag_is_read_as_noetl_reads_it(value: str | None, state: State) -> None:
    assert (await routing.check(Site(routing=value), LANE)).state is state


@pytest.mark.parametrize(
    ("found", "state", "text"),
    [
        ({"server": (READY,)}, State.OK, "1 pods are ready and stay"),
        ({"server": (READY,), "nats": ()}, State.FAIL, "no pod is ready of nats"),
        ({"server": (replace(READY, ready=False),)}, State.FAIL, "no pod is ready of server"),
        ({"server": (READY, replace(READY, name="other", ready=False))}, State.WARN, "other is not ready"),
    ],
)
async def test_pods_are_ready_and_stay(found: dict[str, tuple[PodState, ...]], state: State, text: str) -> None:
    told = await pods.check(Site(pods=found), LANE)
    assert (told.state, text in told.what) == (state, True)


@pytest.mark.parametrize(("ago", "state"), [(timedelta(minutes=1), State.WARN), (timedelta(hours=1), State.OK)])
async def test_a_restart_counts_until_the_kubelet_has_forgotten_it(ago: timedelta, state: State) -> None:
    pod = replace(READY, replaced=datetime.now(UTC) - ago, why="OOMKilled, exit code 137")
    assert (await pods.check(Site(pods={"server": (pod,)}), LANE)).state is state


async def test_what_a_deployment_does_not_have_is_not_well_but_absent() -> None:
    told = [await check(Site(), LANE) for check in (context.check, pods.check, routing.check)]
    assert {one.state for one in told} == {State.ABSENT}
    assert (await context.check(Site(context="kind-noetl: cluster 1"), LANE)).state is State.OK


def findings(*states: State) -> list[Finding]:
    return [Finding(f"check {at}", "reference", Answer(state, f"saw {at}", "Do.")) for at, state in enumerate(states)]


def test_a_run_is_refused_with_every_failure_and_with_nothing_else() -> None:
    admit(findings(State.OK, State.WARN, State.ABSENT))
    with pytest.raises(HarnessError) as told:
        admit(findings(State.FAIL, State.WARN, State.FAIL))
    assert str(told.value) == "check 0 of the reference: saw 0\n  Do.\ncheck 2 of the reference: saw 2\n  Do."
    assert told.value.exit is Exit.ENVIRONMENT


def test_only_a_failure_ends_the_verb_with_4() -> None:
    assert worst(findings(State.OK, State.WARN, State.ABSENT)) is Exit.OK
    assert worst(findings(State.OK, State.FAIL)) is Exit.ENVIRONMENT


def test_the_report_does_not_show_as_well_what_was_not_looked_at() -> None:
    out = io.StringIO()
    doctor.write("pretty", findings(State.OK, State.ABSENT, State.FAIL), out)
    assert out.getvalue().splitlines() == [
        "ok   check 0 (reference)  saw 0",
        "                          Do.",
        "fail check 2 (reference)  saw 2",
        "                          Do.",
        "not looked at: check 1 (saw 1)",
        "1 ok, 0 to note, 1 failed",
    ]


def test_the_report_as_json() -> None:
    out = io.StringIO()
    doctor.write("json", findings(State.ABSENT), out)
    assert json.loads(out.getvalue()) == {
        "schema": "noetl-harness/doctor/1",
        "findings": [
            {"check": "check 0", "where": "reference", "answer": {"state": "absent", "what": "saw 0", "todo": "Do."}}
        ],
    }
