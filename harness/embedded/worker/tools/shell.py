"""`kind: shell` (spec: noetl-rust 3.2; NoETL 4.12.0)."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from harness.embedded.worker import processes
from harness.embedded.worker.python.call import PythonCall
from harness.embedded.worker.rust.call import RustCall
from harness.embedded.worker.rust.errors import ToolError, os_error
from harness.embedded.worker.rust.result import ERROR, SUCCESS, ToolResult, timed_out
from harness.embedded.worker.rust.serde import Field, boolean, map_of, option, string, unsigned
from harness.reference.templates import render_policy

_DEFAULT_SECONDS = 600.0
_PREVIEW_CHARS = 120

_CONFIG = {
    "command": Field(string),
    "shell": Field(string, "sh"),
    "cwd": Field(option(string), None),
    "env": Field(map_of(string), {}),
    "timeout_seconds": Field(option(unsigned(64)), None),
    "capture": Field(boolean, True),
}


async def python(call: PythonCall) -> Any:
    """`cmds` one after another until one fails: `{returncode, stdout, stderr, commands, duration_ms}`."""
    commands = _commands(call.config)
    if not commands:
        text = (
            "shell tool requires task_config['cmds'] to be a non-empty list "
            "of program strings (or a 'cmd'/'command' string alias)"
        )
        return _report([], text, returncode=-1, stderr=text)
    env = {str(name): str(_rendered(item, call.context)) for name, item in (call.config.get("env") or {}).items()}
    seconds = _seconds(call.config.get("timeout_seconds"))
    done: list[dict[str, Any]] = []
    for program in (str(_rendered(command, call.context)) for command in commands):
        preview = program.strip().splitlines()[0][:_PREVIEW_CHARS] if program.strip() else ""
        begun = time.monotonic()
        ended = await processes.run(
            ("/bin/sh", "-c", program), env=env, folder=call.config.get("cwd") or None, seconds=seconds
        )
        entry = {
            "cmd_preview": preview,
            "returncode": -1 if ended.code is None else ended.code,
            "stdout": ended.stdout,
            "stderr": ended.stderr,
            "duration_ms": int((time.monotonic() - begun) * 1000),
        }
        done.append(entry)
        if ended.code is None:
            text = f"shell command timed out after {seconds}s: {preview or '<empty>'}"
            entry["stderr"] = text
            return _report(done, text, returncode=-1)
        if ended.code:
            return _report(
                done,
                f"shell command exited with returncode={ended.code}: {preview or '<empty>'}",
                returncode=ended.code,
            )
    return _data(done, returncode=0)


def _report(done: list[dict[str, Any]], error: str, *, returncode: int, stderr: str | None = None) -> dict[str, Any]:
    data = _data(done, returncode=returncode)
    if stderr is not None:
        data["stderr"] = stderr
    return {"status": "error", "error": error, "data": data, "text": f"{data['stdout']}{data['stderr']}\n{error}"}


def _data(done: list[dict[str, Any]], *, returncode: int) -> dict[str, Any]:
    return {
        "returncode": returncode,
        "stdout": "\n".join(entry["stdout"] for entry in done if entry["stdout"]),
        "stderr": "\n".join(entry["stderr"] for entry in done if entry["stderr"]),
        "commands": done,
        "duration_ms": sum(entry["duration_ms"] for entry in done),
    }


def _commands(config: Mapping[str, Any]) -> list[str]:
    given = config.get("cmds")
    if isinstance(given, list):
        return [str(command) for command in given]
    for text in (config.get("cmd"), config.get("command"), given):
        if isinstance(text, str) and text.strip():
            return [text]
    return []


def _rendered(item: Any, context: Mapping[str, Any]) -> Any:
    return render_policy(item, dict(context)) if isinstance(item, str) and "{" in item else item


def _seconds(given: Any) -> float:
    try:
        return _DEFAULT_SECONDS if given is None else float(given)
    except (TypeError, ValueError):
        return _DEFAULT_SECONDS


async def rust(call: RustCall) -> ToolResult:
    """`{exit_code, stdout, stderr}`; a code other than 0 is an `error` inside `call.done`."""
    config = call.rendered("ShellConfig", _CONFIG)
    seconds = config["timeout_seconds"] if call.timeout is None else call.timeout
    begun = time.monotonic()
    try:
        ended = await processes.run(
            (config["shell"], "-c", config["command"]), env=config["env"], folder=config["cwd"], seconds=seconds
        )
    except OSError as error:
        raise ToolError.process(f"Failed to spawn process: {os_error(error)}") from None
    duration_ms = int((time.monotonic() - begun) * 1000)
    if ended.code is None:
        return timed_out(int(seconds or 0), duration_ms)
    code = max(ended.code, -1)
    stdout, stderr = (_lines(text) if config["capture"] else "" for text in (ended.stdout, ended.stderr))
    shown = {"stdout": stdout, "stderr": stderr}
    failed = {"error": f"Command exited with code {code}"} if code else {}
    rest = {**shown, "exit_code": code, "duration_ms": duration_ms}
    return ToolResult(ERROR if code else SUCCESS, {"data": {"exit_code": code, **shown}, **failed, **rest})


def _lines(text: str) -> str:
    """Output is read line by line, so that the last line always ends."""
    return "".join(f"{line}\n" for line in text.split("\n")[: None if text and not text.endswith("\n") else -1])
