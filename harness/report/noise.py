"""What the verb `noise` has put on record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TextIO

from harness.history.noise import changes
from harness.model.noise import NoiseRecord
from harness.report import words
from harness.report.plain import plain

SCHEMA = "noetl-harness/noise-change/1"


def write(form: str, before: NoiseRecord, after: NoiseRecord, unstable: Sequence[str], out: TextIO) -> None:
    """Every entry that is new, counted on, or gone, and the cases that nothing can mask."""
    changed = list(changes(before, after))
    if form == "json":
        entries = [{"before": plain(old), "after": plain(new)} for old, new in changed]
        json.dump({"schema": SCHEMA, "changes": entries, "unstable": list(unstable)}, out, indent=2)
        out.write("\n")
        return
    for old, new in changed:
        one = new or old
        assert one is not None
        word = "new" if old is None else "gone" if new is None else "seen again" if new.seen > old.seen else "not seen"
        out.write(f"{word}: {one.case_id}, {words.spot(one.spot)}: {words.recorded(one)}\n")
    for case_id in unstable:
        out.write(f"can not be masked: {case_id} differs from itself in what is protected\n")
    out.write(f"{len(after.entries)} places are on record\n")
