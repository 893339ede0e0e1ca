"""What only this lane and this run have, replaced by tokens that stand for it on every lane."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.model.evidence import Evidence

_ID = re.compile(r"\d{12,20}")
_SCRIPT_FILE = re.compile(r"/tmp/\.tmp\w{6}")
"""The file in which a Rust worker runs a script; its name is random and stands in tracebacks."""

_REFERENCE = re.compile(r"(noetl://execution/[^/\s]+/result/[^/\s]+/)[0-9a-f]{8}\b")
"""The address of a stored result, which ends at random (spec: noetl-python 7.4, 7.6)."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The texts and ids of one leg. `texts` are ordered so that the longest is replaced first."""

    texts: tuple[tuple[str, str], ...]
    ids: frozenset[int]

    @classmethod
    def of(cls, evidence: Evidence) -> Tokens:
        """The lane's addresses, its workers, and the ids of the leg's executions, commands and events."""
        workers = {event.worker_id for event in evidence.events if event.worker_id}
        texts = {*evidence.addresses, *((worker, "<worker>") for worker in workers)}
        ids = {command.command_id for command in evidence.commands}
        for event in evidence.events:
            ids |= {event.event_id, event.execution_id, event.command_id or 0}
        return cls(
            tuple(sorted(((text, token) for text, token in texts if text), key=lambda pair: (-len(pair[0]), pair))),
            frozenset(one for one in ids if one >= 10**11),
        )

    def text(self, value: str) -> str:
        """`value` with every known text and id replaced, names of script files and addresses of stored results too."""
        for text, token in self.texts:
            value = value.replace(text, token)
        value = _SCRIPT_FILE.sub("<script>", value)
        value = _REFERENCE.sub(r"\1<ref>", value)
        return _ID.sub(lambda found: "<id>" if int(found[0]) in self.ids else found[0], value)

    def replace(self, value: Any) -> Any:
        """The same in every string and integer of a JSON value; keys are left as they are."""
        match value:
            case str():
                return self.text(value)
            case bool():
                return value
            case int() if value in self.ids:
                return "<id>"
            case Mapping():
                return {key: self.replace(child) for key, child in value.items()}
            case list() | tuple():
                return [self.replace(child) for child in value]
            case _:
                return value
