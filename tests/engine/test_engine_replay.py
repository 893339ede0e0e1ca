"""The engine against recorded executions of NoETL 4.12.0: fed with the same answers, it issues the same commands."""

from __future__ import annotations

from typing import Any

import pytest
from engine_drive import CATALOG_ID, EXECUTION_ID, Drive
from recorded_executions import RECORDED

from harness.embedded.control_plane.engine.types import EmittedEvent, IssuedCommand

EMPTY_OUTPUT = {"ref": None, "data": None, "error": None, "status": "ok"}
EPOCH_KEYS = ("loop_event_id", "__loop_epoch_id")
STRANDED_THERE = ("no_arc_matches",)


def replayed(name: str) -> Drive:
    recorded = RECORDED[name]
    document = recorded["playbook"]
    drive = Drive(document, path=document["metadata"]["path"])
    for event_name, node, index, payload in recorded["answers"]:
        drive.answer(drive.find(node, index), payload, event_name)
    return drive


def masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: "EPOCH" if key in EPOCH_KEYS else masked(item) for key, item in value.items()}
    return [masked(item) for item in value] if isinstance(value, list) else value


def described(command: IssuedCommand) -> dict[str, Any]:
    """`command` in the form of the recording; what that leaves out is checked here."""
    context = dict(command.context)
    sees = dict(context.pop("render_context"))
    assert sees.pop("workload") == sees["ctx"]
    assert sees.pop("execution_id") == str(EXECUTION_ID)
    assert sees.pop("catalog_id") == str(CATALOG_ID)
    assert sees.pop("job") == {key: str(EXECUTION_ID) for key in ("id", "uuid", "execution_id")}
    assert sees["event"] == sees["event"] | {"payload": {}, "timestamp": "2026-01-02T03:04:05"}
    sees["event"] = {key: sees["event"][key] for key in ("name", "step")}
    if sees["output"] == EMPTY_OUTPUT:
        del sees["output"]
    return masked(
        {
            "node": command.node,
            "kind": command.tool_kind,
            "next_mode": context.pop("spec")["next_mode"],
            "input": context.pop("input"),
            "tool_config": context.pop("tool_config"),
            "meta": command.meta,
            "sees": sees,
            **context,
        }
    )


def columns(event: EmittedEvent) -> tuple[Any, ...]:
    return (event.event_type, event.node_name, masked(event.context), event.result)


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_issues_the_recorded_commands(name: str) -> None:
    assert [described(command) for command in replayed(name).issued] == RECORDED[name]["commands"]


@pytest.mark.parametrize("name", sorted(set(RECORDED) - {*STRANDED_THERE, "loop_par"}))
def test_emits_the_recorded_events(name: str) -> None:
    assert [columns(event) for event in replayed(name).emitted] == RECORDED[name]["events"]


def test_counts_the_iterations_of_a_parallel_loop() -> None:
    """The release counted five of four here: a race with its own repair of the counter."""
    there = next(context for name, _, context, _ in RECORDED["loop_par"]["events"] if name == "loop.done")
    here = next(event.context for event in replayed("loop_par").emitted if event.event_type == "loop.done")
    assert there["iterations"] == 5
    assert masked(here) == {**there, "iterations": 4}


@pytest.mark.parametrize("name", STRANDED_THERE)
def test_ends_what_the_release_leaves_running(name: str) -> None:
    drive = replayed(name)
    assert [columns(event) for event in drive.emitted[:2]] == RECORDED[name]["events"]
    assert drive.ending == ["workflow.completed", "playbook.completed"]
    assert drive.last.status == "COMPLETED"
