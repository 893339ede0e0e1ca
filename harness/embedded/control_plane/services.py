"""What the routes of one control plane share."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from harness.embedded.control_plane.batches import Batches
from harness.embedded.control_plane.claims import Timing
from harness.embedded.control_plane.database import Database
from harness.embedded.control_plane.executions import Executions
from harness.embedded.control_plane.ids import Snowflakes
from harness.embedded.control_plane.ingest import Ingest
from harness.embedded.control_plane.references import References


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a running control plane."""

    database: Database
    ids: Snowflakes
    executions: Executions
    ingest: Ingest
    batches: Batches
    references: References
    timing: Timing
    routing: str


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)


def services(request: web.Request) -> Services:
    """The parts that answer this request."""
    return request.app[SERVICES]
