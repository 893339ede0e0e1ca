"""What is applied: the manifests of `fixtures/kind/manifests` with the images that were asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from harness.files.yaml import read_text
from harness.kind.cluster import definitions
from harness.model.kind import PARTS, Images

NAMESPACES = "namespaces"
STAGES: tuple[tuple[str, ...], ...] = (("postgres", "nats", "test-server"), ("server",), ("workers",))
"""Files by when they are applied: a stage needs what the one before it has started."""

WORKLOADS = ("Deployment", "StatefulSet")


def manifests(images: Images | None, *names: str) -> list[dict[str, Any]]:
    """The objects of these files, each part's image in its place; without images, as they are written."""
    found: list[dict[str, Any]] = []
    for name in names:
        text = read_text(definitions() / "manifests" / f"{name}.yaml")
        found += yaml.load_all(text, Loader=yaml.CSafeLoader)
    for container in containers(found) if images else ():
        if container["image"] in PARTS:
            container["image"] = getattr(images, container["image"])
    return found


def as_text(objects: list[dict[str, Any]]) -> str:
    """For kubectl's stdin."""
    return yaml.safe_dump_all(objects, sort_keys=False)


def workloads(objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those whose pods have to become ready."""
    return [one for one in objects if one["kind"] in WORKLOADS]


def containers(objects: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each container of each workload, those that only prepare the pod included."""
    for one in workloads(objects):
        spec = one["spec"]["template"]["spec"]
        yield from (*spec.get("initContainers", ()), *spec["containers"])
