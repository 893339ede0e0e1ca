"""What `up` and `down` say. Addresses with passwords are not among it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TextIO

from harness.model.lane import Lane, Side

SCHEMA = "noetl-harness/deployment/1"


def write(form: str, routing: str, lanes: Mapping[Side, Lane], out: TextIO) -> None:
    """The lanes that are kept: a line each, or one object with `schema`, `kept`, `routing` and `lanes`."""
    if form == "json":
        described = {
            side.value: {"pool": lane.pool.id, "server_url": lane.server_url, "test_server_url": lane.test_server_url}
            for side, lane in lanes.items()
        }
        _json({"kept": True, "routing": routing, "lanes": described}, out)
        return
    for side, lane in lanes.items():
        out.write(f"{side.value}  {lane.pool.id} at {lane.server_url}\n")
    out.write("It stays until `noetl-harness down`.\n")


def write_end(form: str, stopped: bool, out: TextIO) -> None:
    """Whether there was anything to stop."""
    if form == "json":
        _json({"kept": False, "stopped": stopped}, out)
        return
    out.write("stopped\n" if stopped else "there was nothing to stop\n")


def _json(value: Mapping[str, object], out: TextIO) -> None:
    out.write(json.dumps({"schema": SCHEMA, **value}, indent=2) + "\n")
