"""One command on a Python worker, from its first event to its last (spec: noetl-python 2.9, 5.6, 7)."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from harness.embedded.worker.command import Command
from harness.embedded.worker.log import PythonLog
from harness.embedded.worker.python.call import PythonCall
from harness.embedded.worker.python.events import HOT_INITIAL, INITIAL, TERMINAL, Event, Reporter
from harness.embedded.worker.python.keychain import unlocked
from harness.embedded.worker.python.results import failure, reportable, resolved
from harness.embedded.worker.server import Server
from harness.embedded.worker.services import Services
from harness.embedded.worker.tools import not_emulated, python_tool
from harness.reference.credentials.python import check_postgres_step

_HEARTBEAT_SECONDS = 15.0


class Execution:
    """Runs one command of one execution."""

    def __init__(self, command: Command, services: Services, log: PythonLog) -> None:
        self._command = command
        self._services = services
        self._log = log
        self._server: Server = services.server.at(command.server_url)
        self._reporter = Reporter(self._server, services.settings.worker_id, command, log)
        self._loop_meta = _loop_meta(command)

    async def run(self) -> None:
        """To the end of the command. Raises `RuntimeError` only when its failure could not be reported either."""
        command = self._command
        try:
            config, given, context = await self._context()
            self._log.info(
                f"[EVENT] Executing {command.step} (tool={command.tool_kind}) for execution {command.execution_id} "
                f"command={command.command_id}"
            )
            await self._start()
            if command.tool_kind.lower() == "postgres":
                check_postgres_step(command.step, config, given)
            async with self._heartbeat():
                begun = time.perf_counter()
                response = await self._call_tool(command.tool_kind, config, given, context)
            took = (time.perf_counter() - begun) * 1000
            self._log.info(f"[PERF] Tool execution for {command.step} took {took:.1f}ms")
            await self._finish(response, context)
        except Exception as error:  # noqa: BLE001 - the release reports whatever was raised as the step's failure
            self._log.error(f"Execution error for {command.step}: {error}")
            await self._raised(error)

    async def _context(self) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Tool configuration, command input laid over the tool's own, and template variables; references resolved and
        the keychain's entries that are mentioned at hand."""
        fields = ("tool_config", "input", "render_context")
        config, given, context = [
            _mapping(await resolved(self._command.context.get(name), self._server)) for name in fields
        ]
        tool_input = config.get("input")
        if isinstance(tool_input, Mapping):
            given = {**tool_input, **given}
        context.setdefault("execution_id", self._command.execution_id)
        if self._command.meta.get("catalog_id"):
            context.setdefault("catalog_id", self._command.meta["catalog_id"])
        context["command_id"] = self._command.command_id
        event = context.get("event")
        context["event"] = {"command_id": self._command.command_id, **(event if isinstance(event, Mapping) else {})}
        context.setdefault("job", {"uuid": context["execution_id"], "execution_id": context["execution_id"]})
        return await unlocked(config, given, context, self._server)

    async def _start(self) -> None:
        """`command.started` and `step.enter`. Losing them is no failure."""
        started = {"command_id": self._command.command_id, "worker_id": self._services.settings.worker_id}
        events = (Event("command.started", started), Event("step.enter", {"status": "started"}))
        patience = HOT_INITIAL if self._command.tool_kind.lower() == "task_sequence" else INITIAL
        try:
            await self._reporter.batch(events, patience)
        except RuntimeError:
            self._log.info("[EVENT] Initial informational events not accepted in time; continuing")

    @asynccontextmanager
    async def _heartbeat(self) -> AsyncIterator[None]:
        async def beat() -> None:
            while True:
                await asyncio.sleep(_HEARTBEAT_SECONDS)
                await self._reporter.heartbeat()

        task = asyncio.create_task(beat())
        try:
            yield
        finally:
            task.cancel()

    async def _call_tool(
        self, kind: str, config: Mapping[str, Any], given: Mapping[str, Any], context: Mapping[str, Any]
    ) -> Any:
        """Dispatch by kind: the same table for steps, tasks of a sequence and workbook entries."""
        if kind not in self._services.behaviour.tools:
            raise NotImplementedError(f"Tool kind '{kind}' not implemented")
        tool = python_tool(kind)
        if tool is None:
            raise NotImplementedError(not_emulated(kind, self._services.pool.id))
        inputs = [part for part in (config.get("args"), config.get("input"), given) if isinstance(part, Mapping)]
        merged = {key: item for part in inputs for key, item in part.items()}
        call = PythonCall(
            kind=kind,
            config={"name": self._command.step, **config, "input": merged, "args": merged},
            given=given,
            context=context,
            step=self._command.step,
            call_tool=self._call_nested,
            services=self._services,
            log=self._log,
        )
        return await tool(call)

    async def _call_nested(self, kind: str, config: Mapping[str, Any], context: Mapping[str, Any]) -> Any:
        return await self._call_tool(kind, config, {}, context)

    async def _finish(self, response: Any, context: Mapping[str, Any]) -> None:
        command, problem = self._command, failure(self._command.tool_kind, response)
        sent = await reportable(response, command, context, self._server)
        _refuse_what_is_no_json(sent)
        if problem is not None:
            self._log.error(f"Tool execution failed for {command.step}: {problem}")
            await self._terminal("call.error", "FAILED", "command.failed", sent, problem)
            outcome, say = "Failed", self._log.error
        else:
            await self._terminal("call.done", "COMPLETED", "command.completed", sent, None)
            outcome, say = "Completed", self._log.info
        say(f"[EVENT] {outcome} {command.step} for execution {command.execution_id} command={command.command_id}")

    async def _terminal(self, name: str, status: str, command_event: str, response: Any, error: str | None) -> None:
        command_id = self._command.command_id
        failed = {} if error is None else {"error": error}
        meta = self._command.meta
        primary = {
            **failed,
            "response": response,
            "command_id": command_id,
            "loop_event_id": meta.get("loop_event_id") or meta.get("__loop_epoch_id"),
            "loop_iteration_index": meta.get("loop_iteration_index"),
        }
        exit_ = {"status": status, "result": response, "error": error, "command_id": command_id}
        done = {"command_id": command_id, "worker_id": self._services.settings.worker_id, "result": response, **failed}
        await self._reporter.batch(
            (
                Event(name, primary, actionable=True, meta=self._loop_meta),
                Event("step.exit", exit_, meta=self._loop_meta),
                Event(command_event, done),
            ),
            TERMINAL,
        )

    async def _raised(self, error: Exception) -> None:
        """The short form: no response, and no meta by which a loop could know its iteration."""
        command_id, text = self._command.command_id, str(error)
        exit_ = {"status": "FAILED", "result": None, "error": text, "command_id": command_id}
        failed = {
            "error_type": type(error).__name__,
            "command_id": command_id,
            "worker_id": self._services.settings.worker_id,
            "error": text,
        }
        await self._reporter.batch(
            (
                Event("call.error", {"error": text}, actionable=True),
                Event("step.exit", exit_),
                Event("command.failed", failed),
            ),
            TERMINAL,
        )


def _loop_meta(command: Command) -> dict[str, Any]:
    epoch = command.meta.get("loop_event_id") or command.meta.get("__loop_epoch_id")
    found = {
        "command_id": command.command_id,
        "state_ref": command.meta.get("state_ref"),
        "__loop_epoch_id": epoch,
        "loop_iteration_index": command.meta.get("loop_iteration_index"),
    }
    return {key: item for key, item in found.items() if item is not None}


def _refuse_what_is_no_json(response: Any) -> None:
    """The release notices when the batch goes out; the step fails with that text."""
    try:
        json.dumps(response)
    except (TypeError, ValueError) as error:
        raise RuntimeError(f"Batch event emission failed: {error}") from None


def _mapping(value: Any) -> dict[str, Any]:
    """Objects, also as JSON text; whatever else stands there counts as nothing."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return dict(value) if isinstance(value, Mapping) else {}
