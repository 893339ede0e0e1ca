"""`kind: agent` on a Python worker; no Rust worker has it (spec: noetl-rust 4). NoETL 4.12.0, agent tool.

Played are the framework `noetl`, which starts a playbook by its catalog path, and every mistake in the configuration.
Frameworks that load code of an application are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from harness.embedded.worker.python.call import PythonCall
from harness.embedded.worker.tools import not_emulated
from harness.reference.templates import render_value

_FRAMEWORKS: Final = ("adk", "langchain", "custom", "noetl")


async def python(call: PythonCall) -> Any:
    """`{status, framework, entrypoint, data, execution_id, duration}` of what was started, which nobody waits for, or
    `{status: error, error}`; neither fails the step (spec: noetl-live 4).

    Raises `ValueError` for a framework that is none and `NotImplementedError` for one that is not played.
    """
    config = render_value(call.merged, dict(call.context))
    framework, entrypoint = str(config.get("framework") or "custom").strip().lower(), config.get("entrypoint")
    if framework not in _FRAMEWORKS:
        raise ValueError(f"agent.framework must be one of: {', '.join(_FRAMEWORKS)} (got: {framework!r})")
    if framework == "noetl":
        return await _playbook(call, config, entrypoint)
    problem = _misspelt(entrypoint)
    if problem is None:
        raise NotImplementedError(not_emulated(call.kind, call.services.pool.id))
    named = {"framework": framework, "entrypoint": entrypoint}
    return {"status": "error", **named, "error": _error("execution", "ValueError", problem)}


async def _playbook(call: PythonCall, config: Mapping[str, Any], entrypoint: Any) -> dict[str, Any]:
    if not isinstance(entrypoint, str) or not entrypoint:
        text = "agent.framework=noetl requires agent.entrypoint to be a catalog playbook path string"
        text = f"{text} (got: {type(entrypoint).__name__})"
        return {"status": "error", "error": _error("configuration", "INVALID_ENTRYPOINT", text)}
    payload, more = config.get("payload", config.get("input")), config.get("invoke_kwargs") or {}
    given = payload if isinstance(payload, Mapping) else {} if payload is None else {"input": payload}
    child = {"path": entrypoint, "input": {**given, **more}}
    started = await call.call_tool("playbook", child, call.context)
    good = started.get("status") == "success"
    envelope = {
        "status": "ok" if good else started.get("status") or "error",
        "framework": "noetl",
        "entrypoint": entrypoint,
        **{key: started.get(key) for key in ("data", "execution_id", "duration")},
    }
    if good:
        return envelope
    text = started.get("error") or "sub-playbook returned non-success status"
    return envelope | {"error": _error("execution", "PLAYBOOK_FAILED", text)}


def _misspelt(entrypoint: Any) -> str | None:
    """What is wrong with `module.path:attribute`, None where nothing is."""
    if not isinstance(entrypoint, str) or not entrypoint.strip():
        return "agent.entrypoint is required and must be a non-empty string"
    module, colon, attribute = entrypoint.partition(":")
    if not colon:
        return f"agent.entrypoint must use 'module.path:attribute' notation (got: {entrypoint!r})"
    if not (module.strip() and attribute.strip()):
        return f"agent.entrypoint must include both module path and attribute name (got: {entrypoint!r})"
    return None


def _error(kind: str, code: str, message: str) -> dict[str, Any]:
    return {"kind": f"agent.{kind}", "code": code, "message": message, "retryable": False}
