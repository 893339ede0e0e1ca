"""One form for a tool's data, whichever pool's names it came with. Names are the Python pool's.

What is left out here is on record as what one pool reports and the other never has; it says nothing of the call
(spec: noetl-python 7.5, noetl-rust 3.3). Doing it twice changes nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def common(kind: str, data: Any) -> Any:
    """`data` in the common form of its tool kind; data of another kind, or no object, as it is."""
    if not isinstance(data, Mapping):
        return data
    match kind:
        case "http":
            return _http(data)
        case "postgres":
            return _postgres(data)
        case "shell":
            return _renamed(data, {"exit_code": "returncode"}, {"duration_ms"})
        case _:
            return data


def _http(data: Mapping[str, Any]) -> dict[str, Any]:
    """`{status_code, headers, data}`. Tools 3.13.1 and later have the body under both names; then `body` goes."""
    if "data" in data:
        return _renamed(data, {}, {"url", "elapsed", "body"})
    return _renamed(data, {"body": "data"}, {"url", "elapsed"})


def _postgres(data: Mapping[str, Any]) -> dict[str, Any]:
    """`{rows, columns, row_count}`, or `{row_count}` of a statement without rows. Python's -1, as for DDL, is 0."""
    dropped = {"message", "statement_count"} | ({"status"} if data.get("status") == "success" else set())
    form = _renamed(data, {"affected_rows": "row_count"}, dropped)
    if form.get("row_count") == -1:
        form["row_count"] = 0
    return form


def _renamed(data: Mapping[str, Any], names: Mapping[str, str], dropped: set[str]) -> dict[str, Any]:
    """A name that is taken is not given a second time: then both keys stay, and the difference is seen."""
    return {
        names[key] if key in names and names[key] not in data else key: value
        for key, value in data.items()
        if key not in dropped
    }
