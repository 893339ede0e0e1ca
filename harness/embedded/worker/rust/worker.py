"""A worker of the Rust pool: one pull consumer, an event a request, and commands that are stranded
(spec: noetl-rust 1.2, 2)."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from nats.aio.msg import Msg

from harness.embedded.worker.command import Command, Notification
from harness.embedded.worker.log import RustLog
from harness.embedded.worker.lookup import with_lookup
from harness.embedded.worker.rust.call import RustCall
from harness.embedded.worker.rust.config import own_config, tool_config
from harness.embedded.worker.rust.errors import ToolError
from harness.embedded.worker.rust.offload import call_done_result
from harness.embedded.worker.rust.releases import tools_release
from harness.embedded.worker.rust.result import ToolResult
from harness.embedded.worker.server import Unreachable
from harness.embedded.worker.services import Services, WorkerEnds
from harness.embedded.worker.snowflake import Snowflake
from harness.embedded.worker.tools import not_emulated, rust_tool
from harness.model.errors import Exit, HarnessError
from harness.model.pool import Predispatch
from harness.reference.credentials import AliasError, Secrets, deserialize_check, resolve

_WORKER, _EXECUTOR, _CLIENT = "noetl_worker::worker", "noetl_worker::executor::command", "noetl_worker::client"

_RETRY_LATER = frozenset({408, 429, 502, 503, 504})
_MAX_RETRIES, _FIRST_DELAY = 3, 0.5
_MAX_PREDISPATCH_ATTEMPTS = 3


class EmitError(Exception):
    """The control plane took an event not even at the last try: the command is stranded."""


class RustWorker:
    """Plays one release. Acknowledges a message as soon as it is claimed, so a death mid-tool is not redelivered."""

    def __init__(self, services: Services, log: RustLog) -> None:
        self._services = services
        self._log = log
        self._ids = Snowflake()
        self._release = tools_release(services.pool.version)

    async def register(self) -> None:
        """A control plane that refuses the registration ends the process, as in the release."""
        settings = self._services.settings
        body = {
            "name": settings.worker_id,
            "component_type": "worker_pool",
            "runtime": "rust",
            "status": "ready",
            "hostname": settings.hostname,
            "labels": {"pool_name": settings.pool_name},
        }
        try:
            reply = await self._services.server.call("POST", "/api/worker/pool/register", body=body)
        except Unreachable as error:
            raise _not_registered(str(error)) from None
        if not reply.ok:
            raise _not_registered(f"HTTP {reply.status}")
        self._log.info(
            _WORKER,
            "Worker registered",
            worker_id=settings.worker_id,
            pool_name=settings.pool_name,
            hostname=settings.hostname,
        )

    async def heartbeat(self) -> None:
        try:
            body = {"name": self._services.settings.worker_id}
            await self._services.server.call("POST", "/api/worker/pool/heartbeat", body=body)
        except Unreachable as error:
            self._log.warn(_WORKER, "Heartbeat failed", error=error)

    async def leave(self) -> None:
        """Nothing: a signal ends the release without a word to the control plane (spec: noetl-rust 2.4)."""

    def last_words(self, text: str) -> None:
        self._log.error("noetl_worker", "Worker error", error=text)

    async def take(self, message: Msg) -> None:
        """A message that can not be read and a claim that gets no answer end the process (until 5.74.1)."""
        try:
            await self._take(message)
        except (ValueError, KeyError, TypeError, Unreachable) as error:
            raise WorkerEnds(str(error)) from error

    async def _take(self, message: Msg) -> None:
        notification = Notification.from_json(json.loads(message.data))
        path = f"/api/commands/{notification.event_id}/claim"
        reply = await self._services.server.call("POST", path, body={"worker_id": self._services.settings.worker_id})
        if reply.status in (200, 201):
            command = Command.from_claim(reply.json(), notification.server_url)
            await message.ack()
            await self._run(command)
        elif reply.status == 409:
            await message.ack()
        else:
            await message.nak()
            self._claim_failed(notification, reply.status, reply.text)

    def _claim_failed(self, notification: Notification, status: int, body: str) -> None:
        fields: dict[str, Any] = {
            "execution_id": notification.execution_id,
            "command_id": notification.command_id,
            "step": notification.step,
        }
        if status in _RETRY_LATER:
            self._log.warn(_WORKER, "Transient claim failure, requesting redelivery", **fields, error=body)
        else:
            self._log.error(_WORKER, "Failed to claim command", **fields, error=f"Status {status}: {body}")

    async def _run(self, command: Command) -> None:
        """To the end of the command, whatever becomes of it. Every failure leaves the same line."""
        try:
            await self._execute(command)
        except (ToolError, AliasError, EmitError) as error:
            self._log.error(
                _WORKER,
                "Command execution failed",
                execution_id=command.execution_id,
                command_id=command.command_id,
                step=command.step,
                error=error.message if isinstance(error, AliasError) else error,
            )

    async def _execute(self, command: Command) -> None:
        await self._emit(command, "command.started", "STARTED", {})
        try:
            call = await self._prepare(command)
        except AliasError as error:
            await self._predispatch_failed(command, error)
            raise
        try:
            result = await self._dispatch(call)
        except ToolError as error:
            await self._emit(command, "call.error", "FAILED", {"call_index": 0, "error": str(error)})
            await self._emit(command, "command.failed", "FAILED", {"error": str(error)})
            raise
        reported = await call_done_result(
            result, command, self._services, self._log, inline_ref=self._release.inline_ref
        )
        await self._emit(command, "call.done", "COMPLETED", {"call_index": 0, "result": reported})
        await self._emit(command, "command.completed", result.status, {"status": result.status})

    async def _predispatch_failed(self, command: Command, error: AliasError) -> None:
        """Until 5.15.0 nothing is reported: the execution stays RUNNING. From 5.15.1 a failure that can not pass is."""
        if self._services.behaviour.predispatch is Predispatch.STRAND:
            return
        attempts = int(command.meta.get("attempts") or 0)
        fields = {"execution_id": command.execution_id, "command_id": command.command_id, "step": command.step}
        fields["attempts"] = attempts
        if error.transient and attempts < _MAX_PREDISPATCH_ATTEMPTS:
            text = (
                "Pre-dispatch failure is transient (retryable); no terminal call.error emitted, "
                "leaving retry to the command path"
            )
            self._log.warn(_EXECUTOR, text, **fields, error=error.message)
            return
        await self._emit(command, "call.error", "FAILED", {"call_index": 0, "error": error.message})
        await self._emit(command, "command.failed", "FAILED", {"error": error.message})
        text = (
            "Pre-dispatch failure is terminal; emitted call.error + command.failed so the execution fails cleanly "
            "instead of hanging at command.started"
        )
        self._log.error(_EXECUTOR, text, **fields, error=error.message)

    async def _prepare(self, command: Command) -> RustCall:
        """Resolve aliases, then decode. Raises `AliasError` for whatever goes wrong before the tool is called."""
        config, secrets = await self._resolved(command, tool_config(command))
        deserialize_check(config, release=self._services.pool.version)
        variables = _sorted(command.context.get("render_context"))
        return RustCall(
            kind=config["kind"],
            config=_sorted(own_config(config)),
            auth=config.get("auth"),
            timeout=config.get("timeout"),
            variables={
                "action": command.tool_kind,
                "node_name": command.step,
                **(variables if isinstance(variables, Mapping) else {}),
            },
            secrets=secrets,
            execution_id=command.execution_id,
            command_id=command.command_id,
            step=command.step,
            release=self._release,
            services=self._services,
        )

    async def _resolved(self, command: Command, config: dict[str, Any]) -> tuple[dict[str, Any], Secrets]:
        release = self._services.behaviour.credentials
        if release is None:
            return config, Secrets()
        resolution = await with_lookup(
            lambda lookup: resolve(config, lookup, release=release),
            self._services.server,
            execution_id=command.execution_id,
        )
        if resolution.secrets:
            aliases = json.dumps(list(resolution.secrets))
            message = "Resolved keychain alias(es) for tool dispatch"
            self._log.info(_EXECUTOR, message, execution_id=command.execution_id, step=command.step, aliases=aliases)
        return resolution.config, resolution.secrets

    async def _dispatch(self, call: RustCall) -> ToolResult:
        if call.kind not in self._services.behaviour.tools:
            raise ToolError.not_found(call.kind)
        tool = rust_tool(call.kind)
        if tool is None:
            raise ToolError(not_emulated(call.kind, self._services.pool.id))
        return await tool(call)

    async def _emit(self, command: Command, event_type: str, status: str, context: Mapping[str, Any]) -> None:
        """One event. Any refusal is tried again after 0.5, 1 and 2 s; then raises `EmitError`."""
        event = {
            "execution_id": command.execution_id,
            "event_type": event_type,
            "step": command.step,
            "status": status,
            "created_at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "context": {"command_id": str(command.command_id), **context},
            "event_id": self._ids.next(int(time.time() * 1000)),
            "worker_id": self._services.settings.worker_id,
            "meta": {"attempts": int(command.meta.get("attempts") or 0)},
        }
        delay = _FIRST_DELAY
        for attempt in range(_MAX_RETRIES + 1):
            problem = await self._post(event)
            if problem is None:
                return
            if attempt == _MAX_RETRIES:
                raise EmitError(problem)
            fields = {"attempt": attempt + 1, "max_retries": _MAX_RETRIES, "error": problem}
            self._log.warn(f"{_CLIENT}::control_plane", "Event emission failed, retrying", **fields)
            await asyncio.sleep(delay)
            delay *= 2

    async def _post(self, event: Mapping[str, Any]) -> str | None:
        try:
            reply = await self._services.server.call("POST", "/api/events", body=event)
        except Unreachable as error:
            return str(error)
        return None if reply.ok else f"Failed to emit event: {reply.text}"


def _not_registered(why: str) -> HarnessError:
    return HarnessError(
        f"The control plane did not register the worker: {why}", "Check NOETL_SERVER_URL.", Exit.ENVIRONMENT
    )


def _sorted(value: Any) -> Any:
    """With the keys of every map in order, as serde_json keeps them."""
    return json.loads(json.dumps(value, sort_keys=True))
