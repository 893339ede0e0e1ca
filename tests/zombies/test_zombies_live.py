"""Zombies on a running deployment: executions as they are on record, in a real PostgreSQL, as if they ran now."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import nats
import psycopg
import pytest
from captured import CAPTURES, rows
from click.testing import CliRunner, Result
from psycopg.types.json import Jsonb

from harness.cli.main import cli
from harness.embedded.nats import Bus
from harness.model.errors import HarnessError

pytestmark = pytest.mark.embedded

Row = dict[str, Any]
EVENT = (
    *("event_id", "execution_id", "event_type", "node_name", "node_type", "status", "created_at"),
    *("parent_execution_id", "command_id", "worker_id", "error", "result", "meta"),
)
COMMAND = (
    *("command_id", "event_id", "execution_id", "step_name", "tool_kind"),
    *("status", "worker_id", "attempt", "meta"),
)


def put(dsn: str, name: str, *, ago: float, status: str, keep: Callable[[Row], bool] = lambda row: True) -> int:
    """The capture `name`, or its beginning, with its last event `ago` seconds before now. Returns its id."""
    events = []
    for row in rows(CAPTURES / name / "events.jsonl"):
        if not keep(row):
            break
        events.append(row)
    shift = datetime.now(UTC) - timedelta(seconds=ago) - max(_moment(row) for row in events)
    root = events[0]["execution_id"]
    issued = {row.get("command_id") for row in events}
    with psycopg.connect(dsn, autocommit=True) as database:
        database.execute("INSERT INTO noetl.resource (name) VALUES ('Playbook') ON CONFLICT DO NOTHING")
        database.execute(
            "INSERT INTO noetl.catalog (catalog_id, path, version, kind) VALUES (1, 'p', 1, 'Playbook')"
            " ON CONFLICT DO NOTHING"
        )
        database.execute(
            "INSERT INTO noetl.execution (execution_id, catalog_id, status) VALUES (%s, 1, %s)", (root, status)
        )
        for row in events:
            _insert(database, "event", EVENT, {**row, "created_at": (_moment(row) + shift).replace(tzinfo=None)})
        for row in rows(CAPTURES / name / "commands.jsonl"):
            if row["command_id"] in issued:
                _insert(database, "command", COMMAND, row)
    return int(root)


def _moment(row: Row) -> datetime:
    return datetime.fromisoformat(row["created_at"]).replace(tzinfo=UTC)


def _insert(database: psycopg.Connection[Any], table: str, columns: tuple[str, ...], row: Row) -> None:
    values = [Jsonb(value) if isinstance(value := row.get(name), dict) else value for name in columns]
    places = ", ".join(["%s"] * len(columns))
    names = ", ".join(columns)
    database.execute(f"INSERT INTO noetl.{table} (catalog_id, {names}) VALUES (1, {places})", values)


def worker(dsn: str, name: str, *, beat_ago: float) -> None:
    with psycopg.connect(dsn, autocommit=True) as database:
        database.execute(
            "INSERT INTO noetl.runtime (runtime_id, name, kind, status, runtime, heartbeat) VALUES"
            " (1, %s, 'worker_pool', 'ready', %s, now() - make_interval(secs => %s))",
            (name, Jsonb({"type": "python"}), beat_ago),
        )


def zombies(dsn: str, *more: str) -> Result:
    return CliRunner().invoke(
        cli, ["zombies", "--postgres-dsn", dsn, *more], standalone_mode=False, catch_exceptions=False
    )


def census(dsn: str, *more: str) -> dict[str, Any]:
    done = zombies(dsn, "--format", "json", *more)
    found = json.loads(done.stdout)
    assert found["schema"] == "noetl-harness/zombies/1"
    return {**found, "exit": done.return_value}


def _before_the_second_claim(row: Row) -> bool:
    return "reclaimed" not in (row.get("meta") or {})


def test_a_killed_worker(dsn: str) -> None:
    put(dsn, "hello_world", ago=1000, status="COMPLETED")
    root = put(dsn, "zombie_kill9_single", ago=300, status="RUNNING", keep=_before_the_second_claim)
    worker(dsn, "worker-ce169812", beat_ago=299)
    found = census(dsn)
    (zombie,) = found["zombies"]
    assert (zombie["execution_id"], zombie["path"], zombie["step"]) == (root, "real/sleep20", "start")
    assert (zombie["edge"], zombie["worker"]) == ("started and never finished", "worker-ce169812")
    assert len(zombie["signals"]) == 2
    assert zombie["grace"] == 120.0
    assert 300 <= zombie["quiet"] < 400
    assert found["exit"] == 1


def test_the_same_step_while_its_worker_lives(dsn: str) -> None:
    put(dsn, "hello_world", ago=1000, status="COMPLETED")
    put(dsn, "zombie_kill9_single", ago=20, status="RUNNING", keep=_before_the_second_claim)
    worker(dsn, "worker-ce169812", beat_ago=3)
    found = census(dsn)
    assert (found["looked_at"], found["zombies"], found["unclear"], found["exit"]) == (1, [], [], 0)


def test_silence_of_a_worker_that_lives_proves_nothing(dsn: str) -> None:
    put(dsn, "hello_world", ago=1000, status="COMPLETED")
    put(dsn, "zombie_kill9_single", ago=300, status="RUNNING", keep=_before_the_second_claim)
    worker(dsn, "worker-ce169812", beat_ago=3)
    found = census(dsn)
    assert (found["zombies"], found["exit"]) == ([], 3)
    assert "is quiet for 30" in found["unclear"][0]


def test_grace_follows_what_others_took_to_their_end(dsn: str) -> None:
    """The command ended 393 s before the execution did, so that 300 s without an event are nothing here."""
    slow = put(dsn, "hello_world", ago=1000, status="COMPLETED")
    with psycopg.connect(dsn, autocommit=True) as database:
        database.execute(
            "UPDATE noetl.event SET created_at = created_at + interval '393 s'"
            " WHERE execution_id = %s AND event_type IN ('workflow.completed', 'playbook.completed')",
            (slow,),
        )
    put(dsn, "zombie_kill9_single", ago=300, status="RUNNING", keep=_before_the_second_claim)
    worker(dsn, "worker-ce169812", beat_ago=299)
    found = census(dsn)
    assert (found["zombies"], found["unclear"], found["exit"]) == ([], [], 0)


def test_where_nothing_ever_ended_silence_says_nothing(dsn: str) -> None:
    put(dsn, "zombie_no_worker", ago=900, status="RUNNING", keep=lambda row: row["event_type"] != "command.claimed")
    worker(dsn, "worker-ce169812", beat_ago=3)
    found = census(dsn)
    assert (found["zombies"], found["exit"]) == ([], 3)


async def _queue(bus: Bus, *, waiting: int) -> None:
    """The command stream as NoETL makes it, with messages that no worker has fetched."""
    client = await nats.connect(bus.url)
    stream = client.jetstream()
    await stream.add_stream(name=bus.stream, subjects=[f"{bus.subject}.>"])
    await stream.add_consumer(bus.stream, durable_name="noetl_worker_pool_shared")
    for _ in range(waiting):
        await stream.publish(f"{bus.subject}.shared.1", b"{}")
    await client.close()


def _issued_and_never_claimed(dsn: str) -> None:
    put(dsn, "hello_world", ago=1000, status="COMPLETED")
    put(dsn, "zombie_no_worker", ago=900, status="RUNNING", keep=lambda row: row["event_type"] != "command.claimed")
    worker(dsn, "worker-ce169812", beat_ago=3)


def test_a_command_that_left_the_stream_unclaimed(dsn: str, bus: Bus) -> None:
    _issued_and_never_claimed(dsn)
    asyncio.run(_queue(bus, waiting=0))
    (zombie,) = census(dsn, "--nats-monitor", bus.monitor_url)["zombies"]
    assert zombie["edge"] == "issued and not published"
    assert "nothing of it waits in the command stream" in zombie["signals"]


def test_the_same_command_while_its_message_waits(dsn: str, bus: Bus) -> None:
    _issued_and_never_claimed(dsn)
    asyncio.run(_queue(bus, waiting=1))
    found = census(dsn, "--nats-monitor", bus.monitor_url)
    assert (found["zombies"], found["exit"]) == ([], 3)


def test_a_monitor_that_does_not_answer(dsn: str) -> None:
    with pytest.raises(HarnessError, match="The NATS monitor at"):
        zombies(dsn, "--nats-monitor", "http://127.0.0.1:1")


def test_all_done_and_running_for_ever(dsn: str) -> None:
    put(dsn, "vars_simple", ago=60, status="RUNNING")
    (zombie,) = census(dsn)["zombies"]
    assert (zombie["edge"], zombie["step"]) == ("finished and never terminal", None)


def test_a_status_that_is_stale(dsn: str) -> None:
    put(dsn, "retry", ago=60, status="RUNNING")
    (zombie,) = census(dsn)["zombies"]
    assert zombie["edge"] == "terminal and status stale"


def test_a_database_at_rest_has_none(dsn: str) -> None:
    put(dsn, "retry", ago=60, status="COMPLETED")
    done = zombies(dsn)
    assert done.return_value == 0
    assert "0 executions looked at · 0 hang · 0 not known" in done.stdout


def test_a_person_is_told_what_to_do(dsn: str) -> None:
    put(dsn, "vars_simple", ago=60, status="RUNNING")
    done = zombies(dsn)
    assert done.return_value == 1
    assert "test/vars_simple" in done.stdout
    assert "signal: no command of it is open" in done.stdout
    assert "cancel it so that it stops" in done.stdout


def test_the_reader_can_not_write(dsn: str) -> None:
    """A view that writes when it is read stands in for the table: the transaction refuses."""
    with psycopg.connect(dsn, autocommit=True) as database:
        database.execute(
            "CREATE FUNCTION noetl.sneaky() RETURNS varchar LANGUAGE plpgsql AS"
            " $$ BEGIN DELETE FROM noetl.event; RETURN 'worker_pool'; END $$"
        )
        database.execute("ALTER TABLE noetl.runtime RENAME TO runtime_rows")
        database.execute(
            "CREATE VIEW noetl.runtime AS SELECT name, labels, runtime, status, heartbeat, noetl.sneaky() AS kind"
            " FROM noetl.runtime_rows"
        )
        database.execute(
            "INSERT INTO noetl.runtime_rows (runtime_id, name, kind, status) VALUES (1, 'w', 'worker_pool', '')"
        )
    with pytest.raises(HarnessError, match="read-only transaction"):
        zombies(dsn)


def test_a_database_without_noetl(dsn: str) -> None:
    with pytest.raises(HarnessError, match="no NoETL tables in the schema other"):
        zombies(dsn, "--schema", "other")


@pytest.mark.parametrize("arguments", [[], ["run", "--postgres-dsn", "postgresql://h/d"]])
def test_one_place_is_named(arguments: list[str]) -> None:
    done = CliRunner().invoke(cli, ["zombies", *arguments])
    assert done.exit_code == 2
    assert "Name either a RECORDING or a database" in done.output
