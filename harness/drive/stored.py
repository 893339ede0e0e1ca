"""Results that an event only refers to, asked for where they are stored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from harness.model.errors import HarnessError
from harness.model.event import EventRow
from harness.model.evidence import Stored
from harness.noetl.client import Refused


class ResultStore(Protocol):
    """What hands out stored results: `harness.noetl.client.Client`."""

    async def resolve(self, ref: str) -> object:
        """The document. Raises `Refused` for what is not there, `HarnessError` where nobody answers."""
        ...


async def read_stored(store: ResultStore, events: Iterable[EventRow]) -> tuple[Stored, ...]:
    """The result behind every reference of a `call.done` or `call.error`, each once, in the order of the events.

    A result that can not be had is part of the answer, with the reason: it may have expired, and its leg is none the
    worse for that.
    """
    ends = (event for event in events if event.event_type in ("call.done", "call.error"))
    refs = dict.fromkeys(event.result_ref for event in ends)
    return tuple([await _read(store, ref) for ref in refs if ref is not None])


async def _read(store: ResultStore, ref: str) -> Stored:
    try:
        return Stored(ref, await store.resolve(ref))
    except Refused as refused:
        return Stored(ref, problem=str(refused))
    except HarnessError as error:
        return Stored(ref, problem=error.what)
