"""A worker and client of NoETL in the fewest words, written from the specification alone.

It knows nothing of the harness: its own HTTP, its own NATS, its own SQL. What it can do, any worker can.
"""

from __future__ import annotations

import json
import uuid
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
import nats
import psycopg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from psycopg.rows import dict_row

STREAM = "NOETL_COMMANDS"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Announced:
    subject: str
    message: dict[str, Any]


class Wire:
    def __init__(self, url: str, nats_url: str, dsn: str) -> None:
        self.url = url
        self.worker_id = f"worker-{uuid.uuid4().hex[:8]}"
        self._nats_url = nats_url
        self.dsn = dsn
        self._stack = AsyncExitStack()
        self.http: aiohttp.ClientSession
        self.stream: JetStreamContext
        self._pulled: dict[str, JetStreamContext.PullSubscription] = {}

    async def __aenter__(self) -> Self:
        self.http = await self._stack.enter_async_context(aiohttp.ClientSession())
        await self.get("/health")
        connection = await nats.connect(self._nats_url)
        self._stack.push_async_callback(connection.close)
        self.stream = connection.jetstream()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        async with self.http.request(method, self.url + path, json=body, headers=headers) as response:
            text = await response.text()
            is_json = response.content_type == "application/json"
            return Answer(response.status, json.loads(text) if is_json else text, dict(response.headers))

    async def get(self, path: str) -> Answer:
        return await self.call("GET", path)

    async def post(self, path: str, body: Any) -> Answer:
        return await self.call("POST", path, body)

    async def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        async with (
            await psycopg.AsyncConnection.connect(self.dsn, autocommit=True, row_factory=dict_row) as connection,
            connection.cursor() as cursor,
        ):
            await cursor.execute(sql, values)
            return await cursor.fetchall() if cursor.description else []

    async def events(self, execution_id: str) -> list[dict[str, Any]]:
        return await self.rows("SELECT * FROM noetl.event WHERE execution_id = %s ORDER BY event_id", int(execution_id))

    async def commands(self, execution_id: str) -> list[dict[str, Any]]:
        return await self.rows(
            "SELECT * FROM noetl.command WHERE execution_id = %s ORDER BY command_id", int(execution_id)
        )

    async def register(self, content: str) -> dict[str, Any]:
        answer = await self.post("/api/catalog/register", {"content": content, "resource_type": "Playbook"})
        assert answer.status == 200, answer
        return dict(answer.body)

    async def start(self, path: str, payload: dict[str, Any] | None = None, **more: Any) -> str:
        answer = await self.post("/api/execute", {"path": path, "payload": payload or {}, **more})
        assert answer.status == 200, answer
        return str(answer.body["execution_id"])

    async def consume(self, segment: str) -> None:
        """A durable of NoETL's Python worker: explicit ack, new messages only."""
        name = f"noetl_worker_pool_{segment}"
        config = ConsumerConfig(
            durable_name=name,
            filter_subject=f"noetl.commands.{segment}.>",
            ack_policy=AckPolicy.EXPLICIT,
            deliver_policy=DeliverPolicy.NEW,
            ack_wait=300,
            max_deliver=1000,
            max_ack_pending=64,
        )
        await self.stream.add_consumer(STREAM, config)
        self._pulled[segment] = await self.stream.pull_subscribe_bind(name, STREAM)

    async def announced(self, segment: str) -> Announced:
        (message,) = await self._pulled[segment].fetch(1, 5.0)
        await message.ack()
        return Announced(message.subject, json.loads(message.data))

    async def claim(self, event_id: int, worker_id: str | None = None) -> Answer:
        body = {
            "worker_id": worker_id or self.worker_id,
            "locality": {"runtime": "cpu", "worker_pool": "worker-cpu-01"},
        }
        return await self.post(f"/api/commands/{event_id}/claim", body)

    async def take(self, segment: str = "shared") -> tuple[dict[str, Any], dict[str, Any]]:
        """The next announcement and the claimed command."""
        announced = await self.announced(segment)
        answer = await self.claim(announced.message["event_id"])
        assert answer.status == 200, answer
        return announced.message, dict(answer.body)

    async def batch(self, execution_id: int, events: list[dict[str, Any]], key: str | None = None) -> Answer:
        """The Python worker's way: several events, one idempotency key."""
        body = {"execution_id": str(execution_id), "events": events, "worker_id": self.worker_id}
        headers = {"Idempotency-Key": key or f"{self.worker_id}:{execution_id}:{uuid.uuid4().hex}"}
        return await self.call("POST", "/api/events/batch", body, headers)

    async def begin(self, message: dict[str, Any]) -> Answer:
        started = {"command_id": message["command_id"], "worker_id": self.worker_id}
        return await self.batch(
            message["execution_id"],
            [
                {"step": message["step"], "name": "command.started", "payload": started},
                {"step": message["step"], "name": "step.enter", "payload": {"status": "started"}},
            ],
        )

    async def succeed(self, message: dict[str, Any], response: dict[str, Any]) -> Answer:
        return await self.batch(message["execution_id"], outcome(message, self.worker_id, response))

    async def fail(self, message: dict[str, Any], error: str) -> Answer:
        result = {"status": "FAILED", "context": {"status": "error", "error": error}}
        payload = {
            "command_id": message["command_id"],
            "error": error,
            "response": {"status": "error", "error": error},
            "result": result,
        }
        step = message["step"]
        return await self.batch(
            message["execution_id"],
            [
                {"step": step, "name": "call.error", "payload": payload, "actionable": True},
                {"step": step, "name": "step.exit", "payload": payload},
                {"step": step, "name": "command.failed", "payload": {**payload, "worker_id": self.worker_id}},
            ],
        )

    async def run(self, response: dict[str, Any], segment: str = "shared") -> dict[str, Any]:
        """One command from its announcement to its end, in the Python worker's way; the claimed command."""
        message, command = await self.take(segment)
        assert (await self.begin(message)).status == 202
        accepted = await self.succeed(message, response)
        await self.processed(accepted.body["request_id"])
        return command

    async def processed(self, request_id: str) -> dict[str, Any]:
        """Wait until a batch has been processed; its state."""
        while True:
            answer = await self.get(f"/api/events/batch/{request_id}/status")
            if answer.body["state"] in ("completed", "failed"):
                return dict(answer.body)

    async def single(self, execution_id: int, step: str, event_type: str, status: str, context: Any) -> Answer:
        """The Rust worker's way: one event a request, in its envelope."""
        envelope = {
            "execution_id": execution_id,
            "event_type": event_type,
            "step": step,
            "status": status,
            "created_at": "2026-06-02T10:00:00Z",
            "context": context,
            "event_id": 12345,
            "worker_id": self.worker_id,
            "meta": {"attempts": 0},
        }
        return await self.post("/api/events", envelope)


