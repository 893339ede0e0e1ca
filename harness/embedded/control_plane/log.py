"""The control plane's log: one line a record, on stdout."""

from __future__ import annotations

import logging
import sys

log = logging.getLogger("harness.control_plane")


def configure() -> None:
    """`2026-11-23T17:43:24.031 [INFO] text execution_id=… command_id=…`. No record may hold a secret or a payload."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(asctime)s.%(msecs)03d [%(levelname)s] %(message)s", "%Y-%m-%dT%H:%M:%S"))
    log.handlers[:] = [handler]
    log.setLevel(logging.INFO)
    log.propagate = False
