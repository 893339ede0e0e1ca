"""The one body that kubectl sends as protobuf: whether somebody may do something (`kubectl auth can-i`).

The numbers are those of the fields in Kubernetes' own definitions (`runtime.Unknown`, `authorization/v1`). Every field
of interest is a message or a text, which are the same on the wire.
"""

from __future__ import annotations

from typing import Any

FORM = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"
_RAW, _SPEC, _RESOURCE = 2, 2, 1
_ATTRIBUTES = {1: "namespace", 2: "verb", 3: "group", 4: "version", 5: "resource", 6: "subresource", 7: "name"}
_LENGTH_DELIMITED = 2


def review(body: bytes) -> dict[str, Any]:
    """A SelfSubjectAccessReview about a resource. Raises ValueError for anything else."""
    if not body.startswith(_MAGIC):
        raise ValueError("no protobuf of Kubernetes")
    attributes = body[len(_MAGIC) :]
    for number in (_RAW, _SPEC, _RESOURCE):
        attributes = _fields(attributes)[number]
    asked = {_ATTRIBUTES[number]: value.decode() for number, value in _fields(attributes).items()}
    return {"kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": asked}}


def _fields(message: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    place = 0
    while place < len(message):
        tag, place = _number(message, place)
        if tag & 7 != _LENGTH_DELIMITED:
            raise ValueError("a field of another type")
        length, place = _number(message, place)
        found[tag >> 3] = message[place : place + length]
        place += length
    return found


def _number(message: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[place]
        value |= (byte & 127) << shift
        shift, place = shift + 7, place + 1
        if byte < 128:
            return value, place
