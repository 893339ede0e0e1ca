"""The API of the tests is held against what it stands in for: `kubectl` and the official client take it for real."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from api_server import ApiServer, Cluster
from kubernetes.aio import client, config

from harness.model.kubernetes import Settings

kubectl_is_here = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")

MANIFEST = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: fresh, labels: {app: fresh}}
spec:
  replicas: 1
  selector: {matchLabels: {app: fresh}}
  template:
    metadata: {labels: {app: fresh}}
    spec: {containers: [{name: fresh, image: "localhost/noetl:dev"}]}
"""


async def kubectl(settings: Settings, folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and output of `kubectl ARGUMENTS` in the namespace noetl."""
    process = await asyncio.create_subprocess_exec(
        "kubectl",
        f"--kubeconfig={settings.kubeconfig}",
        f"--cache-dir={folder}",
        "--namespace=noetl",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


@kubectl_is_here
async def test_kubectl_lists_pods_by_label(settings: Settings, tmp_path: Path) -> None:
    code, output = await kubectl(
        settings, tmp_path, "get", "pods", "-l", "app in (noetl-worker,noetl-server)", "-o=name"
    )
    assert (code, output.count("pod/noetl-worker-"), output.count("pod/")) == (0, 3, 4)


@kubectl_is_here
async def test_kubectl_scales(settings: Settings, cluster: Cluster, tmp_path: Path) -> None:
    code, output = await kubectl(settings, tmp_path, "scale", "deployment/noetl-worker", "--replicas=5")
    assert (code, output) == (0, "deployment.apps/noetl-worker scaled\n")
    assert len(cluster.pods("noetl-worker")) == 5


@kubectl_is_here
async def test_kubectl_checks_a_manifest(settings: Settings, cluster: Cluster, tmp_path: Path) -> None:
    file = tmp_path / "manifest.yaml"
    file.write_text(MANIFEST, encoding="utf-8")
    code, output = await kubectl(settings, tmp_path, "apply", "--dry-run=client", "-f", str(file))
    assert (code, output) == (0, "deployment.apps/fresh created (dry run)\n")
    assert not cluster.pods("fresh")


@kubectl_is_here
async def test_kubectl_shows_logs_and_is_refused(settings: Settings, server: ApiServer, tmp_path: Path) -> None:
    (pod,) = server.cluster.pods("noetl-server")
    ((container,),) = server.cluster.containers("noetl", pod).values()
    container.say("it starts")
    assert await kubectl(settings, tmp_path, "logs", pod) == (0, "it starts\n")
    server.rights.deny("get", "pods/log")
    code, output = await kubectl(settings, tmp_path, "logs", pod)
    assert code == 1
    assert 'cannot get resource "pods/log" in API group "" in the namespace "noetl"' in output


@kubectl_is_here
async def test_kubectl_knows_what_it_may_do(settings: Settings, server: ApiServer, tmp_path: Path) -> None:
    asked = ("auth", "can-i", "patch", "deployments.apps", "--subresource=scale")
    assert await kubectl(settings, tmp_path, *asked) == (0, "yes\n")
    server.rights.deny("patch", "deployments/scale")
    assert await kubectl(settings, tmp_path, *asked) == (1, "no\n")
    assert await kubectl(settings, tmp_path, "auth", "can-i", "patch", "deployments.apps") == (0, "yes\n")


@kubectl_is_here
async def test_kubectl_applies_again_and_changes_what_differs(
    settings: Settings, cluster: Cluster, tmp_path: Path
) -> None:
    file = tmp_path / "manifest.yaml"
    file.write_text(MANIFEST, encoding="utf-8")
    applying = ("apply", "-f", str(file))
    assert await kubectl(settings, tmp_path, *applying) == (0, "deployment.apps/fresh created\n")
    assert await kubectl(settings, tmp_path, *applying) == (0, "deployment.apps/fresh unchanged\n")
    file.write_text(MANIFEST.replace("noetl:dev", "noetl:1"), encoding="utf-8")
    assert await kubectl(settings, tmp_path, *applying) == (0, "deployment.apps/fresh configured\n")
    code, output = await kubectl(settings, tmp_path, "get", "pods", "-lapp=fresh", "-o=jsonpath={..image}")
    assert (code, output.split()[0]) == (0, "localhost/noetl:1")


async def test_the_official_client_reads_and_scales(settings: Settings, cluster: Cluster) -> None:
    async with await config.new_client_from_config(settings.kubeconfig) as connected:
        apps, core = client.AppsV1Api(connected), client.CoreV1Api(connected)
        await apps.patch_namespaced_deployment_scale("noetl-worker", "noetl", {"spec": {"replicas": 2}})
        pods = await core.list_namespaced_pod("noetl", label_selector="app=noetl-worker")
        assert [pod.metadata.name for pod in pods.items] == cluster.pods("noetl-worker")
        assert len(pods.items) == 2
        with pytest.raises(client.ApiException, match="404"):
            await core.read_namespaced_pod("nobody", "noetl")


async def test_keda_brings_a_pool_back_unless_it_is_paused(settings: Settings, cluster: Cluster) -> None:
    async with await config.new_client_from_config(settings.kubeconfig) as connected:
        apps, custom = client.AppsV1Api(connected), client.CustomObjectsApi(connected)
        zero = {"spec": {"replicas": 0}}
        await apps.patch_namespaced_deployment_scale("noetl-worker", "noetl", zero)
        assert cluster.replicas("noetl-worker") == 1
        paused = {"metadata": {"annotations": {"autoscaling.keda.sh/paused-replicas": "0"}}}
        scaler = ("keda.sh", "v1alpha1", "noetl", "scaledobjects", "noetl-worker-scaler-worker-cpu-01")
        await custom.patch_namespaced_custom_object(*scaler, paused)
        assert cluster.replicas("noetl-worker") == 0
        assert not cluster.pods("noetl-worker")
