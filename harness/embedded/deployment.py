"""Everything that the supervisor owns: servers, databases, and the processes of two lanes."""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.embedded.accounts import Account
from harness.embedded.folder import RunFolder
from harness.embedded.lanes import WorkerPlan, environment, worker_plans
from harness.embedded.nats import Bus, NatsServer, open_buses
from harness.embedded.pipe import LOST
from harness.embedded.postgres import Postgres
from harness.embedded.processes import (
    die_with_parent,
    end,
    ending,
    fork,
    free_port,
    kill,
    last_complaint,
    listen,
    stop_if_told,
    tail,
)
from harness.embedded.services import Services
from harness.model.errors import Exit, HarnessError
from harness.model.lane import Lane, LogSource, Side
from harness.model.secrets import hidden, url_passwords

READY_SECONDS = 30.0
_GLANCE = 0.2
_POLITE = 1.0
"""Seconds that a person's own worker command has to end after SIGTERM: it may have started things elsewhere."""


@dataclass(frozen=True, slots=True)
class _Process:
    """A process of a lane. `foreign` is a person's own command."""

    name: str
    log: Path
    foreign: bool = False


class EmbeddedDeployment:
    """`start()` starts servers and lanes, `watch()` waits, `stop()` ends all.

    `raw` is the request as JSON. It is decoded when the servers are under way: that takes longer than starting them.
    """

    def __init__(self, raw: Mapping[str, Any], folder: RunFolder, account: Account | None, services: Services) -> None:
        self._folder = folder
        self._services = services
        self._foreign_dsn: str | None = raw["postgres_dsn"]
        self._foreign_nats: str | None = raw["nats_url"]
        self._postgres = None if self._foreign_dsn else Postgres(folder, account)
        self._buses = open_buses(folder, list(Side), self._foreign_nats)
        self._processes: dict[int, _Process] = {}
        self._servers: dict[int, _Process] = {}
        self._stack = ExitStack()
        self._secrets = tuple(url_passwords(self._foreign_dsn or "", self._foreign_nats or ""))

    def start(self, request: bytes) -> dict[str, Any]:
        """Start everything, and wait until both lanes take work. Returns request and lanes as JSON values."""
        self._begin()
        self._services.preload()
        stop_if_told()
        gc.collect()
        gc.freeze()
        return self._start_lanes(request)

    def _begin(self) -> None:
        """Start our own servers, without waiting for them."""
        if self._postgres:
            self._stack.callback(self._postgres.stop)
            self._postgres.begin()
            self._secrets += self._postgres.secrets
        self._stack.callback(self._buses.stop)
        self._buses.begin()

    def _start_lanes(self, request: bytes) -> dict[str, Any]:
        """Make databases, start both lanes and wait until they take work."""
        from harness.embedded.databases import Databases
        from harness.embedded.readiness import Expected, wait_until_ready
        from harness.embedded.wire import LANES, REQUEST

        decoded = REQUEST.validate_json(request)
        pools = decoded.pools
        buses = self._buses.ready()
        self._secrets += tuple(bus.password for bus in buses.values())
        if self._postgres:
            self._postgres.ready()
            databases = Databases(self._postgres.dsn(), list(Side))
        else:
            databases = _foreign_databases(str(self._foreign_dsn), self._folder)
            self._stack.callback(databases.drop)
        self._servers = self._own_servers()
        addresses = databases.make(self._services.schema())
        lanes, expected = [], []
        for side in Side:
            bus, plans = buses[side], worker_plans(pools, side)
            control_plane, test_server = listen(), listen()
            lane = Lane(
                side=side,
                pool=pools.reference if side is Side.REFERENCE else pools.candidate,
                python_pool=next(plan.pool for plan in plans if "python" in plan.segments),
                server_url=_url(control_plane),
                dsn=addresses[side].platform,
                tenant_dsn=addresses[side].tenant,
                nats_url=bus.url,
                monitor_url=bus.monitor_url,
                account=bus.account,
                test_server_url=_url(test_server),
                logs=(LogSource(str(self._folder.log(f"{side}-control-plane")), None), *map(self._source, plans)),
                owns_database=True,
                stream=bus.stream,
            )
            self._start_lane(lane, bus, plans, pools.routing, control_plane, test_server)
            lanes.append(lane)
            expected.append(Expected(side, lane.server_url, lane.test_server_url, bus, plans))
        wait_until_ready(expected, self._check, READY_SECONDS)
        return {"request": REQUEST.dump_python(decoded, mode="json"), "lanes": LANES.dump_python(lanes, mode="json")}

    def watch(self) -> None:
        """Until a signal ends it: note every process that ends, and reap what others left to us."""
        lost = self._folder.private / LOST
        while True:
            stop_if_told()
            for process, status in self._ended():
                with lost.open("a", encoding="utf-8") as file:
                    told = f"{ending(os.waitstatus_to_exitcode(status))}{last_complaint(process.log)}"
                    file.write(f"{process.name} {hidden(told, self._secrets)}\n")
            time.sleep(_GLANCE)

    def stop(self) -> None:
        """End all processes, then take away what was made in servers, then end our own servers."""
        foreign = [pid for pid, process in self._processes.items() if process.foreign]
        for pid in self._processes:
            kill(pid, signal.SIGTERM if pid in foreign else signal.SIGKILL)
        deadline = time.monotonic() + _POLITE
        while foreign and time.monotonic() < deadline:
            foreign = [pid for pid in foreign if _runs(pid)]
            time.sleep(0.01)
        end(list(self._processes))
        self._processes.clear()
        self._stack.close()

    def redact(self, error: HarnessError) -> HarnessError:
        """The same error without a password: the end of a log can hold one."""
        return HarnessError(hidden(error.what, self._secrets), error.todo, error.exit)

    def _start_lane(
        self,
        lane: Lane,
        bus: Bus,
        plans: tuple[WorkerPlan, ...],
        routing: str,
        control_plane: socket.socket,
        test_server: socket.socket,
    ) -> None:
        """Fork the lane's processes. Listeners are open before: whoever connects early waits instead of failing."""
        from harness.model.deployment import ControlPlaneConfig

        config = ControlPlaneConfig(lane.dsn, bus.url, lane.server_url, routing, bus.stream, bus.subject)
        self._fork(
            f"{lane.side}-control-plane", lambda: self._services.control_plane(config, control_plane), test_server
        )
        control_plane.close()
        self._fork(f"{lane.side}-test-server", lambda: self._services.test_server(test_server))
        test_server.close()
        for plan in plans:
            folder = self._working_folder(plan.name)
            told = environment(plan, bus, lane.server_url, free_port(), folder, os.environ)
            if plan.pool.emulated:
                self._fork(plan.name, lambda plan=plan, told=told: self._play(plan, told))  # type: ignore[misc]
            else:
                self._run(plan, told)

    def _play(self, plan: WorkerPlan, told: dict[str, str]) -> None:
        """In the child: what playbooks leave in the working folder goes with the run."""
        os.chdir(told["TMPDIR"])
        os.environ.clear()
        os.environ.update(told)
        self._services.worker(plan.pool, told)

    def _fork(self, name: str, body: Callable[[], None], *others: socket.socket) -> None:
        def alone() -> None:
            for other in others:
                other.close()
            body()

        log = self._folder.log(name)
        self._processes[fork(alone, log=log)] = _Process(name, log)

    def _run(self, plan: WorkerPlan, told: dict[str, str]) -> None:
        """A person's own worker command. A path in it counts from where the harness was started."""
        program, *arguments = plan.pool.command
        path = os.path.abspath(program) if "/" in program else program
        log = self._folder.log(plan.name)
        supervisor = os.getpid()
        try:
            with log.open("ab") as out:
                process = subprocess.Popen(
                    [path, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    cwd=told["TMPDIR"],
                    env=told,
                    preexec_fn=lambda: die_with_parent(supervisor),
                )
        except OSError as error:
            raise HarnessError(
                f"The worker command of {plan.pool.id} can not be started: {path}: {error.strerror}",
                "Mend `command` in the pool file.",
                Exit.ENVIRONMENT,
            ) from None
        process.returncode = 0  # reaped in `_ended`: whoever is not waited for here, Python reaps unseen
        self._processes[process.pid] = _Process(plan.name, log, foreign=True)

    def _working_folder(self, name: str) -> Path:
        folder = self._folder.private / name
        folder.mkdir()
        return folder

    def _source(self, plan: WorkerPlan) -> LogSource:
        return LogSource(str(self._folder.log(plan.name)), plan.pool.id, plan.worker_id if plan.announced else None)

    def _own_servers(self) -> dict[int, _Process]:
        servers: dict[int, _Process] = {}
        if self._postgres:
            servers[self._postgres.pid] = _Process("PostgreSQL", self._folder.log("postgres"))
        if isinstance(self._buses, NatsServer):
            servers[self._buses.pid] = _Process("NATS", self._folder.log("nats"))
        return servers

    def _ended(self) -> Iterator[tuple[_Process, int]]:
        """Processes of ours that have ended since, with their wait status. Others that were left to us are reaped."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if process := self._processes.pop(pid, None) or self._servers.pop(pid, None):
                yield process, status

    def _check(self) -> None:
        """`HarnessError` (environment) with the end of its log for a process that has ended; `Stop` if told to."""
        stop_if_told()
        for process, status in self._ended():
            how = ending(os.waitstatus_to_exitcode(status))
            raise HarnessError(
                f"{process.name} {how} before its lane was ready. The end of its log:\n"
                f"{tail(process.log) or '(empty)'}",
                "Mend what the log says.",
                Exit.ENVIRONMENT,
            )


def clear_foreign(raw: Mapping[str, Any], folder: RunFolder) -> None:
    """Take the databases and streams of a deployment out of the servers that were given to it."""
    if raw["nats_url"]:
        open_buses(folder, list(Side), raw["nats_url"]).stop()
    if raw["postgres_dsn"]:
        _foreign_databases(raw["postgres_dsn"], folder).drop()


def _foreign_databases(dsn: str, folder: RunFolder) -> Any:
    from harness.embedded.databases import Databases

    return Databases(dsn, list(Side), f"_{folder.run_id}")


def _url(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _runs(pid: int) -> bool:
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
    except ChildProcessError:
        return False
