"""The third opinion: which side departs from the reference implementations, where recorded evidence decides that."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.judge.align import Place
from harness.judge.checkers.base import LegContext
from harness.judge.compare import ABSENT, differences, shown
from harness.judge.paths import parts
from harness.judge.project import CLOSED
from harness.judge.replay import issued, part, renders, returned_input, sequence_result
from harness.judge.unwrap import carried, dropped
from harness.model.envelope import Call, OutcomeClass
from harness.model.finding import Departs, Opinion
from harness.model.lane import Side
from harness.model.secrets import names_secret
from harness.model.suite import Case, Terminal
from harness.model.verdict import LegVerdict
from harness.reference.credentials import RELEASES, AliasError, Answer, Found, Missing, deserialize_check, resolve
from harness.reference.results import NEVER_IN_EVENTS
from harness.reference.routing import DEFAULT_RELEASE, route

UNDECIDED = Opinion(Departs.UNKNOWN, "no reference implementation decides this from what was recorded")

_NEWEST = RELEASES[-1]
_UNKNOWN_TOOL = re.compile(r"Tool not found: (\w+)|Tool kind '([^']*)' not implemented")
_UNSUPPORTED_TYPE = re.compile(r"Credential alias '[^']*' has unsupported type '([^']*)'")
_REFUSED: tuple[tuple[str, str], ...] = (
    ("not found in keychain", "an alias that the keychain lacks"),
    ("missing field `type`", "an `auth` that its struct does not take"),
    ("expected one of `bearer`", "an `auth` that its struct does not take"),
)
"""Complaints of the Rust worker that end a command, and what they are about (spec: noetl-rust 1.4, 2.6)."""


@dataclass(frozen=True, slots=True)
class _Half:
    """One side of a place at which the pools part. `where` are the parts of the pointer, if there is one."""

    leg: LegContext
    call: Call
    other: Call | None
    where: tuple[str, ...]

    @property
    def complaint(self) -> str:
        """The call's error text and the error lines that name it."""
        error = self.call.envelope.error
        lines = [line.text for line in self.leg.lines_of(self.call) if line.level == "ERROR"]
        return "\n".join([error.message if error else "", *lines])

    @property
    def is_open(self) -> bool:
        """Whether nobody ever said how the command ended."""
        return not CLOSED & set(self.call.letters)


_Rule = Callable[[_Half], str | None]
"""Why this side departs from a reference implementation; None where that can not be said of it."""


def opinion(place: Place, reference: LegContext, candidate: LegContext, pointer: str | None = None) -> Opinion:
    """Who departs at this place, by the first rule that has something to say of a side."""
    where = parts(pointer or "")
    sides = ((reference, place.reference, place.candidate), (candidate, place.candidate, place.reference))
    halves = [_Half(leg, call, other, where) for leg, call, other in sides if call is not None]
    for rule in (_routing, _credentials, _template_error, _sequence, _returned_input, _carried):
        said = {half.leg.side: why for half in halves if (why := rule(half)) is not None}
        if said:
            return Opinion(_who(said), "; ".join(dict.fromkeys(said.values())))
    return UNDECIDED


def by_case(case: Case, ends: Mapping[Side, LegVerdict]) -> Opinion:
    """Who does not end as the case itself says that it ends."""
    if case.expect in (None, Terminal.REFUSED):
        return UNDECIDED
    why = f"the case says that it ends {case.expect}"
    said = {side: why for side, end in ends.items() if end.value != case.expect.value}
    return Opinion(_who(said), why) if said else UNDECIDED


def _who(said: Mapping[Side, str]) -> Departs:
    match tuple(said):
        case (Side.REFERENCE,):
            return Departs.REFERENCE
        case (Side.CANDIDATE,):
            return Departs.CANDIDATE
        case _:
            return Departs.BOTH


