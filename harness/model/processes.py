"""A NoETL that somebody else has set up on machines that we reach, as a person describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.model.lane import Inside, Side


@dataclass(frozen=True, slots=True)
class Program:
    """A command to be run in `folder`. Without `stop` it is one that stays in the foreground until it is ended; with
    it, `start` ends by itself and `stop` ends what it has started. `environment` comes over the harness's own and may
    hold secrets."""

    name: str
    start: tuple[str, ...]
    stop: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    folder: str = "."


@dataclass(frozen=True, slots=True)
class LogPlace:
    """Where records are written: into the file `path`, or with `pattern` into all that match it; or onto the output of
    `command`, which follows a log until it is ended."""

    path: str = ""
    pattern: bool = False
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stack:
    """One NoETL. Empty texts stand for what is not known: of `nats_url` and `monitor_url` at least one is, and without
    a `test_server_url` the harness starts one. Addresses hold passwords."""

    server_url: str
    dsn: str = field(repr=False)
    tenant_dsn: str = field(repr=False)
    nats_url: str = field(repr=False)
    monitor_url: str
    test_server_url: str
    account: str
    schema: str
    stream: str
    inside: Inside | None = field(repr=False)
    logs: tuple[LogPlace, ...]


class Role(StrEnum):
    """What workers do on a lane: they are the pool under test, or the Python pool beside it."""

    TESTED = "tested"
    PYTHON = "python"


@dataclass(frozen=True, slots=True)
class Workers:
    """Workers of one pool that are started together, or run already where there is no `program`. They are ready when
    every one of `consumers` exists and at least `waiting` pulls wait at it."""

    name: str
    role: Role
    program: Program | None
    consumers: tuple[str, ...]
    waiting: int
    logs: tuple[LogPlace, ...]


@dataclass(frozen=True, slots=True)
class Processes:
    """What a file for `--target processes:FILE` says, by side. Both sides may have the same stack. `folder` is the
    file's: commands are run and relative paths count from there."""

    stacks: Mapping[Side, Stack]
    workers: Mapping[Side, tuple[Workers, ...]]
    folder: str
