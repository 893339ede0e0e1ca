"""The objects of the cluster: one counter of versions, and a log of changes for those who watch."""

from __future__ import annotations

import asyncio
import copy
import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from api_server.answers import conflict, exists, gone, not_found
from api_server.kinds import Kind

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to an object: ADDED, MODIFIED or DELETED."""

    version: int
    type: str
    kind: Kind
    object: Body


class Objects:
    """What the API stores. Objects go in and out as copies."""

    def __init__(self) -> None:
        self._versions = itertools.count(1)
        self._objects: dict[tuple[Kind, str | None, str], Body] = {}
        self._changes: list[Change] = []
        self._oldest = 0
        self.changed = asyncio.Event()
        self.version = 0

    def get(self, kind: Kind, namespace: str | None, name: str) -> Body:
        found = self._objects.get((kind, namespace, name))
        if found is None:
            raise not_found(kind.plural, name)
        return copy.deepcopy(found)

    def list(self, kind: Kind, namespace: str | None = None, selector: str = "", fields: str = "") -> list[Body]:
        """`namespace` None is all namespaces; `fields` may name `metadata.name`."""
        return [
            copy.deepcopy(body)
            for (its_kind, its_namespace, _), body in sorted(self._objects.items(), key=lambda entry: entry[0][2])
            if its_kind is kind
            and namespace in (None, its_namespace)
            and selected(body, selector)
            and _has_fields(body, fields)
        ]

    def create(self, kind: Kind, namespace: str | None, body: Body) -> Body:
        body = copy.deepcopy(body)
        name = body["metadata"]["name"]
        if (kind, namespace, name) in self._objects:
            raise exists(kind.plural, name)
        body |= {"kind": kind.name, "apiVersion": kind.api_version}
        body["metadata"] |= {"uid": str(uuid.uuid4()), "creationTimestamp": now(), "generation": 1}
        if namespace:
            body["metadata"]["namespace"] = namespace
        return self._keep("ADDED", kind, namespace, body)

    def replace(self, kind: Kind, namespace: str | None, body: Body) -> Body:
        """Refused when `body` says a version that is no longer the object's."""
        name = body["metadata"]["name"]
        old = self.get(kind, namespace, name)
        claimed = body["metadata"].get("resourceVersion")
        if claimed not in (None, old["metadata"]["resourceVersion"]):
            raise conflict(kind.plural, name)
        body = copy.deepcopy(body)
        body["metadata"] = old["metadata"] | body["metadata"]
        if body.get("spec") != old.get("spec"):
            body["metadata"]["generation"] += 1
        return self._keep("MODIFIED", kind, namespace, body)

    def delete(self, kind: Kind, namespace: str | None, name: str) -> Body:
        body = self.get(kind, namespace, name)
        del self._objects[kind, namespace, name]
        return self._note("DELETED", kind, body)

    def since(self, version: int) -> Iterator[Change]:
        """Changes behind `version`; refused when they are forgotten."""
        if version < self._oldest:
            raise gone()
        return (change for change in self._changes if change.version > version)

    def forget(self) -> None:
        """Whoever watches from an older version than now is told so."""
        self._changes.clear()
        self._oldest = self.version + 1
        self.version = next(self._versions)
        self._ring()

    def _keep(self, type: str, kind: Kind, namespace: str | None, body: Body) -> Body:
        self._objects[kind, namespace, body["metadata"]["name"]] = body
        return self._note(type, kind, body)

    def _note(self, type: str, kind: Kind, body: Body) -> Body:
        self.version = next(self._versions)
        body["metadata"]["resourceVersion"] = str(self.version)
        self._changes.append(Change(self.version, type, kind, copy.deepcopy(body)))
        self._ring()
        return copy.deepcopy(body)

    def _ring(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


def selected(body: Body, selector: str) -> bool:
    """Whether a label selector of the forms `a=b`, `a!=b`, `a`, `!a`, `a in (b,c)` takes an object."""
    labels = body["metadata"].get("labels") or {}
    return all(_takes(labels, part.strip()) for part in _requirements(selector))


def merged(old: Any, patch: Any) -> Any:
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    result = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def strategic(old: Any, patch: Any) -> Any:
    """As `merged`, but entries of lists that have names are merged by them, and directives for their order are left."""
    if isinstance(patch, list) and isinstance(old, list) and all("name" in one for one in (*old, *patch)):
        known = {one["name"]: one for one in old}
        known |= {one["name"]: strategic(known.get(one["name"], {}), one) for one in patch}
        return list(known.values())
    if not isinstance(patch, dict):
        return patch
    result = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif not key.startswith("$"):
            result[key] = strategic(result.get(key), value)
    return result


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _requirements(selector: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(selector + ","):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append(selector[start:place])
            start = place + 1
    return [part for part in parts if part.strip()]


def _takes(labels: dict[str, str], requirement: str) -> bool:
    if requirement.endswith(")"):
        head, _, rest = requirement.partition("(")
        key, word = head.split()
        values = {value.strip() for value in rest.rstrip(")").split(",")}
        return (labels.get(key) in values) == (word == "in")
    if "!=" in requirement:
        key, _, value = requirement.partition("!=")
        return labels.get(key) != value
    if "=" in requirement:
        key, _, value = requirement.replace("==", "=").partition("=")
        return labels.get(key) == value
    return (requirement.lstrip("!") in labels) != requirement.startswith("!")


def _has_fields(body: Body, fields: str) -> bool:
    wanted = dict(part.split("=", 1) for part in fields.split(",") if part)
    return all(key != "metadata.name" or body["metadata"]["name"] == value for key, value in wanted.items())
