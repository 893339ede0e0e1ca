"""What the Python worker makes of a tool's return value before it reports it (spec: noetl-python 1.12, 2.9, 7.4)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.embedded.worker.command import Command
from harness.embedded.worker.redaction import by_keychain
from harness.embedded.worker.server import Server

INLINE_MAX_BYTES = 10 * 1024 * 1024
"""`NOETL_INLINE_MAX_BYTES`: a larger result goes to the result store."""

_PREVIEW_CHARS = 1024


def failure(tool_kind: str, response: Any) -> str | None:
    """The error text if the step has failed, else None.

    A returned `status` of `error` or `failed` is a failure, and so is an `error` one level down in `data`; an agent's
    envelope is never one.
    """
    if tool_kind.strip().lower() == "agent" or not isinstance(response, Mapping):
        return None
    if response.get("status") in ("error", "failed"):
        error = response.get("error")
        if isinstance(error, Mapping):
            return str(error.get("message", str(error)))
        return str(error or "Tool returned error status")
    data = response.get("data")
    for key, item in data.items() if isinstance(data, Mapping) else ():
        if isinstance(item, Mapping) and item.get("status") == "error":
            return f"{key}: {item.get('message', 'Unknown error')}"
    return None


async def reportable(response: Any, command: Command, context: Mapping[str, Any], server: Server) -> Any:
    """The response scrubbed, and externalised when it is too large to go inline.

    Raises `TypeError` or `ValueError` for what is no JSON.
    """
    if response is None:
        return {"_value": None}
    safe = by_keychain(response, context)
    text = json.dumps(safe, default=str)
    if len(text.encode()) <= INLINE_MAX_BYTES:
        return safe
    reference = await store(server, command.execution_id, command.step, safe)
    scalars = safe.items() if isinstance(safe, Mapping) else ()
    return {
        "_ref": reference,
        "_preview": {"_truncated": text[:_PREVIEW_CHARS]},
        "_size_bytes": len(text.encode()),
        "_store": reference.get("store", "kv"),
        **{key: item for key, item in scalars if item is None or isinstance(item, int | float)},
    }


async def store(server: Server, execution_id: int, name: str, data: Any) -> dict[str, Any]:
    """Put data into the result store: `{kind, ref, store, scope, meta}`. Raises `RuntimeError` if it is refused.

    The release writes to NATS itself; ours asks the control plane, which then holds the same data under the same kind
    of reference.
    """
    body = {"name": name, "data": data, "scope": "execution", "source_step": name}
    reply = await server.call("PUT", f"/api/result/{execution_id}", body=body)
    if not reply.ok:
        raise RuntimeError(f"the result store answered HTTP {reply.status}")
    stored = reply.json()
    meta = {"bytes": stored.get("bytes"), "sha256": stored.get("sha256")}
    return {
        "kind": "temp_ref",
        "ref": stored.get("ref"),
        "store": stored.get("store"),
        "scope": stored.get("scope"),
        "meta": meta,
    }


async def resolved(value: Any, server: Server) -> Any:
    """A field of a command's context: the server may have put a reference in its place (spec: noetl-python 5.7)."""
    if isinstance(value, Mapping) and value.get("kind") in ("temp_ref", "result_ref") and value.get("ref"):
        reply = await server.call("GET", "/api/result/resolve", params={"ref": str(value["ref"])})
        if not reply.ok:
            raise RuntimeError(f"reference {value['ref']} can not be resolved: HTTP {reply.status}")
        return reply.json()
    return value
