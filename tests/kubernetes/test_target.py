"""`--target kubernetes:FILE`: what is refused before anything is changed, and what a restart finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from api_server import ApiServer, Cluster
from api_server.cluster import CLUSTER_ID

from harness.deployments.kubernetes.api import Api, path_of
from harness.deployments.kubernetes.deployment import open_kubernetes
from harness.deployments.kubernetes.lease import held
from harness.deployments.kubernetes.restore import Change, Changes, Journal, left_behind
from harness.deployments.registry import target_of
from harness.files.pools import load_pool
from harness.model.deployment import DeploymentRequest
from harness.model.errors import Exit, HarnessError
from harness.model.kubernetes import Settings
from harness.recording.write import write_whole
from harness.restoring import restore

CHANGING = {"create", "patch", "update", "delete"}


def pools(candidate: str = "rust@5.15.1") -> DeploymentRequest:
    python = load_pool("python")
    return DeploymentRequest(python, load_pool(candidate), python)


async def refusal(settings: Settings, request: DeploymentRequest | None = None) -> HarnessError:
    """What opening the deployment is refused with."""
    with pytest.raises(HarnessError) as caught:
        async with open_kubernetes(settings, request or pools()):
            raise AssertionError
    return caught.value


def changed(server: ApiServer) -> set[tuple[str, str]]:
    """What was asked for that changes something; a review of one's own rights does not."""
    return {(verb, resource) for verb, resource in server.requests if verb in CHANGING} - {
        ("create", "selfsubjectaccessreviews")
    }


@pytest.mark.parametrize("options", [{}, {"allow_context": "gke-other"}])
def test_a_context_that_is_not_allowed(tmp_path: Path, options: Mapping[str, str]) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump({"context": "gke-prod"}), encoding="utf-8")
    with pytest.raises(HarnessError, match="--allow-context gke-prod"):
        target_of(f"kubernetes:{file}", options)
    allowed = target_of(f"kubernetes:{file}", {"allow_context": "gke-prod"})
    assert allowed.name == f"kubernetes:{file}"


async def test_a_missing_right(settings: Settings, server: ApiServer) -> None:
    server.rights.deny("patch", "deployments/scale")
    error = await refusal(settings)
    assert "patch deployments/scale.apps in namespace noetl" in error.what
    assert (error.exit, changed(server)) == (Exit.ENVIRONMENT, set())


async def test_a_server_that_is_not_the_declared_one(settings: Settings, server: ApiServer) -> None:
    error = await refusal(replace(settings, server_image=":4.11.0"))
    assert ":4.11.0 is declared" in error.what
    assert changed(server) == set()


async def test_a_second_harness_on_the_namespace(settings: Settings, server: ApiServer, api: Api) -> None:
    async with held(api, "noetl"):
        error = await refusal(settings)
    assert "Another harness works on namespace noetl" in error.what
    assert all(resource == "leases" for _, resource in changed(server))


async def test_two_pools_that_are_one_deployment(settings: Settings) -> None:
    error = await refusal(settings, pools("python@4.12.0"))
    assert "Both pools would be the deployment noetl-worker" in error.what
    assert error.exit is Exit.USAGE


def leave(settings: Settings, cluster: str, state: Path) -> None:
    """A restore file of a harness that has ended."""
    Journal(cluster, settings.context, settings.kubeconfig, "noetl").note(
        Change(
            "noetl-worker scaled from 3 to 0",
            path_of("apps/v1", "deployments", "noetl", "noetl-worker", "scale"),
            {"spec": {"replicas": 3}},
        )
    )
    (file,) = state.glob("*.json")
    text = file.read_text(encoding="utf-8")
    holder = yaml.safe_load(text)["holder"]
    write_whole(file, text.replace(holder, "elsewhere-or-dead").encode())


async def test_restore_does_not_touch_another_cluster(settings: Settings, cluster: Cluster, state: Path) -> None:
    leave(settings, "the-cluster-of-before", state)
    with pytest.raises(HarnessError, match="another cluster than the one that was changed"):
        await restore(None)
    assert [kept.cluster for kept in left_behind()] == ["the-cluster-of-before"]


async def test_restore_needs_the_context_to_be_allowed(settings: Settings, state: Path) -> None:
    leave(replace(settings, context="gke-prod"), CLUSTER_ID, state)
    with pytest.raises(HarnessError, match="--allow-context gke-prod"):
        await restore(None)
    assert await restore("gke-prod") == ["put back in gke-prod: noetl-worker scaled from 3 to 0"]
    assert list(left_behind()) == []


def test_a_restore_file_has_no_secret() -> None:
    assert not {"token", "password"} & set(Changes.__dataclass_fields__)
