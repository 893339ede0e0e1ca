"""Whether the control plane sends commands to the pool that their kind asks for."""

from __future__ import annotations

from harness.model.doctor import Answer, Site, State
from harness.model.lane import Lane

_TRUE = ("1", "true", "yes")
"""What NoETL takes for true, in any case; the default is off (spec: noetl-python 3.1)."""


async def check(site: Site, lane: Lane) -> Answer:
    """Off, every command goes to the bare subject, which only the Python pool's legacy consumer reads."""
    if site.routing is None:
        return Answer(State.ABSENT, "the deployment does not show the flag; who claimed what is judged case by case")
    if site.routing.lower() in _TRUE:
        return Answer(State.OK, f"NOETL_COMMAND_ROUTING_ENABLED is {site.routing}")
    said = f"is {site.routing}" if site.routing else "is not set"
    return Answer(
        State.FAIL,
        f"NOETL_COMMAND_ROUTING_ENABLED {said}: the Rust pool would get no command",
        "Set it to true in the server's ConfigMap, and restart the server.",
    )
