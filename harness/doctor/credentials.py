"""Whether the server gives back the credentials that it was given."""

from __future__ import annotations

import asyncio

from harness.drive.values import lane_values
from harness.files.credentials import CredentialBody, load_credentials
from harness.model.doctor import Answer, State
from harness.model.evidence import Evidence
from harness.model.lane import Lane
from harness.noetl.client import Client, Refused


async def check(lane: Lane, canary: Evidence) -> Answer:
    """They were stored before the canary. Nothing of them is shown, only the aliases."""
    wanted = load_credentials(lane_values(lane))
    async with Client(lane.server_url) as client:
        given = await asyncio.gather(*(_comes_back(client, one) for one in wanted))
    broken = [one.name for one, whole in zip(wanted, given, strict=True) if not whole]
    if broken:
        return Answer(
            State.FAIL,
            f"the server does not give back what was stored as {', '.join(broken)}",
            "Look into its log. Without NOETL_ENCRYPTION_KEY each of its processes encrypts by a key of its own.",
        )
    return Answer(State.OK, f"all {len(wanted)} aliases can be read and decrypted")


async def _comes_back(client: Client, credential: CredentialBody) -> bool:
    try:
        data = await client.credential(credential.name)
    except Refused:
        return False
    return all(data.get(key) == value for key, value in credential.data.items())
