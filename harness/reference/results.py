"""Which parts of a tool's result the Python worker puts into an event (spec: noetl-python 7.1; NoETL 4.12.0)."""

from __future__ import annotations

import json
from typing import Any

NEVER_IN_EVENTS = frozenset(
    {
        "_ref",
        "_preview",
        "_size_bytes",
        "_store",
        "_store_failed",
        "_store_error",
        "_inline",
        "_internal_data",
        "data",
        "response",
        "result",
        "payload",
        "rows",
        "columns",
    }
)
"""Keys that never reach the context of an event: the data plane. Small postgres rows are put back by the server."""

CONTEXT_MAX_BYTES = 102_400
"""A context whose JSON is longer is left out of the event as a whole: `NOETL_EVENT_RESULT_CONTEXT_MAX_BYTES` of the
server (spec: noetl-python 7.2)."""


def json_size(value: Any) -> int:
    """Bytes of `value` as compact JSON, as the server measures them."""
    return len(json.dumps(value, default=str, separators=(",", ":")).encode())
