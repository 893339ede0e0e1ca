"""The environment of a container: what its manifest says, and what that takes from ConfigMaps, Secrets and the pod."""

from __future__ import annotations

import base64
import re
from typing import Any

from api_server.kinds import named
from api_server.objects import Body, Objects

_REFERENCE = re.compile(r"\$\((\w+)\)")


def environment(objects: Objects, pod: Body, container: Body) -> dict[str, str]:
    """`pod` is the pod's metadata. A reference to a ConfigMap or a Secret that is not there is refused at once, where
    a real cluster would wait for it."""
    found: dict[str, str] = {}
    for source in container.get("envFrom") or ():
        found |= _values(objects, pod["namespace"], source.get("configMapRef"), source.get("secretRef"))
    for entry in container.get("env") or ():
        value = entry["value"] if "value" in entry else _referred(objects, pod, entry["valueFrom"])
        found[entry["name"]] = _REFERENCE.sub(lambda name: found.get(name[1], name[0]), value)
    return found


def _referred(objects: Objects, pod: Body, source: dict[str, Any]) -> str:
    if field := source.get("fieldRef"):
        assert field["fieldPath"] == "metadata.name"
        return str(pod["name"])
    config, secret = source.get("configMapKeyRef"), source.get("secretKeyRef")
    return _values(objects, pod["namespace"], config, secret)[(config or secret)["key"]]


def _values(objects: Objects, namespace: str, config: Body | None, secret: Body | None) -> dict[str, str]:
    if config:
        return dict(objects.get(named("ConfigMap"), namespace, config["name"]).get("data") or {})
    assert secret
    data = objects.get(named("Secret"), namespace, secret["name"]).get("data") or {}
    return {key: base64.b64decode(value).decode() for key, value in data.items()}
