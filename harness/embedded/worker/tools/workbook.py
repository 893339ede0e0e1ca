"""`kind: workbook`: a named tool from the playbook's `workbook` section, taken from the catalog (NoETL 4.12.0).

Rust workers have no such tool.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.embedded.worker.python.call import PythonCall

_LEGACY_FIELDS = [
    "code",
    "command",
    "commands",
    "sql",
    "url",
    "method",
    "endpoint",
    "headers",
    "params",
    "data",
    "payload",
    "timeout",
]


async def python(call: PythonCall) -> Any:
    """What the named tool returns. Raises `ValueError` with the release's texts."""
    import yaml

    name = call.config.get("task") or call.config.get("name")
    playbook = await _catalog(call, await _location(call))
    try:
        content = yaml.load(playbook["content"], Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise ValueError(f"Failed to parse playbook YAML: {error}") from None
    actions = content.get("workbook") or []
    action = next((one for one in actions if one.get("name") == name), None)
    if action is None:
        known = [one.get("name") for one in actions]
        raise ValueError(f"Workbook action '{name}' not found. Available actions: {known}")
    kind, config = _tool(action, str(name))
    arguments = {**(action.get("args") or {}), **call.given}
    own = config.get("args")
    config["args"] = {**(own if isinstance(own, Mapping) else {}), **arguments}
    return await call.call_tool(kind, config, call.context)


async def _location(call: PythonCall) -> dict[str, Any]:
    """The playbook of this execution: by the path and version of its catalog entry, else by what the context says."""
    catalog_id = call.context.get("catalog_id")
    if catalog_id:
        entry = await _catalog(call, {"catalog_id": int(catalog_id)})
        return {"path": entry["path"], "version": entry.get("version", "latest")}
    workload = call.context.get("workload")
    places = (call.context, workload if isinstance(workload, Mapping) else {})
    path = next((place["path"] for place in places if place.get("path")), None)
    if not path:
        raise ValueError("Workbook task requires 'path' in context to locate playbook")
    version = next((place["version"] for place in places if place.get("version")), "latest")
    return {"path": path, "version": version}


async def _catalog(call: PythonCall, wanted: Mapping[str, Any]) -> dict[str, Any]:
    reply = await call.services.server.call("POST", "/api/catalog/resource", body=wanted)
    if reply.status == 404:
        raise ValueError(f"Playbook not found in catalog: {wanted.get('path')} v{wanted.get('version')}")
    if not reply.ok:
        raise ValueError(f"Failed to fetch playbook from catalog: HTTP {reply.status}")
    entry = reply.json()
    if not entry or not entry.get("content"):
        raise ValueError(f"Could not fetch playbook content for {wanted.get('path')} v{wanted.get('version')}")
    return dict(entry)


def _tool(action: Mapping[str, Any], name: str) -> tuple[str, dict[str, Any]]:
    spec = action.get("tool")
    if not spec:
        raise ValueError(f"Workbook action '{name}' must define a 'tool' field")
    if isinstance(spec, Mapping):
        return str(spec.get("kind")), {"name": name, **{key: item for key, item in spec.items() if key != "kind"}}
    return str(spec), {"name": name, **{key: action[key] for key in _LEGACY_FIELDS if key in action}}
