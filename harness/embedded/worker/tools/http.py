"""`kind: http` (spec: noetl-python 4.2, 7.5; noetl-rust 3.2, 3.3)."""

from __future__ import annotations

import base64
import json
import re
import time
import uuid
from collections.abc import Mapping
from typing import Any

import aiohttp
from yarl import URL

from harness.embedded.worker.lookup import with_lookup
from harness.embedded.worker.python.call import PythonCall
from harness.embedded.worker.rust.call import RustCall
from harness.embedded.worker.rust.errors import ToolError
from harness.embedded.worker.rust.json_text import parse
from harness.embedded.worker.rust.result import ERROR, SUCCESS, ToolResult
from harness.embedded.worker.rust.serde import Field, boolean, map_of, option, string, unit_enum, unsigned, value
from harness.reference.credentials.python import http_headers
from harness.reference.templates import render_value

_PYTHON_SECONDS, _RUST_SECONDS = 60.0, 30.0
_AT_ONCE = 0.000_001
"""For no seconds at all: aiohttp takes 0 for no limit."""

_USER_AGENT = "python-httpx/0.28.1"

_CONFIG = {
    "url": Field(string),
    "method": Field(unit_enum("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"), "GET"),
    "headers": Field(map_of(string), {}),
    "body": Field(value, None),
    "json": Field(value, None),
    "form": Field(option(map_of(string)), None),
    "params": Field(map_of(string), {}),
    "timeout_seconds": Field(option(unsigned(64)), None),
    "follow_redirects": Field(boolean, True),
    "response_type": Field(unit_enum("json", "text", "binary"), "json"),
}
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

_STRING_MAPS = ("headers", "form", "params")


async def python(call: PythonCall) -> Any:
    """`{status_code, headers, url, elapsed, data}`; a status outside 2xx is an error without a text of its own."""
    task_id = str(uuid.uuid4())
    try:
        request = await _python_request(call)
        data = await _python_send(call, request)
    except (ValueError, _RequestError) as error:
        call.log.error(f"HTTP.EXECUTE_HTTP_TASK: Exception - {error}")
        return {"id": task_id, "status": "error", "error": str(error)}
    if 200 <= data["status_code"] < 300:
        return data
    return {"id": task_id, "status": "error", "data": data}


class _RequestError(Exception):
    """No response. The text is the release's."""


async def _python_request(call: PythonCall) -> dict[str, Any]:
    """Method, URL, headers and body, all rendered. Credentials that can not be had are left out without a word."""
    config, given, context = call.config, call.given, dict(call.context)
    raw_url = next((part[key] for part in (given, config) for key in ("endpoint", "url") if part.get(key)), "")
    rendered = {key: render_value(config.get(key) or {}, context) for key in ("data", "params", "headers")}
    payload = render_value(config.get("payload") or config.get("body") or {}, context)
    for key in ("data", "params", "headers"):
        if isinstance(over := given.get(key), Mapping) and isinstance(rendered[key], Mapping):
            rendered[key] = {**rendered[key], **over}
    if isinstance(over := given.get("payload"), Mapping) and isinstance(payload, Mapping):
        payload = {**payload, **over}
    environ = call.services.settings.environment
    auth = await with_lookup(lambda lookup: http_headers(config, given, lookup, environ=environ), call.services.server)
    headers = {str(name): str(item) for name, item in {**rendered["headers"], **auth}.items()}
    method = str(config.get("method") or "GET").upper()
    body = _python_body(method, rendered["data"], rendered["params"], payload, headers)
    return {"method": method, "url": render_value(raw_url, context), "headers": headers, **body}


