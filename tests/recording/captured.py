"""Captures as they would have been taken earlier, while the execution hung."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

CAPTURES = Path(__file__).parents[1] / "captures"

Row = dict[str, Any]


def rows(path: Path) -> list[Row]:
    """The rows of a file of a capture."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def write_rows(path: Path, members: list[Row]) -> None:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in members))


def cut(name: str, folder: Path, keep: Callable[[Row], bool], seen_until: str) -> Path:
    """The capture `name` with only the events of its beginning, as one had it at `seen_until`."""
    earlier = folder / name
    shutil.copytree(CAPTURES / name, earlier)
    kept = []
    for row in rows(earlier / "events.jsonl"):
        if not keep(row):
            break
        kept.append(row)
    write_rows(earlier / "events.jsonl", kept)
    issued = {row.get("command_id") for row in kept}
    commands = [row for row in rows(earlier / "commands.jsonl") if row["command_id"] in issued]
    write_rows(earlier / "commands.jsonl", [{**row, "status": "RUNNING"} for row in commands])
    write_rows(
        earlier / "execution_row.jsonl",
        [{**row, "status": "RUNNING"} for row in rows(earlier / "execution_row.jsonl")],
    )
    (earlier / "server.log").write_text(f"{seen_until} [INFO]  nothing else\n")
    return earlier


def killed_worker(folder: Path) -> Path:
    """Two minutes after its only worker was killed, before another one was started."""
    earlier = cut(
        "zombie_kill9_single",
        folder,
        lambda row: "reclaimed" not in (row.get("meta") or {}),
        "2026-11-23T17:19:20.000000",
    )
    dead = {"name": "worker-ce169812", "runtime": {"type": "python"}, "status": "offline"}
    write_rows(earlier / "runtime.jsonl", [dead])
    return earlier


def no_worker(folder: Path) -> Path:
    """Two minutes after a command was issued that nobody could claim."""
    return cut(
        "zombie_no_worker", folder, lambda row: row["event_type"] != "command.claimed", "2026-11-23T17:15:52.000000"
    )
