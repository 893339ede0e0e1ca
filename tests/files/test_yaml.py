from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from harness.files.yaml import checked, load_yaml, parse_yaml
from harness.model.errors import Exit, HarnessError


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str
    weight: float


class Entries(BaseModel):
    model_config = ConfigDict(extra="forbid")

    cases: list[Entry]


def problem(text: str) -> HarnessError:
    with pytest.raises(HarnessError) as caught:
        parse_yaml(text, "f.yaml")
    assert caught.value.exit is Exit.USAGE
    return caught.value


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a:\n\tb: 1\n", "f.yaml:2:1", "spaces"),
        ("a: [1\nb: 2\n", "f.yaml:2:2", "flow sequence"),
        ("a: {{ x }}\n", "f.yaml:1:5", "Put the template in quotes"),
        ("when: 2026-99-99\n", "f.yaml:1:7", "month"),
        ("a: b: c\n", "f.yaml:1:5", "mapping values are not allowed"),
        ("one\n---\ntwo\n", "f.yaml:2:1", "single document"),
        ("é: '\x07'\n", "f.yaml:1:5", "character"),
        ("a: &x [*x]\n", "f.yaml:1:4", "alias"),
    ],
)
def test_a_broken_file_is_refused_with_its_place_and_a_remedy(text: str, place: str, words: str) -> None:
    error = problem(text)
    assert str(error.where) == place
    assert words in str(error)


def test_a_key_that_stands_twice_is_refused_with_both_places() -> None:
    error = problem("start:\n  x: 1\n  y: 2\n  x: 3\n")
    assert str(error.where) == "f.yaml:4:3"
    assert "f.yaml:2:3" in error.what


def test_the_same_key_in_two_mappings_and_through_a_merge_is_allowed() -> None:
    value = parse_yaml("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  x: 3\n", "f.yaml").value
    assert value == {"a": {"x": 1, "y": 2}, "b": {"x": 3, "y": 2}}


def test_a_place_is_that_of_the_key_or_of_the_list_entry() -> None:
    document = parse_yaml("cases:\n  - id: a\n    tags: [x, y]\n", "f.yaml")
    assert str(document.where(["cases"])) == "f.yaml:1:1"
    assert str(document.where(["cases", 0])) == "f.yaml:2:5"
    assert str(document.where(["cases", 0, "tags", 1])) == "f.yaml:3:15"


def test_the_place_of_what_is_missing_is_that_of_the_nearest_part() -> None:
    document = parse_yaml("cases:\n  - id: a\n", "f.yaml")
    assert str(document.where(["cases", 0, "file"])) == "f.yaml:2:5"
    assert str(document.where(["cases", 7])) == "f.yaml:1:1"
    assert str(parse_yaml("", "f.yaml").where(["cases"])) == "f.yaml:1:1"


def test_a_model_tells_all_that_is_wrong_at_once_and_no_values() -> None:
    document = parse_yaml("cases:\n  - id: a\n    weight: s3cr3t\n    wieght: 1\n  - id: b\n", "f.yaml")
    with pytest.raises(HarnessError) as caught:
        checked(document, Entries)
    text = str(caught.value)
    assert "f.yaml:3:5: cases[0].weight: Input should be a valid number" in text
    assert "f.yaml:4:5: cases[0].wieght: there is no such field" in text
    assert "f.yaml:5:5: cases[1].weight: this field is required" in text
    assert "s3cr3t" not in text


def test_a_sound_document_becomes_the_model() -> None:
    entries = checked(parse_yaml("cases:\n  - {id: a, weight: 2}\n", "f.yaml"), Entries)
    assert entries == Entries(cases=[Entry(id="a", weight=2.0)])


def test_a_file_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="No such file"):
        load_yaml(tmp_path / "none.yaml")


def test_text_that_is_not_utf8_is_refused_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "latin.yaml"
    file.write_bytes(b"a: 1\nb: caf\xe9\n")
    with pytest.raises(HarnessError) as caught:
        load_yaml(file)
    assert str(caught.value.where) == f"{file}:2:7"


def test_a_document_shows_no_values() -> None:
    assert "s3cr3t" not in repr(parse_yaml("password: s3cr3t\n", "f.yaml"))


@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused_with_its_file(text: str) -> None:
    try:
        told = str(parse_yaml(text.encode(errors="replace").decode(), "f.yaml").where([]))
    except HarnessError as error:
        told = str(error)
    assert told.startswith("f.yaml")
