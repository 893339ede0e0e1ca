"""The services of a lane: what the supervisor forks. Everything is imported late, by `preload`, while servers start."""

from __future__ import annotations

import importlib
import importlib.util
import socket
import sys
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import ModuleType
from typing import Protocol

from harness.model.deployment import ControlPlaneConfig
from harness.model.pool import PoolSpec, Runtime


class Services(Protocol):
    """Entry points of a lane's processes. Each blocks until SIGTERM."""

    def preload(self) -> None:
        """Import what the services need, once for all of them. May not start a thread, a loop or a connection."""

    def schema(self) -> bytes:
        """The DDL of the platform database."""

    def control_plane(self, config: ControlPlaneConfig, listener: socket.socket) -> None:
        """Serve NoETL's API on `listener`."""

    def worker(self, pool: PoolSpec, env: Mapping[str, str]) -> None:
        """Play a worker of `pool` that finds `env` as its environment."""

    def test_server(self, listener: socket.socket) -> None:
        """Serve what playbooks talk to."""


class OwnServices:
    """The harness's own control plane, workers and test server."""

    def preload(self) -> None:
        importlib.import_module("harness.embedded.control_plane.server")
        importlib.import_module("harness.embedded.worker.main")
        for runtime in Runtime:
            importlib.import_module(f"harness.embedded.worker.{runtime}.worker")
        playbook_site()

    def schema(self) -> bytes:
        return (files("harness.embedded.control_plane") / "schema.sql").read_bytes()

    def control_plane(self, config: ControlPlaneConfig, listener: socket.socket) -> None:
        from harness.embedded.control_plane.server import serve

        serve(config, listener)

    def worker(self, pool: PoolSpec, env: Mapping[str, str]) -> None:
        from harness.embedded.worker.main import serve

        serve(pool, env)

    def test_server(self, listener: socket.socket) -> None:
        from aiohttp import web

        web.run_app(playbook_site().make_app(), sock=listener, print=None, access_log=None, shutdown_timeout=0)


@cache
def playbook_site() -> ModuleType:
    """The test server, `fixtures/servers/playbook_site`: a package beside this one, which people may also run by hand.

    Raises `ImportError` when it is not there.
    """
    from harness.files.project import project_root

    name = "noetl_harness_test_server"
    path = project_root() / "fixtures" / "servers" / "playbook_site" / "__init__.py"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} can not be loaded")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
