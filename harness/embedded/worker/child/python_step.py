"""Runs the code of one python step as a Python worker does, with the request as JSON on standard input:
`{"code", "args", "context", "libs"?}`.

Started as a script with `FORK`, it does so in a child of its own for each message on the socket at its standard input,
which brings the child's standard input, output and error, and a pipe that gets `<pid>\n<exit code>`.

The answer is the last line of standard output behind `MARK`, as JSON: `{"data": …}`, `{"error": …}`, or
`{"unserialisable": …}`; none when the code ends the process.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

MARK = "@@__NOETL_RESULT__@@"
FORK = "fork"
_WANTED_BY_STEPS = ("asyncio", "datetime", "importlib.util", "inspect", "uuid")
"""Imported once, for all children."""


def main() -> None:
    """Run what standard input says."""
    if sys.argv[1:] == [FORK]:
        _fork_when_told()
    _answer(_in_process(json.loads(sys.stdin.buffer.read())))


def _fork_when_told() -> None:
    """Returns in the children only, each with its own standard files; ends with whoever sends the messages.

    Each child has a keeper, which waits for its exit code: whoever sent the message is not its parent and could not.
    """
    import ctypes
    import importlib
    import signal
    import socket

    for name in _WANTED_BY_STEPS:
        importlib.import_module(name)
    libc = ctypes.CDLL(None)

    def fork() -> int:
        """As `os.fork`, with a child that the kernel kills when its parent ends."""
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            libc.prctl(1, int(signal.SIGKILL), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)
        return pid

    orders = socket.socket(fileno=os.dup(0))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, files, *_ = socket.recv_fds(orders, 1, 4)
        if not message:
            sys.exit()
        if fork() == 0:
            break
        for file in files:
            os.close(file)
    orders.close()
    del sys.argv[1:]
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *standard, status = files
    if (pid := fork()) == 0:
        os.setsid()
        os.write(status, b"%d\n" % os.getpid())
        os.close(status)
        for target, file in enumerate(standard):
            os.dup2(file, target)
            os.close(file)
        return
    for file in (0, 1, 2, *standard):
        os.close(file)
    os.write(status, b"%d" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    os._exit(0)


def _answer(answer: dict[str, Any]) -> None:
    try:
        text = json.dumps(answer)
    except (TypeError, ValueError) as error:
        text = json.dumps({"unserialisable": str(error)})
    sys.stdout.write(f"\n{MARK}{text}\n")
    sys.stdout.flush()


def _in_process(request: dict[str, Any]) -> dict[str, Any]:
    """The Python worker's way: separate globals and locals, so that what the module defines is not seen in `main`."""
    try:
        code = _imports(request.get("libs") or {}) + request["code"]
        context: dict[str, Any] = request["context"]
        local: dict[str, Any] = {}
        exec(code, _globals(request["args"], context), local)
        if callable(local.get("main")):
            return {"data": _call_main(local["main"], request["args"], context)}
        if "result" in local:
            return {"data": local["result"]}
        names = [name for name in local if not name.startswith("__")]
        return {
            "data": {
                "status": "success",
                "message": "Code executed without explicit result variable",
                "locals_count": len(names),
                "locals_keys": names,
            }
        }
    except Exception as error:  # noqa: BLE001 - whatever the step raised is its result
        return {"error": str(error)}


def _globals(args: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    import datetime
    import uuid

    space = {
        "context": context,
        "os": os,
        "json": json,
        "datetime": datetime,
        "uuid": uuid,
        **_helpers(datetime),
        **args,
    }
    if "data" not in space:
        for name in ("data", "result"):
            if name in context:
                space["data"] = context[name]
                break
    return space


def _helpers(datetime: Any) -> dict[str, Any]:
    def get_val(obj: Any, keys: Any, default: Any = None) -> Any:
        try:
            for key in keys or ():
                obj = obj[key]
        except (LookupError, TypeError):
            return default
        return obj

    def make_serializable(value: Any) -> Any:
        return json.loads(json.dumps(value, default=str))

    def now_utc() -> Any:
        return datetime.datetime.now(datetime.timezone.utc)

    def format_iso8601(moment: Any) -> str:
        return str(moment.astimezone(datetime.timezone.utc).isoformat())

    def deep_merge(under: Any, over: Any) -> Any:
        if not (isinstance(under, dict) and isinstance(over, dict)):
            return over
        return {**under, **{key: deep_merge(under[key], item) if key in under else item for key, item in over.items()}}

    return {
        "get_val": get_val,
        "make_serializable": make_serializable,
        "now_utc": now_utc,
        "format_iso8601": format_iso8601,
        "deep_merge": deep_merge,
    }


def _imports(libs: dict[str, Any]) -> str:
    """`libs` as import statements. Raises `ImportError` naming those that are not there."""
    import importlib.util

    lines, modules = [], []
    for alias, module in libs.items():
        if isinstance(module, dict) and module.get("from") and module.get("import"):
            source, name = module["from"], module["import"]
            lines.append(f"from {source} import {name}" + ("" if alias == name else f" as {alias}"))
            modules.append(f"{source}.{name}")
        elif isinstance(module, str):
            lines.append(f"import {module}" + ("" if alias == module else f" as {alias}"))
            modules.append(module)
    missing = [module for module in modules if importlib.util.find_spec(module.split(".")[0]) is None]
    if missing:
        raise ImportError(
            f"Required libraries not installed in noetl container: {', '.join(missing)}. "
            "Add these packages to pyproject.toml dependencies or use pre-installed libraries."
        )
    return "".join(f"{line}\n" for line in lines) + ("\n" if lines else "")


def _call_main(function: Any, args: dict[str, Any], context: dict[str, Any]) -> Any:
    """Parameters by name from args, `context.input`, `context.data`, `context`, in this order."""
    import inspect

    inputs = [part if isinstance(part, dict) else {} for part in (context.get("input"), context.get("data"))]
    bound: dict[str, Any] = {}
    parameters = inspect.signature(function).parameters.values()
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            raise TypeError("*args are not supported in python tasks")
        if parameter.kind is parameter.VAR_KEYWORD:
            continue
        name = parameter.name
        source = next((part for part in (args, *inputs, context) if name in part), None)
        if name == "context":
            bound[name] = context
        elif source is not None:
            bound[name] = source[name]
        elif parameter.default is parameter.empty:
            raise TypeError(f"Missing required argument '{name}' for Python task. Provide it via args or context.")
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        for part in (*inputs, args):
            bound = {**part, **bound}
    return _awaited(function(**bound))


def _awaited(value: Any) -> Any:
    if not hasattr(value, "__await__"):
        return value
    import asyncio

    async def wait() -> Any:
        return await value

    return asyncio.run(wait())


if __name__ == "__main__":
    main()
