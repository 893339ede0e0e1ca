"""`kind: python`: code in a child process, so that neither `sys.exit` nor a crash takes the worker down.

(spec: noetl-python 1.12, noetl-rust 3.4). The Python releases run it inside the worker instead: what a playbook can see
of that, separate globals and locals and the parameters of `main`, is played; shared process state is not.
"""

from __future__ import annotations

import ast
import base64
import json
import os
import sys
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from tempfile import NamedTemporaryFile
from typing import Any

from harness.embedded.worker import processes, scripts
from harness.embedded.worker.child import python_step
from harness.embedded.worker.python.call import PythonCall
from harness.embedded.worker.rust.call import RustCall
from harness.embedded.worker.rust.errors import ToolError, os_error
from harness.embedded.worker.rust.json_text import parse
from harness.embedded.worker.rust.result import ERROR, SUCCESS, ToolResult, timed_out
from harness.embedded.worker.rust.script import script_text, split_output
from harness.embedded.worker.rust.serde import Field, map_of, option, string, struct, unsigned, value
from harness.model.pool import PythonTool
from harness.reference.templates import render_policy

_CONFIG = {
    "code": Field(string),
    "python": Field(string, "python3"),
    "env": Field(map_of(string), {}),
    "timeout_seconds": Field(option(unsigned(64)), None),
    "cwd": Field(option(string), None),
}

_SOURCE = {key: Field(option(string), None) for key in ("type", "code", "auth", "endpoint", "method")}
_SCRIPT = {
    "uri": Field(option(string), None),
    "source": Field(
        option(struct("PythonScriptSource", _SOURCE | {"timeout": Field(option(unsigned(64)), None)})), None
    ),
}


async def python(call: PythonCall) -> Any:
    """The step's data, or `{id, status: error, error}`."""
    try:
        code = await _code(call)
    except (ValueError, OSError) as error:
        return _failed(call, str(error))
    args = {key: _argument(item, call.context) for key, item in (call.config.get("args") or {}).items()}
    request = {
        "code": code,
        "args": args,
        "context": call.context,
        "libs": call.config.get("libs") if isinstance(call.config.get("libs"), Mapping) else None,
    }
    ended = await call.services.forks.run(request)
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
    config = call.rendered("PythonConfig", _rust_fields(call, captured=captured))
    code = await _rust_code(config, call)
    context = {
        "args": config["args"],
        "variables": dict(call.variables),
        "execution_id": call.execution_id,
        "step": call.step,
        "server_url": call.services.settings.server_url,
    }
    seconds = call.timeout if config["timeout_seconds"] is None else config["timeout_seconds"]
    interpreter = sys.executable if config["python"] == _CONFIG["python"].default else config["python"]
    begun = time.monotonic()
    try:
        with NamedTemporaryFile("w", prefix=".tmp", dir=os.environ.get("TMPDIR"), encoding="utf-8") as file:
            file.write(script_text(code, captured=captured))
            file.flush()
            ended = await processes.run(
                (interpreter, file.name),
                text=json.dumps(context, sort_keys=True),
                env=config["env"],
                folder=config["cwd"],
                seconds=seconds,
            )
    except OSError as error:
        raise ToolError.process(f"Failed to spawn Python process: {os_error(error)}") from None
    duration_ms = int((time.monotonic() - begun) * 1000)
    if ended.code is None:
        return timed_out(int(seconds or 0), duration_ms)
    return _rust_result(ended, duration_ms, captured=captured)


def _rust_fields(call: RustCall, *, captured: bool) -> dict[str, Field]:
    """`input` is another name of `args` where results are captured; `script` can stand for `code` since 2.22.0."""
    fields = {**_CONFIG, "args": Field(map_of(value), {}, aliases=("input",) if captured else ())}
    if call.release.python_scripts:
        fields |= {"code": Field(option(string), None), "script": Field(option(struct("PythonScript", _SCRIPT)), None)}
    return fields


async def _rust_code(config: Mapping[str, Any], call: RustCall) -> str:
    """`code`, else the text that `script` names."""
    if config["code"] is not None:
        return str(config["code"])
    script = config["script"] or {}
    source = script.get("source") or {}
    return await scripts.rust_code(script.get("uri"), source, call.services.session)


def _rust_result(ended: processes.Finished, duration_ms: int, *, captured: bool) -> ToolResult:
    code = -1 if ended.code is None or ended.code < 0 else ended.code
    found, stdout = split_output(ended.stdout) if captured else (None, ended.stdout)
    data: Any = {"stdout": stdout, "stderr": ended.stderr}
    if found is not None:
        data = data if found[0] is None else found[0]
    elif stdout.strip():
        with suppress(ValueError):
            data = parse(stdout)
    failed = {"error": f"Python script exited with code {code}"} if code else {}
    rest = {"stdout": stdout, "stderr": ended.stderr, "exit_code": code, "duration_ms": duration_ms}
    return ToolResult(ERROR if code else SUCCESS, {"data": data, **failed, **rest})


def _answer(stdout: str) -> tuple[str, dict[str, Any] | None]:
    """What the code printed, and what the child says of it."""
    printed, mark, text = stdout.rpartition(f"\n{python_step.MARK}")
    return (printed, json.loads(text)) if mark else (stdout, None)
