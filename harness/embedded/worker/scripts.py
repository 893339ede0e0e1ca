"""Code that lies outside the playbook: `script: {uri, source: {type: file | http | inline, …}}`
(spec: noetl-rust 3.2; NoETL 4.12.0)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

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
