"""Routing against spec noetl-python 3.1. The expectations were taken from NoETL 4.12.0's own functions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.errors import Exit, HarnessError
from harness.reference.routing import KINDS, RUST_SERVER, Route, route, stream_subjects


@pytest.mark.parametrize(
    ("kind", "release", "segment"),
    [
        ("agent", "4.11.0", "python"),
        ("agent", "4.12.0", "python"),
        ("task_sequence", "4.11.0", "shared"),
        ("task_sequence", "4.12.0", "python"),
        ("http", "4.12.0", "shared"),
        ("cursor_worker", "4.12.0", "shared"),
        ("", "4.12.0", "shared"),
        (None, "4.12.0", "shared"),
        ("Agent", "4.12.0", "shared"),
        ("TASK_SEQUENCE", "4.12.0", "shared"),
        (" agent", "4.12.0", "shared"),
        ("agent ", "4.12.0", "shared"),
        (5, "4.12.0", "shared"),
        (False, "4.12.0", "shared"),
    ],
)
def test_kind(kind: object, release: str, segment: str) -> None:
    assert route(kind, execution_id=7, release=release) == Route(segment, f"noetl.commands.{segment}.7")


@pytest.mark.parametrize(
    ("path", "segment"),
    [
        ("system/outbox", "system"),
        ("/system/outbox", "system"),
        ("//system/outbox", "system"),
        ("system/", "system"),
        ("system", "python"),
        ("systemd/x", "python"),
        ("System/x", "python"),
        (" system/x", "python"),
        ("a/system/x", "python"),
        ("X/system/x", "python"),
        ("", "python"),
        ("/", "python"),
        (None, "python"),
    ],
)
def test_the_path_wins_over_the_kind(path: str | None, segment: str) -> None:
    assert route("agent", path, execution_id=1).segment == segment


def test_the_flag_decides_the_subject_and_not_the_segment() -> None:
    off = route("agent", execution_id=1, base_subject="x.y", enabled=False)
    assert off == Route("python", "x.y")
    assert route("agent", execution_id=1, base_subject="x.y") == Route("python", "x.y.python.1")


@pytest.mark.parametrize("path", [None, "system/x"])
def test_an_unknown_release_is_refused_and_the_known_ones_are_named(path: str | None) -> None:
    with pytest.raises(HarnessError, match=r"4\.11\.0, 4\.12\.0") as raised:
        route("agent", path, execution_id=1, release="4.13.0")
    assert raised.value.exit is Exit.USAGE


@pytest.mark.parametrize(
    ("path", "execution_pool", "segment"),
    [
        ("a/b", None, "shared"),
        (None, None, "shared"),
        ("system/outbox", None, "system"),
        ("/system/outbox", None, "shared"),
        ("subscription/x", None, "subscription"),
        ("system/outbox", "parity-rs", "parity-rs"),
        ("a/b", "parity-py", "parity-py"),
    ],
)
@pytest.mark.parametrize("kind", ["task_sequence", "http"])
@pytest.mark.parametrize("enabled", [True, False])
def test_a_rust_server_routes_by_what_is_asked_then_by_path(
    kind: str, path: str | None, execution_pool: str | None, segment: str, enabled: bool
) -> None:
    found = route(kind, path, execution_id=7, enabled=enabled, release=RUST_SERVER, execution_pool=execution_pool)
    assert found == Route(segment, f"noetl.commands.{segment}.7")


@pytest.mark.parametrize("release", ["4.11.0", "4.12.0"])
def test_a_python_server_takes_no_execution_pool(release: str) -> None:
    assert route("http", execution_id=7, release=release, execution_pool="parity-py").segment == "shared"


def test_stream_subjects() -> None:
    assert stream_subjects() == ("noetl.commands", "noetl.commands.>")
    assert stream_subjects("a") == ("a", "a.>")


@given(st.text(), st.none() | st.text(), st.integers(), st.sampled_from(list(KINDS)))
def test_every_routed_subject_is_in_the_stream(kind: str, path: str | None, execution_id: int, release: str) -> None:
    found = route(kind, path, execution_id=execution_id, release=release)
    assert found.segment in ("shared", "python", "system", "subscription")
    assert found.subject == f"noetl.commands.{found.segment}.{execution_id}"


@given(st.text().filter(lambda kind: kind not in KINDS["4.12.0"]))
def test_kinds_outside_the_map_are_shared(kind: str) -> None:
    assert route(kind, execution_id=1).segment == "shared"
