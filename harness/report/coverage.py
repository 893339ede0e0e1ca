"""The coverage table, for `list --coverage`: tool kinds by DSL features."""

from __future__ import annotations

import json
from typing import TextIO

from harness.files.coverage import Coverage
from harness.files.features import Feature
from harness.model.suite import Terminal

SCHEMA = "noetl-harness/coverage/1"


def write(form: str, found: Coverage, out: TextIO) -> None:
    """A row a feature, a column a tool kind; a cell says how many cases complete, and behind a slash how many fail."""
    if form == "json":
        json.dump(_object(found), out, indent=2)
        out.write("\n")
        return
    wide = max(len(feature.value) for feature in Feature)
    out.write(f"{'':<{wide}}  {'  '.join(found.kinds)}\n")
    for feature in Feature:
        cells = "  ".join(f"{_cell(found, kind, feature):>{len(kind)}}" for kind in found.kinds)
        out.write(f"{feature.value:<{wide}}  {cells}\n")
    out.write(f"\n{len(found.unreached())} of {len(found.kinds) * len(Feature)} cells are reached by no case (.)\n")
    for pool, kinds in found.missing.items():
        out.write(f"{pool} has kinds that no case uses: {' '.join(kinds) or 'none'}\n")


def _cell(found: Coverage, kind: str, feature: Feature) -> str:
    completed, failed = (found.cells.get((kind, feature, end), 0) for end in (Terminal.COMPLETED, Terminal.FAILED))
    if not completed and not failed:
        return "."
    return f"{completed}/{failed}" if failed else str(completed)


def _object(found: Coverage) -> dict[str, object]:
    cells = [
        {"kind": kind, "feature": feature.value, "ends": end.value, "cases": count}
        for (kind, feature, end), count in sorted(found.cells.items())
    ]
    unreached = [{"kind": kind, "feature": feature.value} for kind, feature in found.unreached()]
    return {"schema": SCHEMA, "cells": cells, "unreached": unreached, "missing": dict(found.missing)}