def _python_body(method: str, data: Any, params: Any, payload: Any, headers: Mapping[str, str]) -> dict[str, Any]:
    """GET and DELETE send `data.query`, else `data`, else `params` as the query; the others `data.body`, else `data`,
    else the payload as the body."""
    data = data if isinstance(data, Mapping) else {}
    sectioned = "query" in data or "body" in data
    if method in ("GET", "DELETE"):
        query = (data.get("query") if isinstance(data.get("query"), Mapping) else None) if sectioned else data
        query = query or (params if isinstance(params, Mapping) else None)
        return {"params": _query(query)} if query else {}
    body = data.get("body") if "body" in data else data if data and not sectioned else payload
    if not isinstance(body, Mapping | list) and "body" not in data:
        return {}
    kinds = {name.lower(): item for name, item in headers.items()}
    if "application/x-www-form-urlencoded" in kinds.get("content-type", "").lower() and isinstance(body, Mapping):
        return {"data": _query(body)}
    return {"json": body}


def _query(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """As httpx spells them: lists are repeated, booleans lower-case, null is empty."""
    return [
        (str(key), "" if item is None else str(item).lower() if isinstance(item, bool) else str(item))
        for key, given in values.items()
        for item in (given if isinstance(given, list) else [given])
    ]


async def _python_send(call: PythonCall, request: Mapping[str, Any]) -> dict[str, Any]:
    config = call.config
    if not str(request["url"]).startswith(("http://", "https://")):
        raise _RequestError("Request error: Request URL is missing an 'http://' or 'https://' protocol.")
    verify = config.get("verify_ssl")
    verify = config.get("verify", True) if verify is None else verify
    begun = time.monotonic()
    request = {**request, "headers": {"User-Agent": _USER_AGENT, **request["headers"]}}
    try:
        async with call.services.session.request(
            **request,
            timeout=aiohttp.ClientTimeout(_python_seconds({**config, **call.given}.get("timeout"))),
            allow_redirects=bool(config.get("follow_redirects", False)),
            ssl=bool(verify),
        ) as response:
            text = await response.text(errors="replace")
    except TimeoutError:
        raise _RequestError("Request error: ") from None
    except aiohttp.ClientConnectorDNSError as error:
        raise _RequestError(f"Request error: {error.os_error}") from None
    except aiohttp.ClientConnectorError:
        raise _RequestError("Request error: All connection attempts failed") from None
    except (aiohttp.ClientError, ValueError) as error:
        raise _RequestError(f"Request error: {error}") from None
    return {
        "status_code": response.status,
        "headers": _headers(response),
        "url": str(response.url),
        "elapsed": round(time.monotonic() - begun, 6),
        "data": _json_or_text(text) if "application/json" in response.headers.get("Content-Type", "").lower() else text,
    }


def _python_seconds(given: Any) -> float:
    try:
        return min(max(0.1, float(given)), 180.0) if given is not None else _PYTHON_SECONDS
    except (TypeError, ValueError):
        return _PYTHON_SECONDS


def _headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    """Both releases' clients give header names in lower case."""
    return {name.lower(): item for name, item in response.headers.items()}


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


async def rust(call: RustCall) -> ToolResult:
    """`{status_code, headers, body}`; a status outside 2xx is an `error` inside `call.done`."""
    config = call.rendered("HttpConfig", _lenient_fields() if call.release.lenient_http_strings else _CONFIG)
    strings = {key: _strings(config[key]) for key in _STRING_MAPS if config[key] is not None}
    headers = {**strings["headers"], **_rust_auth(call)}
    kind, body = _rust_body(config, strings)
    if kind is not None and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = kind
    if not all(map(_HEADER_NAME.fullmatch, headers)):
        raise ToolError.http("builder error")
    begun = time.monotonic()
    seconds = _RUST_SECONDS if config["timeout_seconds"] is None else config["timeout_seconds"]
    patience = aiohttp.ClientTimeout(seconds or _AT_ONCE)
    try:
        async with call.services.session.request(
            config["method"],
            _rust_url(config["url"]),
            params=strings["params"] or None,
            headers=headers,
            skip_auto_headers=("User-Agent", "Accept-Encoding", "Content-Type"),
            timeout=patience,
            data=body,
        ) as response:
            content = await response.read()
    except aiohttp.NonHttpUrlClientError:
        raise ToolError.http(f"builder error for url ({_rust_url(config['url'])})") from None
    except (aiohttp.InvalidURL, ValueError):
        raise ToolError.http("builder error") from None
    except aiohttp.TooManyRedirects:
        raise ToolError.http(f"error following redirect for url ({_rust_url(config['url'])})") from None
    except (aiohttp.ClientError, TimeoutError):
        raise ToolError.http(f"error sending request for url ({_rust_url(config['url'])})") from None
    duration_ms = int((time.monotonic() - begun) * 1000)
    return _rust_result(call, config["response_type"], response, content, duration_ms)


def _lenient_fields() -> dict[str, Field]:
    defaults: dict[str, Any] = {"headers": {}, "form": None, "params": {}}
    return _CONFIG | {key: Field(option(map_of(value)), default) for key, default in defaults.items()}


def _strings(given: Mapping[str, Any]) -> dict[str, str]:
    return {
        key: item if isinstance(item, str) else _json_bytes(item).decode()
        for key, item in given.items()
        if item is not None
    }


def _rust_url(url: str) -> URL:
    return URL(url.strip().replace(" ", "%20"))


def _rust_body(config: Mapping[str, Any], strings: Mapping[str, Any]) -> tuple[str | None, Any]:
    """Content type and content. JSON is written as serde_json does: no blanks, keys sorted."""
    json_body = config["json"]
    if json_body is None and config["form"] is not None:
        return "application/x-www-form-urlencoded", strings["form"]
    if json_body is None:
        json_body = config["body"]
        if isinstance(json_body, str):
            return None, json_body.encode()
    if json_body is None:
        return None, None
    return "application/json", _json_bytes(json_body)


def _json_bytes(item: Any) -> bytes:
    return json.dumps(item, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _rust_auth(call: RustCall) -> dict[str, str]:
    """The header of an `auth` object; what a credential names is looked up among the command's secrets."""
    auth = call.auth
    if auth is None or auth["type"] == "none":
        return {}
    match auth["type"]:
        case "bearer":
            token = auth.get("token")
            return {"Authorization": f"Bearer {_secret(call, 'Bearer', 'token') if token is None else token}"}
        case "basic":
            given = auth.get("password")
            if auth.get("credential") is None and given is None:
                raise ToolError.auth("Basic auth requires 'password'")
            password = given if auth.get("credential") is None else _secret(call, "Basic", "password")
            if auth.get("username") is None:
                raise ToolError.auth("Basic auth requires 'username'")
            pair = f"{auth['username']}:{password}"
            return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        case "api_key":
            header = auth.get("header") or "X-API-Key"
            if auth.get("credential") is None and auth.get("token") is not None:
                return {header: str(auth["token"])}
            return {header: _secret(call, "API key", "token")}
        case other:
            raise ToolError(f"harness: auth type '{other}' is not emulated")


def _secret(call: RustCall, kind: str, alternative: str) -> str:
    alias = (call.auth or {}).get("credential")
    if alias is None:
        raise ToolError.auth(f"{kind} auth requires '{alternative}' or 'credential'")
    if alias not in call.secrets:
        raise ToolError.auth(f"Credential '{alias}' not found in context")
    return call.secrets[alias]


def _rust_result(
    call: RustCall, kind: str, response: aiohttp.ClientResponse, content: bytes, duration_ms: int
) -> ToolResult:
    text = content.decode(errors="replace")
    match kind:
        case "json":
            body = _rust_json(text)
        case "text":
            body = text
        case _:
            body = {"base64": base64.b64encode(content).decode(), "size": len(content)}
    data = {"status_code": response.status, "headers": _headers(response), "body": body}
    if call.release.primary_http_data:
        data["data"] = body
    good = 200 <= response.status < 300
    fields: dict[str, Any] = {"data": data} if good else {"data": data, "error": f"HTTP {response.status} response"}
    if kind != "binary":
        fields["stdout"] = text
    rest = {"exit_code": 0 if good else 1, "duration_ms": duration_ms}
    return ToolResult(SUCCESS if good else ERROR, fields | rest)


def _rust_json(text: str) -> Any:
    try:
        return parse(text)
    except ValueError:
        return text
