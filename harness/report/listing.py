"""The cases and the pools, for `list`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TextIO

from harness.model.pool import PoolSpec
from harness.model.suite import Case
from harness.report.plain import plain

SCHEMA = "noetl-harness/list/1"


def write(form: str, cases: Sequence[Case], pools: Sequence[PoolSpec], out: TextIO) -> None:
    """As a table (`pretty`) or as one object with `schema`, `cases` and `pools` (`json`)."""
    if form == "json":
        listing = {"schema": SCHEMA, "cases": plain(list(cases)), "pools": [_pool(pool) for pool in pools]}
        json.dump(listing, out, indent=2, ensure_ascii=False)
        out.write("\n")
        return
    wide = max((len(case.id) for case in cases), default=0)
    for case in cases:
        out.write(f"{case.id:<{wide}}  {case.expect or '':<9}  {' '.join(case.tags)}".rstrip() + "\n")
    out.write(f"\n{len(cases)} cases. Pools:\n")
    for pool in pools:
        out.write(f"  {pool.id}  {'EMULATED by our own workers' if pool.emulated else 'a real worker'}\n")


def _pool(pool: PoolSpec) -> dict[str, Any]:
    return {"id": pool.id, "runtime": pool.runtime.value, "version": pool.version, "emulated": pool.emulated}
