"""Which release runs, as far as anything there says so."""

from __future__ import annotations

import re

from harness.model.doctor import Answer, Site, State
from harness.model.lane import Lane
from harness.noetl.client import Client

_RELEASE = re.compile(r":v?(\d+\.\d+\.\d+)\b")
"""The release in an image's tag: `ghcr.io/noetl/worker:v5.10.0`. Tags such as `dev` have none."""


async def check(site: Site, lane: Lane) -> Answer:
    """A pool is judged by what is on record of its release: another release than the declared one is a failure."""
    async with Client(lane.server_url) as client:
        version = (await client.health()).get("version")
    known = [f"the server says {version}"] if version else []
    silent = []
    for pool_id, image in site.images.items():
        found = _RELEASE.search(image)
        if found is None:
            silent.append(f"{pool_id} runs {image}")
        elif found[1] != pool_id.partition("@")[2]:
            return Answer(
                State.FAIL,
                f"{pool_id} is declared, and its pods run {image}",
                "Name the pool that runs there, with --reference or --candidate, or load the right image.",
            )
        else:
            known.append(f"{pool_id} runs {image}")
    if silent:
        told = "; ".join((*known, *silent))
        return Answer(State.WARN, f"{told}, which names no release", "Make sure that it is the declared one.")
    if not known:
        return Answer(State.ABSENT, "nothing there says which release it is; what is declared counts")
    return Answer(State.OK, "; ".join(known))
