"""Both ways of reading a stream's counters say the same."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from harness.deployments.embedded import open_embedded
from harness.files.pools import load_pool
from harness.model.deployment import DeploymentRequest, EmbeddedRequest
from harness.model.errors import Exit, HarnessError
from harness.model.lane import Side
from harness.noetl.streams import open_stream

pytestmark = pytest.mark.embedded


async def test_monitor_and_client_agree_and_a_missing_stream_is_one_clear_message() -> None:
    python = load_pool("python")
    async with open_embedded(EmbeddedRequest(DeploymentRequest(python, load_pool("rust"), python))) as deployment:
        lane = deployment.lanes[Side.CANDIDATE]
        async with AsyncExitStack() as stack:
            monitor = await (await open_stream(lane, stack)).state()
            client = await (await open_stream(replace(lane, monitor_url=""), stack)).state()
            assert [one.name for one in monitor.consumers] == [
                "noetl_worker_pool_python",
                "noetl_worker_pool_shared",
                "noetl_worker_pool_system",
            ]
            assert all(one.waiting == 1 for one in monitor.consumers)
            assert client == monitor
            for url in (lane.monitor_url, ""):
                missing = await open_stream(replace(lane, stream="NONE", monitor_url=url), stack)
                with pytest.raises(HarnessError, match="NATS has no stream NONE") as told:
                    await missing.state()
                assert told.value.exit is Exit.ENVIRONMENT
