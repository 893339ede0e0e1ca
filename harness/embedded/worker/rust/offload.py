"""What `call.done` of a Rust worker carries: the scrubbed outcome, or where it lies (spec: noetl-rust 2.3)."""

from __future__ import annotations

import json
from typing import Any

from harness.embedded.worker import redaction
from harness.embedded.worker.command import Command
from harness.embedded.worker.log import RustLog
from harness.embedded.worker.rust.result import ToolResult
from harness.embedded.worker.server import Unreachable
from harness.embedded.worker.services import Services

INLINE_MAX_BYTES = 102_400
"""An outcome whose JSON is longer than this goes to the result store."""


async def call_done_result(
    result: ToolResult, command: Command, services: Services, log: RustLog, *, inline_ref: bool
) -> dict[str, Any]:
    """`{status, context}`; `{status, reference}` when it is over the budget, `{status}` when it could not be stored.

    With `inline_ref` a `context` that holds no more than the reference's address stands beside the reference.

    The release's shared-memory copy is not played: it adds a hint for workers on the same node and no data.
    """
    context = redaction.by_substring(result.as_json())
    size = len(json.dumps(context, separators=(",", ":"), ensure_ascii=False).encode())
    if size <= INLINE_MAX_BYTES:
        return {"status": result.status, "context": context}
    stored = await _put(context, command, services)
    fields = {"execution_id": command.execution_id, "step": command.step}
    if stored is None:
        text = (
            "Tool result exceeds inline budget and BOTH durable + shm staging failed; emitting status-only result.  "
            "Downstream Jinja references will be empty."
        )
        log.error("noetl_worker::executor::command", text, **fields)
        return {"status": result.status}
    text = "Tool result exceeds inline budget; staged in durable result store (shm cache unavailable)."
    log.info("noetl_worker::executor::command", text, **fields)
    meta = {"bytes": stored.get("bytes", size), "sha256": stored.get("sha256")}
    meta |= {"media_type": "application/json", "content_type": "application/json"}
    reference = {"kind": "result_ref", **{key: stored.get(key) for key in ("ref", "store", "scope")}, "meta": meta}
    if stored.get("expires_at"):
        reference["expires_at"] = stored["expires_at"]
    context = {"context": {"data": {"_ref": stored.get("ref")}}} if inline_ref else {}
    return {"status": result.status, **context, "reference": reference}


async def _put(context: Any, command: Command, services: Services) -> dict[str, Any] | None:
    body = {"name": command.step, "data": context, "scope": "execution", "source_step": command.step}
    try:
        reply = await services.server.call("PUT", f"/api/result/{command.execution_id}", body=body)
        stored = reply.json() if reply.ok else None
    except (Unreachable, ValueError):
        return None
    return stored if isinstance(stored, dict) else None
