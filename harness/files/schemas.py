"""JSON Schemas of the files that people write and of those that a run leaves."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import FunctionType
from typing import Any

from pydantic import TypeAdapter

from harness.model.errors import HarnessError

SCHEMAS: Mapping[str, str] = {
    "baseline": "harness.files.baselines:BASELINE",
    "credential": "harness.files.credentials:CredentialFile",
    "evidence": "harness.recording.facts:EVIDENCE",
    "expectation": "harness.files.expectations:ExpectationFile",
    "gate": "harness.files.baselines:GateFile",
    "images": "harness.files.images:ImagesFile",
    "kubernetes": "harness.files.kubernetes:KubernetesFile",
    "log-fingerprints": "harness.files.rules:FingerprintFile",
    "manifest": "harness.recording.facts:MANIFEST",
    "noise": "harness.files.noise:NoiseFile",
    "normalise": "harness.files.rules:RuleFile",
    "pair": "harness.report.jsonl:schema",
    "pool": "harness.files.pools:PoolFile",
    "processes": "harness.files.processes:ProcessesFile",
    "recording": "harness.recording.facts:FACT",
    "suite": "harness.files.suite:Manifest",
    "verdict": "harness.report.json:schema",
}
"""By the name that `noetl-harness schema` takes: the model of a file or of a line of one, or what gives its schema."""

_PLACE = {"schema": {"const": "noetl-harness/recording/1"}, "seq": {"type": "integer", "minimum": 0}}
"""What each line of a recording has beside its fact."""


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of this name. Raises `HarnessError` for a name that there is not."""
    if name not in SCHEMAS:
        raise HarnessError(f"there is no schema {name!r}", f"Name one of: {', '.join(SCHEMAS)}.")
    module, _, attribute = SCHEMAS[name].partition(":")
    model = getattr(import_module(module), attribute)
    found = model() if isinstance(model, FunctionType) else _adapter(model).json_schema()
    if name == "recording":
        found |= {"properties": _PLACE, "required": ["schema", "seq", "type"]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def _adapter(model: Any) -> TypeAdapter[Any]:
    return model if isinstance(model, TypeAdapter) else TypeAdapter(model)
