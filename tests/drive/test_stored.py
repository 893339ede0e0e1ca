"""Results that lie outside the events: each is asked for once, and one that can not be had loses nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from harness.drive.stored import read_stored
from harness.model.errors import Exit, HarnessError
from harness.model.event import EventRow
from harness.model.evidence import Stored
from harness.noetl.client import Refused


class Shelf:
    """A result store that has what it was given, and notes what it was asked for."""

    def __init__(self, **documents: Any) -> None:
        self._documents = documents
        self.asked: list[str] = []

    async def resolve(self, ref: str) -> object:
        self.asked.append(ref)
        if ref == "down":
            raise HarnessError("The NoETL server does not answer.", "Look.", Exit.ENVIRONMENT)
        if ref not in self._documents:
            raise Refused(404, "gone")
        return self._documents[ref]


def event(name: str, reference: Any) -> EventRow:
    result = {"status": "COMPLETED", "reference": reference}
    return EventRow(1, 7, name, "start", "", datetime(2026, 11, 23, tzinfo=UTC), result=result)


async def test_each_reference_is_read_once_by_either_name() -> None:
    shelf = Shelf(a=[1], b=None)
    ends = event("call.done", {"ref": "a"}), event("command.completed", {"ref": "a"}), event("call.done", {"ref": "a"})
    found = await read_stored(shelf, (*ends, event("call.error", {"locator": "b"})))
    assert found == (Stored("a", [1]), Stored("b", None))
    assert shelf.asked == ["a", "b"]


async def test_what_can_not_be_had_is_told() -> None:
    shelf = Shelf(c=3)
    found = await read_stored(shelf, [event("call.done", {"ref": ref}) for ref in ("gone", "down", "c")])
    assert [one.problem for one in found] == ["HTTP 404: gone", "The NoETL server does not answer.", None]


async def test_events_without_a_reference_ask_for_nothing() -> None:
    shelf = Shelf()
    odd = [event("call.done", reference) for reference in (None, {}, {"kind": "arrow_ipc"}, {"ref": 7}, "a")]
    assert (await read_stored(shelf, odd), shelf.asked) == ((), [])
