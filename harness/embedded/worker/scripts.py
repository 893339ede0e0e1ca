"""Code that lies outside the playbook: `script: {uri, source: {type: file | http | inline, …}}`
(spec: noetl-rust 3.2; NoETL 4.12.0)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from harness.embedded.worker.rust.errors import ToolError, os_error

_RUST_SECONDS = 30

_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")


async def fetch(script: Any, session: aiohttp.ClientSession) -> str:
    """The text of a script, as the Python worker fetches it.

    Raises `ValueError`, `FileNotFoundError`, `PermissionError` or `ConnectionError` with the release's text. `gcs` and
    `s3` are kinds of source that the harness does not play.
    """
    source = _source(script)
    match source["type"]:
        case "file":
            return _from_file(str(script["uri"]), str(script.get("encoding", "utf-8")))
        case "http":
            return await _from_http(str(source.get("endpoint") or script["uri"]), source, session)
        case other:
            raise ValueError(f"harness: script source '{other}' is not emulated")


def _source(script: Any) -> Mapping[str, Any]:
    if not isinstance(script, Mapping):
        raise ValueError("script must be a dictionary")
    if "source" not in script:
        raise ValueError("script.source is required")
    source = script["source"]
    if not isinstance(source, Mapping):
        raise ValueError("script.source must be a dictionary")
    if "type" not in source:
        raise ValueError("script.source.type is required")
    if source["type"] not in ("gcs", "s3", "file", "http"):
        raise ValueError("script.source.type must be one of: gcs, s3, file, http")
    if "uri" not in script:
        raise ValueError("script.uri is required")
    return source


def _from_file(path: str, encoding: str) -> str:
    file = Path(path)
    if not file.exists():
        raise FileNotFoundError(f"Script file not found: {path}")
    if not file.is_file():
        raise ValueError(f"Path is not a regular file: {path}")
    return file.read_text(encoding)


async def _from_http(url: str, source: Mapping[str, Any], session: aiohttp.ClientSession) -> str:
    method = str(source.get("method", "GET"))
    if method not in _METHODS:
        raise ValueError(f"script.source.method must be valid HTTP method, got: {method}")
    headers = {str(name): str(value) for name, value in (source.get("headers") or {}).items()}
    patience = aiohttp.ClientTimeout(float(source.get("timeout", 30)))
    try:
        async with session.request(method, url, headers=headers, timeout=patience) as response:
            text = await response.text()
    except TimeoutError:
        raise ConnectionError(f"Request timeout: {url}") from None
    except aiohttp.ClientError:
        raise ConnectionError(f"Connection failed: {url}") from None
    if response.status == 404:
        raise FileNotFoundError(f"HTTP 404: Script not found at {url}")
    if response.status in (401, 403):
        raise PermissionError(f"HTTP {response.status}: Access denied to {url}")
    if response.status >= 400:
        raise ConnectionError(f"Failed to fetch from {url}: HTTP {response.status}: Failed to fetch from {url}")
    return text


async def rust_code(uri: str | None, source: Mapping[str, Any], session: aiohttp.ClientSession) -> str:
    """The text of a script, as the Rust worker's python tool gets it. Raises `ToolError` with the release's text."""
    kind = "inline" if source.get("type") is None else str(source["type"])
    prefix = f"python script `source.type: {kind}`"
    match kind:
        case "inline":
            if source.get("code") is None:
                raise ToolError.configuration(f"{prefix} has no `code`")
            return str(source["code"])
        case "file":
            if uri is None:
                raise ToolError.configuration(f"{prefix} requires `script.uri` (the file path)")
            return _rust_from_file(uri)
        case "http":
            url = uri if source.get("endpoint") is None else str(source["endpoint"])
            if url is None:
                text = f"{prefix} requires `source.endpoint` (the URL to GET) or a `script.uri`"
                raise ToolError.configuration(text)
            return await _rust_from_http(url, source, session)
        case "gcs":
            raise ToolError("harness: script source 'gcs' is not emulated")
        case _:
            raise ToolError.configuration(f"{prefix} is unknown; expected one of inline | file | gcs | http")


def _rust_from_file(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError as error:
        raise ToolError.io(f"python script file `{path}` could not be read: {os_error(error)}") from None
    except ValueError:
        text = "stream did not contain valid UTF-8"
        raise ToolError.io(f"python script file `{path}` could not be read: {text}") from None


async def _rust_from_http(url: str, source: Mapping[str, Any], session: aiohttp.ClientSession) -> str:
    method = str(source.get("method") or "GET").upper()
    patience = aiohttp.ClientTimeout(_RUST_SECONDS if source.get("timeout") is None else source["timeout"])
    try:
        async with session.request(method, url, timeout=patience) as response:
            text = await response.text(errors="replace")
    except (aiohttp.InvalidURL, ValueError):
        raise ToolError.http(f"http fetch `{url}` failed: builder error") from None
    except (aiohttp.ClientError, TimeoutError):
        raise ToolError.http(f"http fetch `{url}` failed: error sending request for url ({URL(url)})") from None
    if not 200 <= response.status < 300:
        status = f"{response.status} {response.reason or '<unknown status code>'}"
        raise ToolError.http(f"http fetch `{url}` returned HTTP {status}: {text[:300]}")
    return text
