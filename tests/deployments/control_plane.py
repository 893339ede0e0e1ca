"""A control plane by hand, as somebody else would have started it: `python control_plane.py`, told by its environment,
PLATFORM_DSN, NATS_URL, ADDRESS (host:port) and ROUTING."""

from __future__ import annotations

import os
import socket

from harness.embedded.control_plane.server import serve
from harness.model.deployment import ControlPlaneConfig


def main() -> None:
    """Serve until SIGTERM."""
    host, _, port = os.environ["ADDRESS"].partition(":")
    listener = socket.create_server((host, int(port)))
    listener.setblocking(False)
    config = ControlPlaneConfig(
        os.environ["PLATFORM_DSN"], os.environ["NATS_URL"], f"http://{host}:{port}", os.environ["ROUTING"]
    )
    serve(config, listener)


if __name__ == "__main__":
    main()
