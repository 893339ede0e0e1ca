"""The credential record as the Rust worker decodes it from the server's answer (spec: noetl-rust 1.3, item 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from harness.reference.credentials.serde import Field, Presence, Struct, json_map, option, string, strings

_CREDENTIAL: Final = Struct(
    "Credential",
    (
        Field("id", string),
        Field("name", string),
        Field("type", string),
        Field("data", json_map, Presence.DEFAULT),
        Field("tags", strings, Presence.DEFAULT),
        Field("description", option(string), Presence.DEFAULT),
    ),
    sorted_keys=False,
)


@dataclass(frozen=True, slots=True)
class Record:
    """What resolution needs of a credential: its type in lower case and its data, which is never shown."""

    kind: str
    data: Mapping[str, Any] = field(repr=False)


def decode(body: Any) -> Record:
    """Decode the body of a 2xx answer.

    `id`, `name` and `type` must be strings. `data` and `tags` may be absent, but null does not fit: the default covers
    a missing key only. Keys that are not known are ignored. Raises `DecodeError`.
    """
    _CREDENTIAL(body)
    if isinstance(body, list):
        names = (one.name for one in _CREDENTIAL.fields)
        body = dict(zip(names, body, strict=False))
    return Record(body["type"].lower(), body.get("data", {}))
