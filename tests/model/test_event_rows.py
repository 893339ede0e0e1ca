"""Rows as PostgreSQL and the captures give them."""

from __future__ import annotations

from harness.model.event import CommandRow, EventRow

BASE = {
    "event_id": 2,
    "execution_id": 1,
    "event_type": "command.claimed",
    "node_name": "start",
    "status": "RUNNING",
    "created_at": "2026-11-23 17:43:23.968503",
}


def test_the_command_of_a_claim_stands_in_meta_or_result() -> None:
    assert EventRow.from_row({**BASE, "meta": {"command_id": 5}}).command_id == 5
    assert EventRow.from_row({**BASE, "result": {"status": "RUNNING", "context": {"command_id": 6}}}).command_id == 6
    assert EventRow.from_row({**BASE, "command_id": 7, "meta": {"command_id": 5}}).command_id == 7
    assert EventRow.from_row(BASE).command_id is None


def test_times_without_a_zone_are_utc() -> None:
    assert EventRow.from_row(BASE).created_at.utcoffset() is not None


def test_a_rust_servers_command_id_is_no_number() -> None:
    assert EventRow.from_row({**BASE, "meta": {"command_id": "1:start:2"}}).command_id is None


def test_a_command_row_with_nulls() -> None:
    row = CommandRow.from_row(
        {"command_id": 1, "event_id": 2, "execution_id": 3, "step_name": "s", "tool_kind": None, "status": "PENDING"}
    )
    assert (row.tool_kind, row.attempt, row.context) == ("", 1, {})
