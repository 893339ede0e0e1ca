"""`kind: noop` (spec: noetl-python 7.2, noetl-rust 3.2)."""

from __future__ import annotations

from typing import Any

from harness.embedded.worker.python.call import PythonCall
from harness.embedded.worker.rust.call import RustCall
from harness.embedded.worker.rust.result import ToolResult, success
from harness.embedded.worker.rust.serde import Field, option, string, value

_CONFIG = {"message": Field(option(string), None), "result": Field(value, None)}


async def python(call: PythonCall) -> Any:
    """`{status: noop, step}`"""
    return {"status": "noop", "step": call.step}


async def rust(call: RustCall) -> ToolResult:
    """`result` as it stands, else `{status: ok, message}`."""
    config = call.rendered("NoopConfig", _CONFIG)
    if config["result"] is not None:
        return success(config["result"])
    return success({"status": "ok", "message": "noop" if config["message"] is None else config["message"]})
