"""What `env` says of a kind cluster."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from harness.model.kind import PartState

SCHEMA = "noetl-harness/environment/1"


def write_target(form: str, target: Path, out: TextIO) -> None:
    """What `--target` takes, and nothing else."""
    spec = f"kubernetes:{target}"
    out.write(f"{spec}\n" if form == "pretty" else _json({"target": spec}))


def write_states(form: str, parts: Sequence[PartState], out: TextIO) -> None:
    """A line a part, or one object with `schema`, `ready` and `parts`."""
    if form == "json":
        described = [{"name": part.name, "ready": part.ready, "seen": part.seen} for part in parts]
        out.write(_json({"ready": all(part.ready for part in parts), "parts": described}))
        return
    width = max(len(part.name) for part in parts)
    for part in parts:
        out.write(f"{'ready    ' if part.ready else 'not ready'}  {part.name:<{width}}  {part.seen}\n")


def _json(value: dict[str, object]) -> str:
    return json.dumps({"schema": SCHEMA, **value}, indent=2) + "\n"