def outcome(message: dict[str, Any], worker_id: str, response: dict[str, Any]) -> list[dict[str, Any]]:
    """call.done, step.exit and command.completed of a command."""
    scalars = {key: value for key, value in response.items() if not isinstance(value, dict | list)}
    result = {"status": "COMPLETED", "context": scalars}
    payload = {"command_id": message["command_id"], "response": response, "result": result}
    step = message["step"]
    return [
        {"step": step, "name": "call.done", "payload": payload, "actionable": True},
        {"step": step, "name": "step.exit", "payload": payload},
        {"step": step, "name": "command.completed", "payload": {**payload, "worker_id": worker_id}},
    ]


HELLO = """
apiVersion: noetl.io/v2
kind: Playbook
metadata: {name: hello, path: test/hello}
workload: {who: world}
workflow:
- step: start
  tool: {kind: python, code: "result = {'v': 1}"}
  next: {spec: {mode: exclusive}, arcs: [{step: end}]}
- step: end
  tool: {kind: python, code: "result = {'w': 2}"}
"""

SEQUENCE = """
apiVersion: noetl.io/v2
kind: Playbook
metadata: {name: sequence, path: test/sequence}
workflow:
- step: start
  tool: [{name: t1, kind: python, code: "result = {}"}]
  next: {spec: {mode: exclusive}, arcs: [{step: end}]}
- step: end
  tool: {kind: noop}
"""
