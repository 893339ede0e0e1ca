"""Small stand-ins for what surrounds a worker."""

from __future__ import annotations

import atexit
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.embedded.worker.command import Command
from harness.embedded.worker.forks import Forks
from harness.embedded.worker.log import PythonLog, RustLog
from harness.embedded.worker.python.call import PythonCall
from harness.embedded.worker.rust.call import RustCall
from harness.embedded.worker.rust.releases import tools_release
from harness.embedded.worker.server import Reply, Server, Unreachable
from harness.embedded.worker.services import Services
from harness.embedded.worker.settings import read_settings
from harness.files.pools import load_pool
from harness.reference.credentials import Secrets


@dataclass
class FakeControlPlane:
    """Answers from a table and remembers what it was sent. A path that is not in the table is answered with 200 `{}`.

    `answers` maps `METHOD path` to a status and a body, or to None where nobody is there.
    """

    url: str = "http://fake"
    answers: dict[str, tuple[int, Any] | None] = field(default_factory=dict)
    requests: list[tuple[str, str, Any]] = field(default_factory=list)

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        within: float = 30.0,
    ) -> Reply:
        self.requests.append((method, path, json.loads(json.dumps(body))))
        answer = self.answers.get(f"{method} {path}", (200, {}))
        if answer is None:
            raise Unreachable("nobody listens")
        return Reply(answer[0], json.dumps(answer[1]))

    def at(self, url: str) -> Server:
        return self

    def events(self) -> list[tuple[str, Any]]:
        """Name and payload of every event, out of single posts and batches, in order."""
        found: list[tuple[str, Any]] = []
        for _, path, body in self.requests:
            if path == "/api/events/batch":
                found += [(event["name"], event["payload"]) for event in body["events"]]
            elif path == "/api/events":
                found.append((body.get("event_type") or body["name"], body.get("context") or body.get("payload")))
        return found

    def credential(self, name: str, kind: str, data: Mapping[str, Any]) -> None:
        """Store one as the control plane answers it."""
        record = {"id": "1", "name": name, "type": kind, "tags": [], "data": dict(data)}
        self.answers[f"GET /api/credentials/{name}"] = (200, record)


class NoSession:
    """In place of an HTTP session where no request may go out."""


FORKS = Forks()
"""One interpreter for all tests of a process: starting it is what takes time."""
atexit.register(FORKS.close)


def services(pool: str, server: FakeControlPlane | None = None, session: Any = None, **env: str) -> Services:
    """A worker's surroundings without a network."""
    spec = load_pool(pool)
    settings = read_settings(spec, {"WORKER_ID": "worker-00000001", **env})
    return Services(spec, settings, server or FakeControlPlane(), session or NoSession(), FORKS)


def command(kind: str, config: Any, **more: Any) -> Command:
    """A claimed command of execution 7."""
    context = {"tool_config": config, "input": more.pop("input", {}), "render_context": more.pop("variables", {})}
    meta = {"command_id": 11, **more}
    return Command(11, 7, "start", kind, "http://fake", context, meta)


def rust_call(
    kind: str,
    config: Mapping[str, Any],
    *,
    pool: str = "rust@5.10.0",
    secrets: Mapping[str, str] | None = None,
    **more: Any,
) -> RustCall:
    """One tool call on a Rust worker."""
    around = more.pop("services", None) or services(pool)
    return RustCall(
        kind=kind,
        config=config,
        auth=more.pop("auth", None),
        timeout=more.pop("timeout", None),
        variables=more.pop("variables", {}),
        command_id=11,
        secrets=Secrets(secrets or {}),
        execution_id=7,
        step="start",
        release=tools_release(around.pool.version),
        services=around,
    )


def python_call(kind: str, config: Mapping[str, Any], **more: Any) -> PythonCall:
    """One tool call on a Python worker."""

    async def nested(kind: str, config: Mapping[str, Any], context: Mapping[str, Any]) -> Any:
        return {"called": kind, "config": config}

    given = more.pop("given", {})
    return PythonCall(
        kind=kind,
        config={"name": "start", "args": {}, "input": {}, **config},
        given=given,
        context=more.pop("context", {"execution_id": "7"}),
        step="start",
        call_tool=more.pop("call_tool", nested),
        services=more.pop("services", None) or services("python"),
        log=PythonLog(io.StringIO()),
    )


def rust_log() -> tuple[RustLog, io.StringIO]:
    """A log and what is written to it."""
    out = io.StringIO()
    return RustLog(out), out
