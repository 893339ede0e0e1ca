"""Which tools library a Rust worker release has, and what that library can do (spec: noetl-rust, version map and 3)."""

from __future__ import annotations

from dataclasses import dataclass

_TOOLS = (
    ((5, 9, 0), (2, 16, 0)),
    ((5, 11, 1), (2, 18, 1)),
    ((5, 12, 0), (2, 19, 3)),
    ((5, 14, 0), (2, 21, 0)),
    ((5, 15, 1), (3, 1, 0)),
    ((5, 22, 0), (3, 10, 0)),
    ((5, 40, 3), (3, 14, 0)),
    ((5, 46, 3), (3, 18, 1)),
    ((5, 53, 0), (3, 19, 1)),
    ((5, 75, 0), (3, 26, 0)),
)
"""Worker release and the tools release locked in it, oldest first. A worker between two rows has the older one's."""


@dataclass(frozen=True, slots=True)
class ToolsRelease:
    """The differences between tools releases that are on record and that a playbook can see."""

    version: tuple[int, ...]

    @property
    def templates_3_1(self) -> bool:
        """An attribute of an undefined value is undefined, not an error, and an expression that stands alone keeps its
        type (spec 3.6; seen with the real 5.15.1)."""
        return self.version >= (3, 1, 0)

    @property
    def sql_command(self) -> bool:
        """`command` is another name of `query`, and a query may hold several statements: postgres and duckdb
        (spec 3.2; NoETL tools 3.1.0)."""
        return self.version >= (2, 18, 3)

    @property
    def inline_ref(self) -> bool:
        """An outcome that is stored elsewhere leaves `context: {data: {_ref}}` (worker 5.15.1)."""
        return self.version >= (3, 1, 0)

    @property
    def explains_sql_errors(self) -> bool:
        """A SQL error's text holds the server's message and SQLSTATE, not just `db error` (spec 4, row 43)."""
        return self.version >= (2, 18, 2)

    @property
    def lenient_http_strings(self) -> bool:
        """Numbers and nulls are taken in the string maps of the http tool (spec 3.2)."""
        return self.version >= (2, 18, 4)

    @property
    def primary_http_data(self) -> bool:
        """The http tool's `data` holds the parsed body under `data` too (spec 3.3)."""
        return self.version >= (3, 13, 1)

    @property
    def python_scripts(self) -> bool:
        """`script` from files and HTTP (spec 3.4)."""
        return self.version >= (2, 22, 0)

    @property
    def payload_first(self) -> bool:
        """`payload` of the playbook tool wins over `args` (spec 3.2)."""
        return self.version >= (3, 18, 1)

    @property
    def reads_status_text(self) -> bool:
        """The blocking playbook tool reads a child's `status` text, not its booleans (spec 3.2)."""
        return self.version >= (2, 24, 1)


def tools_release(worker_version: str) -> ToolsRelease:
    """The tools library of a worker release. One that is older than every row has the oldest row's."""
    parts = tuple(int(part) for part in worker_version.split(".") if part.isdigit())
    older = [tools for worker, tools in _TOOLS if worker <= parts]
    return ToolsRelease(older[-1] if older else _TOOLS[0][1])
