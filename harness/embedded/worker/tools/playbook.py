"""`kind: playbook`: a child execution, waited for where `return_step` is set (spec: noetl-rust 3.2; NoETL 4.12.0)."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from harness.embedded.worker.python.call import PythonCall
from harness.embedded.worker.rust.call import RustCall
from harness.embedded.worker.rust.errors import ToolError
from harness.embedded.worker.rust.result import ToolResult, success
from harness.embedded.worker.rust.serde import Field, integer, option, string, unsigned, value
from harness.embedded.worker.server import Server, Unreachable

_FIRST_POLL, _LONGEST_POLL = 0.05, 2.0
"""Both releases look at the child every 2 s. Ours begins sooner and waits half as long again each time, up to their
2 s: a child of 0.2 s need not cost a run 2 s, and nobody compares when the parent looked."""
_MAX_WAIT = 300.0

_CONFIG = {
    "path": Field(option(string), None),
    "catalog_id": Field(option(integer), None),
    "version": Field(option(integer), None),
    "payload": Field(value, None),
    "args": Field(value, None),
    "parent_execution_id": Field(option(integer), None),
    "return_step": Field(option(string), None),
    "poll_interval": Field(option(unsigned(64)), None),
}


async def python(call: PythonCall) -> Any:
    """The child's `/status` object, or what started it where nobody waits. The child's failure is not the step's."""
    config, given = call.config, call.config.get("input") or {}
    if not config.get("return_step"):
        return await _fire_and_forget(call, given)
    if not config.get("path"):
        raise ValueError("Playbook execution requires 'path' in config")
    server = call.services.server
    body = {"path": config["path"], "payload": given, "parent_execution_id": _number(call.context.get("execution_id"))}
    reply = await server.call("POST", "/api/execute", body=body)
    if not reply.ok:
        raise RuntimeError(
            f"Client error '{reply.status}' for url '{server.url}/api/execute'"
            if reply.status < 500
            else f"Server error '{reply.status}' for url '{server.url}/api/execute'"
        )
    child = reply.json().get("execution_id")
    status = await _ended(server, child, float(config.get("timeout") or _MAX_WAIT))
    return status or {"status": "started", "execution_id": child, "path": config["path"], "async": False}


async def _fire_and_forget(call: PythonCall, given: Mapping[str, Any]) -> Any:
    """The child gets all of the parent's context with the input over it, and the answer is wrapped."""
    task_id, begun = str(uuid.uuid4()), time.monotonic()
    path = next((call.config[key] for key in ("resource_path", "playbook_path", "path") if call.config.get(key)), None)
    if not path:
        text = "Playbook task requires 'resource_path', 'path', or 'content' parameter. Available parameters: "
        return {"id": task_id, "status": "error", "error": f"{text}{list(call.config)}"}
    body = {
        "path": path,
        "payload": {**call.context, **given},
        "parent_execution_id": _number(call.context.get("execution_id")),
    }
    if str(version := call.config.get("version", "latest")).isdigit():
        body["version"] = int(str(version))
    try:
        reply = await call.services.server.call("POST", "/api/execute", body=body)
        if reply.status != 200:
            detail = reply.json().get("detail", reply.text) if reply.text else "Unknown error"
            raise RuntimeError(f"Server returned status {reply.status}: {detail}")
        started = reply.json()
    except (Unreachable, RuntimeError, ValueError) as error:
        text = f"Playbook execution failed: {error}"
        return {"id": task_id, "status": "error", "error": text, "duration": time.monotonic() - begun}
    return {
        "id": task_id,
        "status": "success",
        "data": started,
        "execution_id": started.get("execution_id"),
        "duration": time.monotonic() - begun,
    }


async def rust(call: RustCall) -> ToolResult:
    """The child's `/status` object, `{status: timeout}` as a success before tools 2.24.1, or what started it."""
    config = call.rendered("PlaybookConfig", _CONFIG)
    if config["path"] is None and config["catalog_id"] is None:
        raise ToolError.configuration("Playbook execution requires `path` or `catalog_id`")
    server = call.services.server
    try:
        reply = await server.call("POST", "/api/execute", body=_rust_body(call, config), within=call.timeout or 30)
    except Unreachable as error:
        raise ToolError.http(str(error)) from None
    if not reply.ok:
        status = f"{reply.status} {HTTPStatus(reply.status).phrase}"
        raise ToolError.http(f"Failed to start child playbook: {status} {reply.text}")
    started = reply.json()
    child = started["execution_id"]
    if config["return_step"] is None:
        status = started.get("status") or "started"
        return success({"status": status, "execution_id": child, "path": config["path"], "async": True})
    ended = await _ended(server, child, _MAX_WAIT, over=_says_over if call.release.reads_status_text else _is_over)
    if ended is not None:
        return success(ended)
    data = {"status": "timeout", "execution_id": child, "timeout_seconds": int(_MAX_WAIT)}
    return success(data)


def _rust_body(call: RustCall, config: Mapping[str, Any]) -> dict[str, Any]:
    both = (config["payload"], config["args"]) if call.release.payload_first else (config["args"], config["payload"])
    payload: Any = next((part for part in both if part is not None), {})
    named = {key: config[key] for key in ("path", "catalog_id", "version") if config[key] is not None}
    parent = call.execution_id if config["parent_execution_id"] is None else config["parent_execution_id"]
    return {"payload": payload if isinstance(payload, Mapping) else {}, **named} | (
        {"parent_execution_id": parent} if parent > 0 else {}
    )


def _is_over(status: Mapping[str, Any]) -> bool:
    return status.get("completed") is True or status.get("failed") is True


def _says_over(status: Mapping[str, Any]) -> bool:
    return status.get("status") in ("COMPLETED", "FAILED", "CANCELLED") or status.get("is_cancelled") is True


async def _ended(
    server: Server, execution_id: Any, seconds: float, *, over: Callable[[Mapping[str, Any]], bool] = _is_over
) -> dict[str, Any] | None:
    """The child's status once it is `over`; None when time ran out."""
    deadline, pause = time.monotonic() + seconds, _FIRST_POLL
    while time.monotonic() < deadline:
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_POLL)
        try:
            reply = await server.call("GET", f"/api/executions/{execution_id}/status", within=10.0)
            status = reply.json() if reply.ok else {}
        except (Unreachable, ValueError):
            continue
        if isinstance(status, dict) and over(status):
            return status
    return None


def _number(given: Any) -> int | None:
    return int(given) if str(given).isdigit() else None
