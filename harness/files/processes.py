"""The file behind `--target processes:FILE`: a NoETL that was set up by hand, and how its pools are started."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from harness.files.addresses import sound_nats_url, sound_postgres_dsn
from harness.files.yaml import checked, load_yaml
from harness.model.lane import Inside, Side
from harness.model.processes import LogPlace, Processes, Program, Role, Stack, Workers


def _http(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("give a URL such as http://localhost:8082, without user and password: it is shown")
    return url.rstrip("/")


def _postgres(dsn: str) -> str:
    if "://" not in dsn or not sound_postgres_dsn(dsn) or not urlsplit(dsn).path.strip("/"):
        raise ValueError("give a URL such as postgresql://user:password@localhost:5432/database")
    return dsn


def _nats(url: str) -> str:
    if not sound_nats_url(url):
        raise ValueError("give a URL such as nats://user:password@localhost:4222")
    return url


Text = Annotated[str, Field(min_length=1)]
Http = Annotated[str, AfterValidator(_http)]
Postgres = Annotated[str, AfterValidator(_postgres)]
Nats = Annotated[str, AfterValidator(_nats)]
Command = Annotated[tuple[Text, ...], Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class LogFile(_Strict):
    """One log: a file, a pattern over files, or a command that follows a log and prints what comes."""

    file: Text | None = None
    glob: Text | None = None
    command: Command | None = None

    @model_validator(mode="after")
    def _is_one(self) -> LogFile:
        if sum(part is not None for part in (self.file, self.glob, self.command)) != 1:
            raise ValueError("name one of file, glob and command")
        return self

    def place(self, folder: Path) -> LogPlace:
        """Relative paths count from `folder`."""
        if self.command:
            return LogPlace(command=self.command)
        return LogPlace(os.path.join(folder, self.file or self.glob or ""), pattern=self.glob is not None)


class InsideFile(_Strict):
    """Addresses as workers and playbooks reach them, where they run in containers and so see others than we do."""

    server_url: Http
    tenant_dsn: Annotated[Postgres, Field(repr=False)]
    test_server_url: Http

    def value(self) -> Inside:
        """The value that the other parts see."""
        return Inside(self.server_url, self.tenant_dsn, self.test_server_url)


class StackFile(_Strict):
    """One NoETL: its server, its databases, its command stream, the logs of its server."""

    server_url: Http
    postgres_dsn: Annotated[Postgres, Field(repr=False)]
    schema_: Annotated[str, Field(alias="schema", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = "noetl"
    tenant_dsn: Annotated[Postgres, Field(repr=False)]
    nats_url: Annotated[Nats | None, Field(repr=False)] = None
    monitor_url: Http | None = None
    account: Text | None = None
    stream: Text = "NOETL_COMMANDS"
    test_server_url: Http | None = None
    inside: InsideFile | None = None
    logs: tuple[LogFile, ...] = ()

    @model_validator(mode="after")
    def _can_be_counted(self) -> StackFile:
        if self.nats_url is None and self.monitor_url is None:
            raise ValueError("name monitor_url or nats_url: without either nobody knows whether workers wait")
        if self.inside is not None and self.test_server_url is None:
            raise ValueError("name test_server_url: one that the harness starts is not reached from inside")
        return self

    def stack(self, folder: Path) -> Stack:
        """The value that the other parts see."""
        inside = self.inside
        return Stack(
            server_url=self.server_url,
            dsn=self.postgres_dsn,
            tenant_dsn=self.tenant_dsn,
            nats_url=self.nats_url or "",
            monitor_url=self.monitor_url or "",
            test_server_url=self.test_server_url or "",
            account=self.account or "",
            schema=self.schema_,
            stream=self.stream,
            inside=None if inside is None else inside.value(),
            logs=tuple(log.place(folder) for log in self.logs),
        )


class WorkersFile(_Strict):
    """Workers of one pool. With `start` the harness starts them, and ends them; without it they run already.

    `start` stays in the foreground until it is ended, or it ends by itself, and then `stop` ends what it has started.
    `waits: false` is for workers that ask again and again instead of waiting (spec: noetl-rust 2.1, before 5.47.1).
    """

    role: Role = Role.TESTED
    start: Command | None = None
    stop: Command | None = None
    environment: Annotated[dict[str, str], Field(repr=False)] = {}
    workers: Annotated[int, Field(ge=1)] = 1
    consumers: Annotated[tuple[Text, ...], Field(min_length=1)]
    waits: bool = True
    logs: tuple[LogFile, ...] = ()

    @model_validator(mode="after")
    def _is_started(self) -> WorkersFile:
        if self.start is None and (self.stop or self.environment):
            raise ValueError("stop and environment are for what start has started; workers without it are left alone")
        return self

    def value(self, name: str, folder: Path) -> Workers:
        """The value that the other parts see. `name` is what messages call them."""
        program = self.start and Program(name, self.start, self.stop or (), self.environment, str(folder))
        waiting = self.workers if self.waits else 0
        logs = tuple(log.place(folder) for log in self.logs)
        return Workers(name, self.role, program or None, self.consumers, waiting, logs)


class _Sides(_Strict):
    reference: StackFile
    candidate: StackFile


class PoolsFile(_Strict):
    """The workers of both sides."""

    reference: Annotated[tuple[WorkersFile, ...], Field(min_length=1)]
    candidate: Annotated[tuple[WorkersFile, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _are_tested(self) -> PoolsFile:
        for side in Side:
            if not any(workers.role is Role.TESTED for workers in getattr(self, side)):
                raise ValueError(f"no workers of the {side} have the role tested")
        return self


class ProcessesFile(_Strict):
    """Either `stack`, one NoETL in which the pools work one after the other, or `stacks`, one for each side."""

    stack: StackFile | None = None
    stacks: _Sides | None = None
    pools: PoolsFile

    @model_validator(mode="after")
    def _has_one(self) -> ProcessesFile:
        if (self.stack is None) == (self.stacks is None):
            raise ValueError("name either stack, which both pools use, or stacks with reference and candidate")
        return self


def load_processes(path: Path) -> Processes:
    """Raises `HarnessError` for a file that is not sound, with line and column. Values are never shown."""
    file = checked(load_yaml(path), ProcessesFile)
    folder = path.resolve().parent
    stacks = {side: (file.stack or getattr(file.stacks, side)).stack(folder) for side in Side}
    workers = {
        side: tuple(
            one.value(f"{side}-{one.role}-{number}", folder) for number, one in enumerate(getattr(file.pools, side), 1)
        )
        for side in Side
    }
    return Processes(stacks, workers, str(folder))
