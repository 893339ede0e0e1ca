"""Baselines and the rules of the gate: `reports/baselines/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from harness.files.yaml import checked, load_yaml, read_text
from harness.model.errors import HarnessError, Location
from harness.model.gate import Baseline, GateRules
from harness.recording.write import write_whole

BASELINE: TypeAdapter[Baseline] = TypeAdapter(Baseline)

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class GateFile(BaseModel):
    """`gate.yaml`; the meaning of each field is that of `harness.model.gate.GateRules`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lower_bound: Share
    coverage: Share
    indeterminate: Count
    zombies: Count
    forbidden: tuple[Annotated[str, Field(min_length=1)], ...] = ()


def load_gate_rules(path: Path) -> GateRules:
    """Raises `HarnessError` with line and column for each thing that is wrong."""
    entry = checked(load_yaml(path), GateFile)
    return GateRules(entry.lower_bound, entry.coverage, entry.indeterminate, entry.zombies, entry.forbidden)


def load_baseline(path: Path) -> Baseline:
    """Raises `HarnessError` for a file that is no baseline."""
    try:
        return BASELINE.validate_json(read_text(path))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = "/".join(str(part) for part in first["loc"])
        raise HarnessError(f"{place}: {first['msg']}".removeprefix(": "), _TODO, where=Location(str(path))) from None


_TODO = "Take the file from version control, or make a new one: `noetl-harness accept RECORDING --baseline FILE`."


def save_baseline(path: Path, baseline: Baseline) -> None:
    """Write it with one case a line, so that a change of it can be read."""
    document = BASELINE.dump_python(baseline, mode="json")
    cases = document.pop("cases")
    head = json.dumps(document, indent=2, ensure_ascii=False)[:-2]
    lines = ",\n".join(
        f"    {json.dumps(name)}: {json.dumps(cases[name], ensure_ascii=False)}" for name in sorted(cases)
    )
    write_whole(path, f'{head},\n  "cases": {{\n{lines}\n  }}\n}}\n'.encode())
