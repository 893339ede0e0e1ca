"""Laws that hold for any playbook, whatever the order in which the workers answer."""

from __future__ import annotations

from typing import Any

from engine_drive import Drive, playbook, step
from hypothesis import given, settings
from hypothesis import strategies as st

ENDINGS = (["workflow.completed", "playbook.completed"], ["workflow.failed", "playbook.failed"])


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, Any]:
    """Steps in a row, each with arcs to later ones only; some are lists of tasks, some have no tool."""
    size = draw(st.integers(1, 6))
    steps = []
    for place in range(size):
        later = [f"s{index}" for index in range(place + 1, size)]
        targets = draw(st.lists(st.sampled_from(later), unique=True, max_size=3)) if later else []
        arcs = [{"step": target, **draw(st.sampled_from([{}, {"when": "{{ go }}"}]))} for target in targets]
        written = step(f"s{place}", *arcs, mode=draw(st.sampled_from(["exclusive", "inclusive"])))
        match draw(st.sampled_from(["single", "single", "list", "none"])):
            case "list":
                written["tool"] = [{"kind": "noop"}]
            case "none":
                del written["tool"]
            case _:
                pass
        steps.append(written)
    return playbook(*steps, workload={"go": draw(st.booleans())})


@settings(deadline=None)
@given(document=graphs(), data=st.data())
def test_every_execution_ends_once_with_nothing_open(document: dict[str, Any], data: st.DataObject) -> None:
    drive = Drive(document)
    failed = False
    while open_commands := drive.engine.open_commands:
        assert drive.ending == []
        command = data.draw(st.sampled_from(open_commands))
        if data.draw(st.booleans()):
            drive.answer(command, {"response": {"results": {}}})
        else:
            failed = True
            drive.answer(command, {"error": "boom"}, "call.error")
        nodes = [one.node for one in drive.engine.open_commands]
        assert len(nodes) == len(set(nodes))
    assert drive.ending == ENDINGS[failed]
    assert drive.last.status == ("FAILED" if failed else "COMPLETED")


@settings(deadline=None)
@given(
    items=st.lists(st.integers(), max_size=8),
    limit=st.integers(1, 4),
    mode=st.sampled_from(["sequential", "parallel"]),
    listed=st.booleans(),
    data=st.data(),
)
def test_loop_issues_each_index_once_within_its_limit(
    items: list[int], limit: int, mode: str, listed: bool, data: st.DataObject
) -> None:
    loop = {"in": "{{ items }}", "iterator": "it", "spec": {"mode": mode, "max_in_flight": limit}}
    tool: Any = [{"kind": "noop"}] if listed else {"kind": "noop"}
    drive = Drive(playbook(step("start", loop=loop, tool=tool), workload={"items": items}))
    while open_commands := drive.engine.open_commands:
        assert len(open_commands) <= (limit if mode == "parallel" else 1)
        drive.answer(data.draw(st.sampled_from(open_commands)), {"response": {"results": {"t": 1}}})
    indices = [command.meta["loop_iteration_index"] for command in drive.issued]
    assert indices == list(range(len(items)))
    assert [command.context["render_context"]["iter"]["it"] for command in drive.issued] == items
    assert drive.ending == ["loop.done", *ENDINGS[0]]
    done = next(event for event in drive.emitted if event.event_type == "loop.done")
    assert done.context is not None
    assert done.context["iterations"] == len(items)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner), max_leaves=5))
def test_any_answer_of_a_single_tool_is_survived(response: Any) -> None:
    drive = Drive(playbook(step("start", "end"), step("end", input={"s": "{{ start }}"})))
    drive.answer(drive.find("start"), {"response": response})
    assert drive.nodes == ["start", "end"]
