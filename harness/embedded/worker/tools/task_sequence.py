"""`kind: task_sequence` on a Python worker: the reference implementation, with this worker's tools.

Rust workers have a tool of this name from 5.11.1 on (spec: noetl-rust 3.5). It takes other shapes and follows other
rules than the Python one, and is not played; the control plane's kind map sends sequences to the Python pool.
"""

from __future__ import annotations

import asyncio
from typing import Any

from harness.embedded.worker.python.call import PythonCall
from harness.reference.task_sequence import run


async def python(call: PythonCall) -> Any:
    """The sequence's own result (spec: noetl-python 2.8)."""

    async def call_tool(kind: Any, config: dict[str, Any], context: dict[str, Any], label: Any, attempt: int) -> Any:
        return await call.call_tool(kind, config, context)

    tasks = call.config.get("tasks") or []
    call.log.info(f"[TASK_SEQ] Executing {len(tasks)} tasks")
    result = await run(tasks, dict(call.context), call_tool, sleep=asyncio.sleep)
    remaining = call.config.get("remaining_actions")
    if remaining and result.get("status") != "failed":
        result["remaining_actions"] = remaining
    return result
