"""The file behind `--target processes:FILE`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from harness.files.processes import load_processes
from harness.files.project import project_root
from harness.files.schemas import schema
from harness.model.errors import Exit, HarnessError
from harness.model.lane import Side
from harness.model.processes import LogPlace, Role

EXAMPLE = project_root() / "fixtures" / "deployments" / "example.yaml"


def changed(folder: Path, change: Callable[[Any], Any]) -> Path:
    """The example after `change`."""
    content = yaml.safe_load(EXAMPLE.read_text())
    change(content)
    file = folder / "mine.yaml"
    file.write_text(yaml.safe_dump(content, sort_keys=False))
    return file


def test_the_example_is_what_it_says() -> None:
    jsonschema.validate(yaml.safe_load(EXAMPLE.read_text()), schema("processes"))
    found = load_processes(EXAMPLE)
    assert found.stacks[Side.REFERENCE] is not None
    assert found.stacks[Side.REFERENCE] == found.stacks[Side.CANDIDATE]
    assert found.stacks[Side.REFERENCE].test_server_url == ""
    (python,) = found.workers[Side.REFERENCE]
    rust, beside, running = found.workers[Side.CANDIDATE]
    assert (python.role, python.waiting, rust.waiting, beside.role) == (Role.TESTED, 1, 0, Role.PYTHON)
    assert python.program is not None
    assert python.program.folder == str(EXAMPLE.parent)
    assert rust.program is not None
    assert rust.program.stop[:3] == ("docker", "compose", "stop")
    assert rust.logs == (LogPlace(command=("docker", "compose", "logs", "--follow", "--no-log-prefix", "rust-worker")),)
    assert beside.logs == (LogPlace("/var/log/noetl/python-worker-*.log", pattern=True),)
    assert running.program is None
    assert "secret" not in repr(found)


def test_relative_paths_count_from_the_file(tmp_path: Path) -> None:
    file = changed(tmp_path, lambda content: content["stack"].update(logs=[{"file": "logs/server.log"}]))
    assert load_processes(file).stacks[Side.REFERENCE].logs == (LogPlace(f"{tmp_path}/logs/server.log"),)


def both(content: Any) -> None:
    content["stacks"] = {"reference": content["stack"], "candidate": content["stack"]}


def test_each_side_may_have_a_stack_of_its_own(tmp_path: Path) -> None:
    def other(content: Any) -> None:
        stack = content.pop("stack")
        content["stacks"] = {"reference": stack, "candidate": {**stack, "server_url": "http://other:8082/"}}

    stacks = load_processes(changed(tmp_path, other)).stacks
    assert [stack.server_url for stack in stacks.values()] == ["http://localhost:8082", "http://other:8082"]


INSIDE = {
    "server_url": "http://noetl:8082",
    "tenant_dsn": "postgresql://d:secret@postgres/demo",
    "test_server_url": "http://test:5555",
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (both, "name either stack, which both pools use, or stacks"),
        (lambda content: content.pop("stack"), "name either stack, which both pools use, or stacks"),
        (lambda content: content["stack"].pop("tenant_dsn"), "stack.tenant_dsn: this field is required"),
        (lambda content: content["stack"].update(server_url="http://u:secret@h"), "without user and password"),
        (lambda content: content["stack"].update(postgres_dsn="host=h password=secret"), "postgresql://user:password@"),
        (lambda content: content["stack"].update(postgres_dsn="postgresql://u:secret@h@h/d"), "postgresql://user"),
        (lambda content: content["stack"].update(tenant_dsn="postgresql://u:secret@h"), "postgresql://user:password@"),
        (lambda content: content["stack"].update(nats_url="http://u:secret@h"), "nats://user:password@localhost"),
        (lambda content: content["stack"].update(schema="a.b"), "should match pattern"),
        (lambda content: content["stack"].update(logs=[{"file": "a", "glob": "b"}]), "name one of file, glob and"),
        (lambda content: content["stack"].update(inside=INSIDE), "name test_server_url: one that the harness starts"),
        (lambda content: (content["stack"].pop("nats_url"), content["stack"].pop("monitor_url")), "or nats_url"),
        (lambda content: content["pools"].update(reference=[]), "pools.reference: .* at least 1 item"),
        (lambda content: content["pools"]["candidate"].pop(0), "no workers of the candidate have the role tested"),
        (lambda content: content["pools"]["reference"][0].pop("start"), "stop and environment are for what start"),
        (lambda content: content["pools"]["reference"][0].update(consumers=[]), "consumers: .* at least 1 item"),
        (lambda content: content["pools"]["reference"][0].update(workers=0), "greater than or equal to 1"),
        (lambda content: content["pools"]["reference"][0]["environment"].update(PORT=1), "environment.PORT: .*string"),
        (lambda content: content["pools"]["reference"][0].update(segment="shared"), "segment: there is no such field"),
    ],
)
def test_what_is_not_sound_is_told_with_its_place_and_without_a_secret(
    tmp_path: Path, change: Callable[[Any], Any], message: str
) -> None:
    file = changed(tmp_path, change)
    with pytest.raises(HarnessError, match=message) as told:
        load_processes(file)
    assert told.value.exit is Exit.USAGE
    assert str(told.value).startswith(f"{file}:")
    assert "secret" not in str(told.value)
