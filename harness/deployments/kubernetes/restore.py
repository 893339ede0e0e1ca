"""What has to be put back, kept in a file before it is changed: a harness that was killed can not clean up, the next
one can."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harness.deployments.kubernetes.api import Api, Refused
from harness.deployments.kubernetes.lease import alive, holder
from harness.model.errors import Exit, HarnessError
from harness.recording.write import write_whole


@dataclass(frozen=True, slots=True)
class Change:
    """`what` for people; merging `back` into the object at `path` undoes it (RFC 7386)."""

    what: str
    path: str
    back: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a harness has changed in a cluster, oldest first. `cluster` is the cluster's own id."""

    cluster: str
    context: str
    kubeconfig: str | None
    namespace: str
    holder: str
    changes: tuple[Change, ...] = ()


_CHANGES: TypeAdapter[Changes] = TypeAdapter(Changes)


def folder() -> Path:
    """Where restore files are: they must outlive a restart of the machine, so no temporary folder."""
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser() / "noetl-harness" / "restore"


class Journal:
    """The restore file of this process and one cluster."""

    def __init__(self, cluster: str, context: str, kubeconfig: str | None, namespace: str) -> None:
        self._kept = Changes(cluster, context, kubeconfig, namespace, holder())
        self._path = _path_of(self._kept)

    def note(self, *changes: Change) -> None:
        """Keep them before they are made."""
        self._write(replace(self._kept, changes=(*self._kept.changes, *changes)))

    async def undo(self, api: Api) -> None:
        """Put back everything, the newest change first. What could not be put back stays in the file."""
        while self._kept.changes:
            await put_back(api, self._kept.changes[-1])
            self._write(replace(self._kept, changes=self._kept.changes[:-1]))

    def _write(self, kept: Changes) -> None:
        self._kept = kept
        if kept.changes:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(self._path, _CHANGES.dump_json(kept, indent=2) + b"\n")
        else:
            self._path.unlink(missing_ok=True)


def left_behind() -> Iterator[Changes]:
    """Restore files of processes that are not known to live. Those of another machine can not be seen from here: hold
    the Lease before you apply one. Raises `HarnessError` (environment) for a file that is damaged."""
    for path in sorted(folder().glob("*.json")):
        try:
            kept = _CHANGES.validate_json(path.read_bytes())
        except ValidationError as error:
            raise HarnessError(
                f"{path} is damaged: {error.error_count()} errors.",
                "It says what was changed in a cluster. Put that back by hand, and remove the file.",
                Exit.ENVIRONMENT,
            ) from None
        if not alive(kept.holder):
            yield kept


async def apply(api: Api, kept: Changes) -> None:
    """Put back what a dead harness changed, and remove its file."""
    for change in reversed(kept.changes):
        await put_back(api, change)
    _path_of(kept).unlink(missing_ok=True)


async def put_back(api: Api, change: Change) -> None:
    """Undo one change. An object that is gone has nothing to put back."""
    try:
        await api.merge(change.path, change.back)
    except Refused as refused:
        if refused.code != 404:
            raise


def _path_of(kept: Changes) -> Path:
    return folder() / f"{kept.cluster}.{kept.namespace}.json"
