"""Requests in and answers out, in the shapes of NoETL's server (FastAPI): `{"detail": …}` for what is refused."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from harness.embedded.control_plane.log import log

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Model = TypeVar("Model", bound=BaseModel)


class Refusal(Exception):
    """Ends a request with `status` and `{"detail": detail}`."""

    def __init__(self, status: int, detail: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def reply(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """`value` as JSON; dates become ISO 8601 text."""
    text = json.dumps(value, default=_plain)
    return web.Response(text=text, status=status, headers=headers, content_type="application/json")


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns what a handler raises into NoETL's answer; what nobody foresaw is a 500 and a line in the log."""
    try:
        return await handler(request)
    except Refusal as refusal:
        return reply({"detail": refusal.detail}, refusal.status, refusal.headers)
    except web.HTTPException as refused:
        return reply({"detail": refused.reason}, refused.status)
    except Exception as error:  # noqa: BLE001 - the boundary of the process: it answers and logs, nothing is swallowed
        # Only the first line: the rest of a database error can quote a row, and rows hold payloads.
        log.error("%s %s failed: %s: %s", request.method, request.path, type(error).__name__, first_line(error))
        return reply({"detail": str(error)}, 500)


def first_line(error: BaseException) -> str:
    """The first line of an error's text."""
    return str(error).partition("\n")[0]


def _invalid(error: ValidationError, where: str) -> Refusal:
    problems = error.errors(include_url=False, include_context=False)
    return Refusal(422, [{**problem, "loc": [where, *problem["loc"]]} for problem in problems])


async def body(request: web.Request, model: type[Model]) -> Model:
    """The JSON body as `model`. Raises a 422 in FastAPI's shape."""
    raw = await request.read()
    try:
        value = json.loads(raw)
    except ValueError as error:
        problem = {"type": "json_invalid", "loc": ["body", 0], "msg": "JSON decode error", "input": {}}
        raise Refusal(422, [problem]) from error
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise _invalid(error, "body") from error


async def optional_body(request: web.Request, model: type[Model]) -> Model:
    """As `body`, but no body counts as `{}`."""
    return await body(request, model) if await request.read() else model()


def query(request: web.Request, model: type[Model]) -> Model:
    """The query string as `model`. Raises a 422."""
    try:
        return model.model_validate(dict(request.query))
    except ValidationError as error:
        raise _invalid(error, "query") from error


def number(request: web.Request, name: str) -> int:
    """The path's part `name` as an integer. Raises a 422 in FastAPI's shape."""
    text = request.match_info[name]
    try:
        return int(text)
    except ValueError as error:
        message = "Input should be a valid integer, unable to parse string as an integer"
        problem = {"type": "int_parsing", "loc": ["path", name], "msg": message, "input": text}
        raise Refusal(422, [problem]) from error


def utc(moment: datetime | None) -> datetime | None:
    """A moment with its time zone; columns without one hold UTC."""
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def zulu(moment: datetime | None) -> str | None:
    """`2026-11-23T17:43:23.924016Z`, as NoETL's typed answers write a date."""
    aware = utc(moment)
    return aware.astimezone(UTC).isoformat().replace("+00:00", "Z") if aware else None