def _routing(half: _Half) -> str | None:
    """The kind's segment says which workers have to have the tool: those of the Python pool, or all that share."""
    call, other = half.call, half.other
    found = _UNKNOWN_TOOL.search(half.complaint)
    if found is None or call.tool_kind not in found.groups() or other is None:
        return None
    if other.envelope.outcome is not OutcomeClass.OK:
        return None
    segment, here = (
        route(call.tool_kind, call.key.playbook, execution_id=call.execution_id, release=release).segment
        for release in (DEFAULT_RELEASE, half.leg.routing)
    )
    match segment:
        case "python":
            told = f", where routing {half.leg.routing} gave it to {here}" if here != segment else ""
            return f"NoETL {DEFAULT_RELEASE} routes {call.tool_kind} to the segment python{told}: its workers have it"
        case "shared":
            return f"NoETL {DEFAULT_RELEASE} routes {call.tool_kind} to shared: every pool that takes from it needs it"
        case _:
            return None


def _credentials(half: _Half) -> str | None:
    """By the rules of the newest contract for aliases, whatever release the worker is of."""
    config = {"kind": half.call.tool_kind, **part(issued(half.leg, half.call), "tool_config")}
    text = half.complaint
    if "expected struct AuthConfig" in text and isinstance(config.get("auth"), str):
        return f"Rust {_NEWEST} resolves an alias in `auth` before it reads the configuration"
    if found := _UNSUPPORTED_TYPE.search(text):
        record: dict[str, Any] = {"id": "", "name": "", "type": found[1], "data": {}}
        return f"Rust {_NEWEST} resolves type {found[1]}" if _refusal(config, Found(record)) is None else None
    about = next((about for complaint, about in _REFUSED if complaint in text), None)
    if about is None or not half.is_open:
        return None
    refusal = _refusal(config, Missing())
    if refusal is None or refusal.transient:
        return None
    return f"Rust {_NEWEST} fails a command with {about}, here it stayed open"


def _refusal(config: dict[str, Any], answer: Answer) -> AliasError | None:
    try:
        deserialize_check(resolve(config, lambda alias: answer, release=_NEWEST).config, release=_NEWEST)
    except AliasError as refusal:
        return refusal
    return None


def _template_error(half: _Half) -> str | None:
    error = half.call.envelope.error
    if error is None or error.kind != "template" or not renders(half.leg, half.call):
        return None
    return f"NoETL {DEFAULT_RELEASE} renders every template of this tool with the values that were recorded"


def _sequence(half: _Half) -> str | None:
    """The sequence is run again with the outcomes that are on record. Measured times are no part of its result."""
    if half.call.tool_kind != "task_sequence" or half.is_open:
        return None
    expected = sequence_result(half.leg, half.call)
    if expected is None:
        return None
    envelope = half.call.envelope
    if envelope.outcome is OutcomeClass.ERROR:
        return None if expected["status"] == "failed" else f"by NoETL's rules this sequence ends {expected['status']}"
    left, right = ({**carried(one), "metrics": None} for one in (expected, envelope.data))
    found = next((one for one in differences(left, right) if _meet(half.where, parts(one.pointer))), None)
    if found is None:
        return None
    return f"by NoETL's rules {found.pointer} of this sequence is {_shown(found.path, found.reference)}"


def _returned_input(half: _Half) -> str | None:
    """A Python step that only returns its inputs returns what their templates render to."""
    data = half.call.envelope.data
    if half.call.tool_kind != "python" or not half.where or not isinstance(data, Mapping):
        return None
    key = half.where[0]
    found = returned_input(half.leg, half.call, key)
    if found is None or not any(differences(found[1], data.get(key, ABSENT))):
        return None
    return f"NoETL renders {found[0]} to {_shown((key,), found[1])}"


def _carried(half: _Half) -> str | None:
    """An event of the Python pool has what its extraction leaves, and no more (spec: noetl-python 7.1)."""
    data = half.call.envelope.data
    if not half.call.envelope.lossy or not half.where or not isinstance(data, Mapping) or "context" in data:
        return None
    if half.call.tool_kind == "postgres" and half.where[0] in ("rows", "columns"):
        return None
    lost = next((path for path in dropped(data) if _meet(path, half.where)), None)
    if lost is None:
        return None
    kind = "this key" if NEVER_IN_EVENTS & set(lost) else "a list or a deeper value"
    return f"a Python event never carries {kind}: {'/'.join(lost)}"


def _meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether one of two places lies in the other."""
    return all(left == right for left, right in zip(one, other, strict=False))


def _shown(path: tuple[str | int, ...], value: Any) -> str:
    return "what is not shown, a secret by its name" if any(names_secret(str(key)) for key in path) else shown(value)
