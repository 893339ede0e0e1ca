"""The harness's own view of the API: refusals, rights, the Lease."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest
from api_server import ApiServer, Cluster

from harness.deployments.kubernetes.access import read_access
from harness.deployments.kubernetes.api import Api, Refused, Unreachable, connect, path_of
from harness.deployments.kubernetes.context import check_context
from harness.deployments.kubernetes.forward import Changed
from harness.deployments.kubernetes.identity import check_declared, check_same, identity
from harness.deployments.kubernetes.lease import held
from harness.deployments.kubernetes.rights import check_rights, needed
from harness.model.errors import Exit, HarnessError
from harness.model.kubernetes import Pin, Settings

LEASES = path_of("coordination.k8s.io/v1", "leases", "noetl")


@pytest.mark.parametrize("context", ["kind-noetl", "kind-x"])
def test_contexts_of_kind_are_allowed(context: str) -> None:
    check_context(context, None)


@pytest.mark.parametrize("allowed", [None, "gke-*", "gke-pro", "kind-noetl"])
def test_another_context_needs_its_exact_name(allowed: str | None) -> None:
    with pytest.raises(HarnessError, match="--allow-context gke-prod") as caught:
        check_context("gke-prod", allowed)
    assert caught.value.exit is Exit.USAGE
    check_context("gke-prod", "gke-prod")


async def test_a_context_that_is_not_there(settings: Settings) -> None:
    with pytest.raises(HarnessError, match="no context kind-other"):
        async with connect("kind-other", settings.kubeconfig):
            raise AssertionError


async def test_a_refusal_has_the_words_of_the_api(api: Api, server: ApiServer) -> None:
    server.rights.deny("list", "pods")
    with pytest.raises(Refused, match='cannot list resource "pods"') as caught:
        await api.items(path_of("v1", "pods", "noetl"))
    assert (caught.value.code, caught.value.exit) == (403, Exit.ENVIRONMENT)
    assert "Role" in caught.value.todo


async def test_an_api_that_is_gone(api: Api, server: ApiServer) -> None:
    await server.__aexit__(None, None, None)
    with pytest.raises(Unreachable, match="kind-noetl does not answer"):
        await api.items(path_of("v1", "pods", "noetl"))


async def test_every_missing_right_is_named(api: Api, server: ApiServer, settings: Settings) -> None:
    await check_rights(api, needed(settings))
    server.rights.deny("patch", "deployments/scale")
    server.rights.deny("get", "pods/log")
    with pytest.raises(HarnessError) as caught:
        await check_rights(api, needed(settings))
    assert "get pods/log in namespace noetl" in caught.value.what
    assert "patch deployments/scale.apps in namespace noetl" in caught.value.what
    assert caught.value.exit is Exit.ENVIRONMENT


async def test_a_mode_that_changes_nothing_needs_no_right_to(api: Api, server: ApiServer, settings: Settings) -> None:
    server.rights.deny("patch", "deployments/scale")
    await check_rights(api, needed(replace(settings, pin=Pin.OBSERVE)))


async def test_a_second_harness_is_refused(api: Api, cluster: Cluster) -> None:
    async with held(api, "noetl"):
        with pytest.raises(HarnessError, match="Another harness works on namespace noetl"):
            async with held(api, "noetl"):
                raise AssertionError
    assert await api.items(LEASES) == []


@pytest.mark.parametrize(
    ("holder", "renewed", "taken"),
    [
        (f"{socket.gethostname()}:999999:1", "2999-01-01T00:00:00.0Z", True),
        ("elsewhere:1:1", "2999-01-01T00:00:00.0Z", False),
        ("elsewhere:1:1", "2020-01-01T00:00:00.0Z", True),
    ],
)
async def test_a_lease_of_the_dead_is_taken_over(api: Api, holder: str, renewed: str, taken: bool) -> None:
    """Of a process of this machine it is known; of another machine's when its Lease has run out."""
    spec = {"holderIdentity": holder, "leaseDurationSeconds": 30, "renewTime": renewed}
    await api.create(LEASES, {"metadata": {"name": "noetl-harness"}, "spec": spec})
    try:
        async with held(api, "noetl"):
            assert taken
    except HarnessError:
        assert not taken


async def test_the_cluster_and_the_server_have_an_identity(api: Api, settings: Settings, cluster: Cluster) -> None:
    known = await identity(api, settings)
    await check_same(api, settings, known)
    cluster.move("another")
    with pytest.raises(Changed, match="cluster another"):
        await check_same(api, settings, known)


async def test_a_server_that_is_not_the_declared_one(api: Api, settings: Settings) -> None:
    found = await identity(api, settings)
    check_declared(replace(settings, server_image=":4.12.0"), found)
    with pytest.raises(HarnessError, match=r"runs localhost/noetl:4\.12\.0, and :4\.11\.0 is declared"):
        check_declared(replace(settings, server_image=":4.11.0"), found)


async def test_passwords_come_from_the_secret_and_are_not_shown(api: Api, settings: Settings) -> None:
    access = await read_access(api, settings)
    assert access.dsn("127.0.0.1:5") == "postgresql://noetl:noetl-pw@127.0.0.1:5/noetl"
    assert access.tenant_dsn("127.0.0.1:5") == "postgresql://demo:demo-pw@127.0.0.1:5/demo_noetl"
    assert "pw" not in repr(access)


async def test_a_password_that_is_missing_is_named(api: Api, settings: Settings) -> None:
    secret = path_of("v1", "secrets", "noetl", "noetl-secret")
    await api.merge(secret, {"data": {"NOETL_PASSWORD": None}})
    with pytest.raises(HarnessError, match="noetl-secret in namespace noetl has no NOETL_PASSWORD"):
        await read_access(api, settings)
