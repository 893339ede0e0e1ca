"""Which parts of a tool's result the Python worker puts into an event (spec: noetl-python 7.1; NoETL 4.12.0)."""

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
