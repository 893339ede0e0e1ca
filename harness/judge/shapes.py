"""One form for a tool's data, whichever pool's names it came with. Names are the Python pool's.

What is left out here is on record as what one pool reports and the other never has; it says nothing of the call
(spec: noetl-python 7.5, noetl-rust 3.3). Where both report it, it stays and is compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def common(kind: str, data: Any, other: Any) -> Any:
    """`data` in the common form of its tool kind, beside `other`, the data of the other side; data of another kind, or
    no object, as it is. Doing it twice changes nothing more."""
    if not isinstance(data, Mapping):
        return data
    lacking = frozenset(_ONE_SIDED.get(kind, ())) - frozenset(other if isinstance(other, Mapping) else ())
    match kind:
        case "http":
            return _http(data, lacking)
        case "postgres":
            return _postgres(data, lacking)
        case "shell":
            return _renamed(data, {"exit_code": "returncode"}, lacking)
        case _:
            return data


_ONE_SIDED: Mapping[str, tuple[str, ...]] = {
    "http": ("url", "elapsed"),
    "postgres": ("message", "statement_count"),
    "shell": ("duration_ms",),
}


def _http(data: Mapping[str, Any], lacking: frozenset[str]) -> dict[str, Any]:
    """`{status_code, headers, data}`. Tools 3.13.1 and later have the body under both names; then `body` goes."""
    if "data" in data and data.get("body") == data["data"]:
        lacking |= {"body"}
    return _renamed(data, {"body": "data"}, lacking)


def _postgres(data: Mapping[str, Any], lacking: frozenset[str]) -> dict[str, Any]:
    """`{rows, columns, row_count}`, or `{row_count}` of a statement without rows. Python's -1, as for DDL, is 0."""
    if data.get("status") == "success":
        lacking |= {"status"}
    form = _renamed(data, {"affected_rows": "row_count"}, lacking)
    if form.get("row_count") == -1:
        form["row_count"] = 0
    return form


def _renamed(data: Mapping[str, Any], names: Mapping[str, str], dropped: frozenset[str]) -> dict[str, Any]:
    """A name that is taken is not given a second time: then both keys stay, and the difference is seen."""
    return {
        names[key] if key in names and names[key] not in data else key: value
        for key, value in data.items()
        if key not in dropped
    }
