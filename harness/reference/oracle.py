"""The reference implementations for programs in any language: one JSON object in, one JSON object out.

A request that is not well formed is answered with `{"error": {"kind": "request", "message": ...}}`, which says what is
wrong and where. Answers of `resolve` hold secrets, because that is what was asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from harness.model.errors import HarnessError
from harness.reference import credentials, routing
from harness.reference.credentials import AliasError, Answer, Found, HttpFailure, Missing, TransportFailure

VERBS: Final = ("route", "resolve", "sequence")

_MISSING: Final = object()
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}


class RequestError(Exception):
    """A request is not well formed. The text names the key at fault and never quotes a value."""


async def answer(verb: str, line: str) -> dict[str, Any]:
    """The answer to one request line of `oracle <verb>`; `verb` is one of `VERBS`.

        route     {"tool_kind", "playbook_path"?, "execution_id", "base_subject"?, "enabled"?, "release"?}
                  -> {"segment", "subject"}
        resolve   {"config", "execution_id", "release"?, "credential"}
                  -> {"config", "secrets", "lookups"} or {"error": {"kind", "message", "cause"?}, "config", "lookups"}
        sequence  {"tasks", "context"?, "tools"?, "clock"?}
                  -> {"result", "calls", "slept"} or {"error": {"type", "message"}, "calls", "slept"}

    An error's `message` is the text that the worker logs; `cause` is what lies under it, where there is something.
    """
    try:
        request = _Request(_parse(line))
        match verb:
            case "route":
                return _route(request)
            case "resolve":
                return _resolve(request)
            case "sequence":
                return await _sequence(request)
            case _:
                raise RequestError(f"there is no oracle {verb!r}, only {', '.join(VERBS)}")
    except RequestError as error:
        return _refusal(str(error))
    except HarnessError as error:
        return _refusal(f"{error.what}. {error.todo}")
    except RecursionError:
        return _refusal("this JSON is nested too deeply")


def _refusal(message: str) -> dict[str, Any]:
    return {"error": {"kind": "request", "message": message}}


class _Request:
    """A request whose keys are taken one by one, each with its types. What is left at the end is not known."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def take(self, key: str, *types: str, default: Any = _MISSING) -> Any:
        value = self.values.pop(key, default)
        if value is _MISSING:
            raise RequestError(f"{key}: this key is required")
        if types and value is not default and not _is_a(value, *types):
            raise RequestError(f"{key}: expected {' or '.join(types)}, got {_type_name(value)}")
        return value

    def end(self) -> None:
        if self.values:
            raise RequestError(f"{next(iter(self.values))}: there is no such key")


def _is_a(value: Any, *types: str) -> bool:
    """Whether a JSON value has one of these types. A boolean is no number."""
    return _type_name(value) in types or ("number" in types and _type_name(value) == "integer")


def _type_name(value: Any) -> str:
    return next(name for name in ("boolean", *_TYPES) if isinstance(value, _TYPES[name]))


def _parse(line: str) -> dict[str, Any]:
    try:
        line.encode()
        request = _json(line)
    except UnicodeEncodeError:
        raise RequestError("this is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise RequestError(f"this is not JSON: {error.msg} at column {error.colno}") from None
    except ValueError as error:
        raise RequestError(f"this is not JSON: {error}") from None
    if not isinstance(request, dict):
        raise RequestError(f"a request is a JSON object, this is {_type_name(request)}")
    return request


def _json(text: str) -> Any:
    """JSON as others read it: Python would also take NaN and its like. Raises `ValueError`."""

    def refuse(name: str) -> None:
        raise ValueError(f"{name} is no JSON value")

    return json.loads(text, parse_constant=refuse)


def _route(request: _Request) -> dict[str, Any]:
    kind = request.take("tool_kind", "string", "number", "boolean", "null")
    path = request.take("playbook_path", "string", "null", default=None)
    execution_id = request.take("execution_id", "integer", "string")
    base = request.take("base_subject", "string", default=routing.BASE_SUBJECT)
    enabled = request.take("enabled", "boolean", default=True)
    release = request.take("release", "string", default=routing.DEFAULT_RELEASE)
    pool = request.take("execution_pool", "string", "null", default=None)
    request.end()
    found = routing.route(
        kind,
        path,
        execution_id=execution_id,
        base_subject=base,
        enabled=enabled,
        release=release,
        execution_pool=pool,
    )
    return {"segment": found.segment, "subject": found.subject}


def _resolve(request: _Request) -> dict[str, Any]:
    config = request.take("config")
    request.take("execution_id", "integer", "string")
    release = request.take("release", "string", default="5.10.0")
    given = request.take("credential")
    request.end()
    reply = _answer(given)
    try:
        done = credentials.resolve(config, lambda alias: reply, release=release)
    except AliasError as error:
        about = {"kind": str(error.kind), "message": error.message}
        if error.cause is not None:
            about["cause"] = error.cause
        return {"error": about, "config": error.config, "lookups": error.lookups}
    return {"config": done.config, "secrets": dict(done.secrets), "lookups": done.lookups}


def _answer(given: Any) -> Answer:
    """What the server is to answer.

    `{"transport"}` alone and `{"http", "body"?}` alone can not be credentials, which have an id, a name and a type, so
    they say how the lookup went; any other JSON is the body of a 200. A status of 2xx takes its `body` as the raw text
    of the answer, which need not be JSON, and 404 is the same as null.
    """
    if given is None:
        return Missing()
    if not isinstance(given, dict):
        return Found(given)
    if given.keys() == {"transport"}:
        return TransportFailure(_Request({**given}).take("transport", "string"))
    if "http" in given and given.keys() <= {"http", "body"}:
        parts = _Request({**given})
        return _status(parts.take("http", "integer"), parts.take("body", "string", default=""))
    return Found(given)


def _status(status: int, body: str) -> Answer:
    if status == 404:
        return Missing()
    if not 200 <= status <= 299:
        return HttpFailure(status, body)
    try:
        return Found(_json(body))
    except ValueError:
        return Found(body)


async def _sequence(request: _Request) -> dict[str, Any]:
    from harness.reference.task_sequence.script import answer_sequence

    asked = dict(request.values)
    for key in ("tasks", "context", "tools", "clock"):
        request.take(key, default=None)
    request.end()
    return await answer_sequence(asked)
