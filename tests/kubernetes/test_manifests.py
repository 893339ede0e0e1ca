"""What `env up` applies: fields that Kubernetes has, names that belong together, nothing that floats or is secret."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from kubernetes.client import models
from pydantic import ValidationError

from harness.files.images import load_images
from harness.files.project import project_root
from harness.files.schemas import schema
from harness.kind.manifests import NAMESPACES, STAGES, as_text, containers, manifests, workloads
from harness.kind.readiness import DURABLES
from harness.kind.secrets import COPIES, drawn
from harness.model.errors import HarnessError
from harness.model.kind import PARTS
from harness.model.kubernetes import Services, Settings

FOLDER = project_root() / "fixtures" / "kind"
IMAGES = FOLDER / "images.yaml"
FILES = (NAMESPACES, *(name for stage in STAGES for name in stage))
OBJECTS = manifests(None, *FILES)


def shown(body: dict[str, Any]) -> str:
    return f"{body['kind']}/{body['metadata']['name']}"


def test_every_file_is_applied() -> None:
    assert {file.stem for file in (FOLDER / "manifests").glob("*")} == set(FILES)


@pytest.mark.parametrize("body", OBJECTS, ids=shown)
def test_kubernetes_has_these_fields(body: dict[str, Any]) -> None:
    getattr(models, f"V1{body['kind']}").model_validate(body)


def test_a_field_that_kubernetes_has_not_is_seen() -> None:
    body = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"selectors": {"app": "x"}}}
    with pytest.raises(ValidationError, match=r"spec\.selectors"):
        models.V1Service.model_validate(body)


def test_each_part_has_its_image() -> None:
    images = load_images(IMAGES)
    named = {container["image"] for container in containers(manifests(None, *FILES))}
    assert named == set(PARTS)
    placed = {container["image"] for container in containers(manifests(images, *FILES))}
    assert placed == {getattr(images, part) for part in PARTS}


def test_what_is_applied_is_what_was_read() -> None:
    assert list(yaml.safe_load_all(as_text(OBJECTS))) == OBJECTS


def test_a_run_finds_each_part_where_it_looks_by_default() -> None:
    settings = Settings()
    parts = [settings.server, settings.postgres, settings.nats, settings.test_server]
    found = {(one["metadata"]["namespace"], f"app={pod_labels(one)['app']}"): one for one in workloads(OBJECTS)}
    for part in (*parts, *(settings.part(name) for name in settings.workers)):
        assert (part.namespace, part.labels) in found, part
    assert settings.workers <= {one["metadata"]["name"] for one in workloads(OBJECTS)}
    for part in parts:
        listening = found[part.namespace, part.labels]["spec"]["template"]["spec"]["containers"][0]["ports"]
        assert part.port in {port["containerPort"] for port in listening}, part


def test_services_lead_to_pods_and_have_the_names_that_pods_use() -> None:
    pods = [(one["metadata"]["namespace"], pod_labels(one)) for one in workloads(OBJECTS)]
    addresses = set()
    for service in (one for one in OBJECTS if one["kind"] == "Service"):
        namespace, selector = service["metadata"]["namespace"], service["spec"]["selector"]
        assert any(there == namespace and selector.items() <= labels.items() for there, labels in pods), service
        host = f"{service['metadata']['name']}.{namespace}.svc.cluster.local"
        addresses |= {f"{host}:{port['port']}" for port in service["spec"]["ports"]}
    inside = Services()
    for used in (inside.server, inside.postgres, inside.test_server, "nats.nats.svc.cluster.local:4222"):
        assert used.rpartition("/")[2] in addresses


def test_selectors_take_their_own_pods() -> None:
    for one in workloads(OBJECTS):
        assert one["spec"]["selector"]["matchLabels"].items() <= pod_labels(one).items()


def test_what_pods_refer_to_is_there() -> None:
    keys = {(one["metadata"]["namespace"], one["metadata"]["name"]): set(one["data"]) for one in config_maps()}
    keys |= {place: set(copied) for place, copied in COPIES.items()}
    keys["noetl", "noetl-secret"] = set(drawn())
    for namespace, name, key in references():
        assert (namespace, name) in keys, name
        assert key is None or key in keys[namespace, name], (name, key)


def test_the_server_has_every_setting_that_it_asks_for() -> None:
    """Of NoETL 4.12.0 (spec: noetl-python 8); a pod has its HOSTNAME by itself."""
    asked = """
        TZ POSTGRES_HOST POSTGRES_PORT POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB NOETL_POSTGRES_DB NOETL_USER
        NOETL_PASSWORD NOETL_SCHEMA NOETL_HOST NOETL_PORT NOETL_ENABLE_UI NOETL_DEBUG NOETL_SERVER
        NOETL_SERVER_WORKERS NOETL_SERVER_RELOAD NOETL_SERVER_URL NOETL_SERVER_NAME NOETL_AUTO_RECREATE_RUNTIME
        NOETL_HEARTBEAT_RETRY_AFTER NOETL_RUNTIME_SWEEP_INTERVAL NOETL_RUNTIME_OFFLINE_SECONDS
        NOETL_DISABLE_METRICS NOETL_SERVER_METRICS_INTERVAL
    """
    (config,) = (one["data"] for one in config_maps() if one["metadata"]["name"] == "noetl-server-config")
    told = {**config, **drawn()}
    assert [name for name in asked.split() if not told.get(name, "").strip()] == []


def test_the_durables_are_those_that_workers_consume() -> None:
    told = {
        entry["name"]: entry["value"]
        for container in containers([one for one in OBJECTS if shown(one) == "Deployment/noetl-worker"])
        for entry in container["env"]
        if "value" in entry
    }
    segments = told["NOETL_WORKER_POOL_SEGMENTS"].split(",")
    assert {f"noetl_worker_pool_{segment}" for segment in segments} == set(DURABLES)


def test_no_secret_is_committed_and_none_isdrawn_twice() -> None:
    assert not [one for one in OBJECTS if one["kind"] == "Secret"]
    first, second = drawn(), drawn()
    assert len({*first.values(), *second.values()}) == 2 * len(first)
    assert len(base64.b64decode(first["NOETL_ENCRYPTION_KEY"])) == 32


def test_the_example_of_the_images_is_sound() -> None:
    jsonschema.validate(yaml.safe_load(IMAGES.read_text(encoding="utf-8")), schema("images"))


@pytest.mark.parametrize(
    ("image", "word"),
    [
        ("nats:latest", "a tag other than latest"),
        ("localhost:5000/nats", "a tag other than latest"),
        ("NATS:1", "no name of an image"),
        ("nats@sha256:12", "no name of an image"),
        ("", "no name of an image"),
    ],
)
def test_an_image_that_floats_has_a_place(tmp_path: Path, image: str, word: str) -> None:
    file = tmp_path / "images.yaml"
    file.write_text(IMAGES.read_text(encoding="utf-8").replace("nats: nats:2.11.4", f'nats: "{image}"'))
    with pytest.raises(HarnessError) as caught:
        load_images(file)
    assert f"{file}:5:1: nats: " in str(caught.value)
    assert word in str(caught.value)


@pytest.mark.parametrize("image", ["a/b/c:1", "localhost:5000/nats:2.11", f"nats@sha256:{'0' * 64}"])
def test_an_image_that_says_which(tmp_path: Path, image: str) -> None:
    file = tmp_path / "images.yaml"
    file.write_text(IMAGES.read_text(encoding="utf-8").replace("nats: nats:2.11.4", f"nats: {image}"))
    assert load_images(file).nats == image


def pod_labels(workload: dict[str, Any]) -> dict[str, str]:
    labels: dict[str, str] = workload["spec"]["template"]["metadata"]["labels"]
    return labels


def config_maps() -> list[dict[str, Any]]:
    return [one for one in OBJECTS if one["kind"] == "ConfigMap"]


def references() -> list[tuple[str, str, str | None]]:
    """Namespace, name and key of each ConfigMap and Secret that a pod reads."""
    found: list[tuple[str, str, str | None]] = []
    for one in workloads(OBJECTS):
        namespace = one["metadata"]["namespace"]
        for container in containers([one]):
            for source in container.get("envFrom", ()):
                found += [(namespace, ref["name"], None) for ref in source.values()]
            taken = [entry["valueFrom"] for entry in container.get("env", ()) if "valueFrom" in entry]
            found += [
                (namespace, ref["name"], ref["key"]) for source in taken for ref in source.values() if "key" in ref
            ]
        volumes = one["spec"]["template"]["spec"].get("volumes", ())
        found += [(namespace, volume["configMap"]["name"], None) for volume in volumes if "configMap" in volume]
    return found
