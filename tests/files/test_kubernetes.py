"""The file behind `--target kubernetes:FILE`."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from harness.files.kubernetes import load_kubernetes
from harness.files.project import project_root
from harness.files.schemas import schema
from harness.model.errors import HarnessError
from harness.model.kubernetes import Part, Pin, Settings
from harness.model.pool import Runtime

EXAMPLE = project_root() / "fixtures" / "deployments" / "kind.yaml"


def written(folder: Path, text: str) -> Path:
    file = folder / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_example_says_what_counts_without_it() -> None:
    jsonschema.validate(yaml.safe_load(EXAMPLE.read_text()), schema("kubernetes"))
    assert load_kubernetes(EXAMPLE) == Settings()


def test_what_is_left_out_is_as_usual(tmp_path: Path) -> None:
    found = load_kubernetes(written(tmp_path, "pin: observe\nnats: {namespace: bus}\nkubeconfig: config\n"))
    assert (found.pin, found.nats) == (Pin.OBSERVE, Part("bus", "app=nats", 8222))
    assert found.kubeconfig == f"{tmp_path}/config"
    assert found.server == Settings().server


@pytest.mark.parametrize(
    ("text", "place"),
    [("pins: observe\n", ":1:1"), ("\npin: both\n", ":2:1"), ("nats: {port: 70000}\n", ":1:8")],
)
def test_what_is_wrong_has_a_place(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(HarnessError) as caught:
        load_kubernetes(written(tmp_path, text))
    assert place in str(caught.value)


POOLS = "execution_pools: {python: parity-py, rust: parity-rs}\n"


def test_segments_of_the_pools_own(tmp_path: Path) -> None:
    found = load_kubernetes(written(tmp_path, f"pin: execution_pool\n{POOLS}"))
    assert found.pin is Pin.EXECUTION_POOL
    assert found.execution_pool_of("rust@5.15.1", Runtime.RUST) == "parity-rs"
    assert found.execution_pool_of("python@4.12.0", Runtime.PYTHON) == "parity-py"
    assert Settings().execution_pool_of("python@4.12.0", Runtime.PYTHON) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"pin: segments\n{POOLS}", ":2:1: execution_pools: segments of the pools' own need `pin: execution_pool`"),
        ("pin: execution_pool\nexecution_pools: {python: a, rust: a}\n", "two pools have the same segment"),
        ("pin: execution_pool\nexecution_pools: {python: a.b}\n", ":2:1: execution_pools: 'a.b' is no segment"),
    ],
)
def test_segments_that_can_not_be(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(HarnessError) as caught:
        load_kubernetes(written(tmp_path, text))
    assert said in str(caught.value)
