"""Small services in place of the control plane, the workers and the test server: run it as a supervisor, or with the
argument `worker` as a person's own worker command.

A worker behaves as the name of its pool says: `always_waits`, `always_dies`, `never_waits`, `leaves_children`.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Mapping

import nats
from aiohttp import web
from nats.errors import TimeoutError as NoMessage
from nats.js.errors import NotFoundError

from harness.embedded import deployment
from harness.embedded.supervisor import Embedded, main
from harness.model.deployment import ControlPlaneConfig
from harness.model.pool import PoolSpec


class StandIns:
    """The miniature of `harness.embedded.services.Services`."""

    def preload(self) -> None:
        return

    def schema(self) -> bytes:
        return b"CREATE SCHEMA noetl; CREATE TABLE noetl.event (event_id bigint PRIMARY KEY);"

    def control_plane(self, config: ControlPlaneConfig, listener: socket.socket) -> None:
        asyncio.run(_make_stream(config))
        _serve(listener)

    def worker(self, pool: PoolSpec, env: Mapping[str, str]) -> None:
        if pool.id == "always_dies":
            print("this pool always dies, and its password is", env["NATS_PASSWORD"])
            sys.exit(3)
        if pool.id == "leaves_children":
            subprocess.Popen(["sh", "-c", "setsid sleep 600 & sleep 601"], start_new_session=True)
        if pool.id == "never_waits":
            asyncio.run(asyncio.sleep(600))
        asyncio.run(_wait_for_commands(env))

    def test_server(self, listener: socket.socket) -> None:
        _serve(listener)


def _serve(listener: socket.socket) -> None:
    async def healthy(_: web.Request) -> web.Response:
        return web.json_response({"pid": os.getpid()})

    app = web.Application()
    app.router.add_get("/api/health", healthy)
    web.run_app(app, sock=listener, print=None, access_log=None)


async def _make_stream(config: ControlPlaneConfig) -> None:
    async with await nats.connect(config.nats_url) as client:
        subjects = [config.subject, f"{config.subject}.>"]
        await client.jetstream().add_stream(name=config.stream, subjects=subjects)


async def _wait_for_commands(env: Mapping[str, str]) -> None:
    if "NATS_FILTER_SUBJECT" in env:
        wanted = {env["NATS_CONSUMER"]: env["NATS_FILTER_SUBJECT"]}
    else:
        segments = env["NOETL_WORKER_POOL_SEGMENTS"].split(",")
        wanted = {f"{env['NATS_CONSUMER']}_{one}": f"{env['NATS_SUBJECT']}.{one}.>" for one in segments}
    async with await nats.connect(env["NATS_URL"]) as client:
        await asyncio.gather(*(_pull(client, env["NATS_STREAM"], *one) for one in wanted.items()))


async def _pull(client: nats.NATS, stream: str, durable: str, subject: str) -> None:
    while True:
        try:
            pull = await client.jetstream().pull_subscribe(subject, durable, stream)
            break
        except NotFoundError:
            await asyncio.sleep(0.01)
    while True:
        try:
            await pull.fetch(1, timeout=30)
        except NoMessage:
            continue


if __name__ == "__main__":
    if sys.argv[1:] == ["worker"]:
        print("a command of its own", flush=True)
        asyncio.run(_wait_for_commands(os.environ))
    deployment.READY_SECONDS = 5.0
    sys.exit(main(Embedded(StandIns())))
