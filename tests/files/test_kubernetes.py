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


def test_pinning_by_execution_pool_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(HarnessError) as caught:
        load_kubernetes(written(tmp_path, "context: kind-noetl\npin: execution_pool\n"))
    assert ":2:1: pin: pools can not be pinned by `execution_pool`: Python servers do not take it" in str(caught.value)
