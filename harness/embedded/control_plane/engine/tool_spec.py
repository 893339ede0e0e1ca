"""The shape of one tool in a playbook, with NoETL 4.12.0's class and field names.

Both are contracts: the class name is part of the field path in a refused registration, and a single tool is stored in
the command with every default filled in (spec: noetl-python 1.4).
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class OutputStore(BaseModel):
    kind: Literal["auto", "memory", "kv", "disk", "object", "s3", "gcs", "db", "duckdb", "eventlog"] = "auto"
    driver: str | None = None
    bucket: str | None = None
    prefix: str | None = None
    ttl: str | None = None
    compression: Literal["none", "gzip", "lz4"] = "none"
    credential: str | None = None


class OutputSelect(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    path: str
    as_: str = Field(alias="as")


class OutputAccumulate(BaseModel):
    enabled: bool = False
    strategy: Literal["append", "replace", "merge", "concat"] = "append"
    merge_path: str | None = None
    manifest_as: str | None = None
    on_success: bool = True
    on_error: bool = False
    max_items: int | None = None


class ToolOutput(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    store: OutputStore | None = None
    select: list[OutputSelect] | None = None
    accumulate: OutputAccumulate | None = None
    inline_max_bytes: int = 65536
    preview_max_bytes: int = 1024
    scope: Literal["step", "execution", "workflow", "permanent"] = "execution"
    as_: str | None = Field(None, alias="as")


class TaskPolicy(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    mode: Literal["exclusive", "inclusive"] = "exclusive"
    on_unmatched: Literal["continue", "fail"] = "continue"
    rules: list[dict[str, Any]]
    before: list[dict[str, Any]] | None = None
    after: list[dict[str, Any]] | None = None
    finally_: list[dict[str, Any]] | None = Field(None, alias="finally")


class TaskSpec(BaseModel):
    model_config = ConfigDict(extra="allow")

    timeout: dict[str, Any] | None = None
    policy: TaskPolicy | None = None


class ToolSpec(BaseModel):
    """A single tool. Keys of the tool itself (`code`, `command`, `url`, ...) stay as they are written."""

    model_config = ConfigDict(extra="allow")

    kind: Literal[
        "http",
        "postgres",
        "duckdb",
        "ducklake",
        "python",
        "workbook",
        "playbook",
        "playbooks",
        "secrets",
        "iterator",
        "container",
        "script",
        "snowflake",
        "transfer",
        "snowflake_transfer",
        "gcs",
        "gateway",
        "nats",
        "agent",
        "mcp",
        "shell",
        "artifact",
        "noop",
        "task_sequence",
        "rhai",
        "result_fetch",
    ]
    spec: TaskSpec | None = None
    output: ToolOutput | None = None
