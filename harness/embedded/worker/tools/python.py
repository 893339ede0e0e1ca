"""`kind: python`: code in a child process, so that neither `sys.exit` nor a crash takes the worker down.

(spec: noetl-python 1.12, noetl-rust 3.4). The Python releases run it inside the worker instead: what a playbook can see
of that, separate globals and locals and the parameters of `main`, is played; shared process state is not.
"""

from __future__ import annotations

import ast
import base64
import json
import sys
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.embedded.worker import processes, scripts
from harness.embedded.worker.child import python_step
from harness.embedded.worker.python.call import PythonCall
from harness.embedded.worker.rust.call import RustCall
from harness.embedded.worker.rust.errors import ToolError
from harness.embedded.worker.rust.result import ERROR, SUCCESS, ToolResult, timed_out
from harness.embedded.worker.rust.serde import Field, map_of, option, string, unsigned, value
from harness.model.pool import PythonTool
from harness.reference.templates import render_policy

_CHILD = str(Path(python_step.__file__))

_CONFIG = {
    "code": Field(option(string), None),
    "args": Field(map_of(value), {}),
    "python": Field(string, "python3"),
    "env": Field(map_of(string), {}),
    "timeout_seconds": Field(option(unsigned(64)), None),
    "cwd": Field(option(string), None),
}


async def python(call: PythonCall) -> Any:
    """The step's data, or `{id, status: error, error}`."""
    try:
        code = await _code(call)
    except (ValueError, OSError) as error:
        return _failed(call, str(error))
    args = {key: _argument(item, call.context) for key, item in (call.config.get("args") or {}).items()}
    request = {
        "mode": PythonTool.IN_PROCESS,
        "code": code,
        "args": args,
        "context": call.context,
        "libs": call.config.get("libs") if isinstance(call.config.get("libs"), Mapping) else None,
    }
    ended = await _run(request)
    answer = _answer(ended.stdout)[1]
    match answer:
        case None:
            return _failed(call, f"Python process ended with code {ended.code} before it returned a result")
        case {"unserialisable": text}:
            raise RuntimeError(f"Batch event emission failed: {text}")
        case {"error": text}:
            return _failed(call, str(text))
    return answer["data"]


def _failed(call: PythonCall, text: str) -> dict[str, Any]:
    call.log.error(f"PYTHON.EXECUTE_PYTHON_TASK: Exception - {text}")
    return {"id": str(uuid.uuid4()), "status": "error", "error": text}


async def _code(call: PythonCall) -> str:
    """`script` before `code_b64` before `code`."""
    config = call.config
    code = ""
    if config.get("script") is not None:
        code = await scripts.fetch(config["script"], call.services.session)
    elif encoded := config.get("code_b64") or config.get("code_base64"):
        code = base64.b64decode(str(encoded)).decode()
    elif config.get("code") is not None:
        code = str(config["code"])
        if not code:
            raise ValueError("Empty code provided.")
    if not code:
        raise ValueError(
            "No code provided. Expected 'script', 'code_b64', 'code_base64', "
            "or inline 'code' string in task configuration"
        )
    return code


def _argument(item: Any, context: Mapping[str, Any]) -> Any:
    """Text is rendered once more, and what then looks like an object or a list is parsed."""
    if not isinstance(item, str):
        return item
    plain = item.strip()
    if plain.startswith("{{") and plain.endswith("}}") and (name := plain[2:-2].strip()) in context and "." not in name:
        return context[name]
    rendered = render_policy(item, dict(context)) if "{{" in item or "{%" in item else item
    return _literal(rendered) if isinstance(rendered, str) else rendered


def _literal(text: str) -> Any:
    stripped = text.strip()
    if (stripped[:1], stripped[-1:]) not in (("{", "}"), ("[", "]")):
        return text
    try:
        return json.loads(stripped)
    except ValueError:
        try:
            return ast.literal_eval(stripped)
        except (ValueError, SyntaxError):
            return text


async def rust(call: RustCall) -> ToolResult:
    """All of standard output as JSON, or `{stdout, stderr}`; since tools 2.17.1 `result` and `main()` come first."""
    captured = call.services.behaviour.python_tool is PythonTool.CAPTURED
    given = dict(call.config)
    if captured and "args" not in given and isinstance(given.get("input"), Mapping):
        given["args"] = given["input"]
    config = replace(call, config=given).rendered("PythonConfig", _CONFIG)
    code = await _rust_code(config["code"], given.get("script"), call)
    context = {
        "args": config["args"],
        "variables": dict(call.variables),
        "execution_id": call.execution_id,
        "step": call.step,
        "server_url": call.services.settings.server_url,
    }
    mode = PythonTool.CAPTURED if captured else PythonTool.STDOUT
    seconds = config["timeout_seconds"] or call.timeout
    begun = time.monotonic()
    request = {"mode": mode, "code": code, "args": config["args"], "context": context}
    ended = await _run(request, env=config["env"], folder=config["cwd"], seconds=seconds)
    duration_ms = int((time.monotonic() - begun) * 1000)
    return timed_out(int(seconds or 0), duration_ms) if ended.code is None else _rust_result(ended, duration_ms)


async def _rust_code(code: str | None, script: Any, call: RustCall) -> str:
    """`code`, or since tools 2.22.0 the text of a script. No error text of theirs is on record for a missing one."""
    if code is None and call.release.python_scripts and isinstance(script, Mapping):
        source = script.get("source")
        if isinstance(source, Mapping) and source.get("type") == "inline":
            return str(source.get("code") or script.get("uri") or "")
        try:
            return await scripts.fetch(script, call.services.session)
        except (ValueError, OSError) as error:
            raise ToolError.configuration(str(error)) from None
    if code is None:
        raise ToolError.configuration("Invalid python config: missing field `code`")
    return code


def _rust_result(ended: processes.Finished, duration_ms: int) -> ToolResult:
    code = -1 if ended.code is None or ended.code < 0 else ended.code
    stdout, answer = _answer(ended.stdout)
    data: Any = {"stdout": stdout, "stderr": ended.stderr}
    if answer is not None and "data" in answer:
        data = answer["data"]
    elif stdout.strip():
        with suppress(ValueError):
            data = json.loads(stdout)
    failed = {"error": f"Python script exited with code {code}"} if code else {}
    rest = {"stdout": stdout, "stderr": ended.stderr, "exit_code": code, "duration_ms": duration_ms}
    return ToolResult(ERROR if code else SUCCESS, {"data": data, **failed, **rest})


async def _run(
    request: Mapping[str, Any],
    *,
    env: Mapping[str, str] | None = None,
    folder: str | None = None,
    seconds: float | None = None,
) -> processes.Finished:
    command = (sys.executable, "-I", _CHILD)
    return await processes.run(command, text=json.dumps(request, default=str), env=env, folder=folder, seconds=seconds)


def _answer(stdout: str) -> tuple[str, dict[str, Any] | None]:
    """What the code printed, and what the child says of it."""
    printed, mark, text = stdout.rpartition(f"\n{python_step.MARK}")
    return (printed, json.loads(text)) if mark else (stdout, None)
