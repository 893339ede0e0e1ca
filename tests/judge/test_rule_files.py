"""Reading rules and fingerprints, and refusing what is wrong with them at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.files.rules import load_fingerprints, load_rules
from harness.model.errors import Exit, HarnessError


def _root(tmp_path: Path, rules: str = "", fingerprints: str = "") -> Path:
    (tmp_path / "fixtures" / "normalise").mkdir(parents=True)
    (tmp_path / "fixtures" / "normalise" / "mine.yaml").write_text(rules)
    (tmp_path / "fixtures" / "log-fingerprints.yaml").write_text(fingerprints)
    return tmp_path


def test_the_shipped_files_are_sound() -> None:
    assert all(rule.because for rule in load_rules())
    assert len({one.id for one in load_fingerprints()}) == len(load_fingerprints())


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{path: $.status_code, action: drop, because: x}", "protected"),
        ("{path: $..error, action: canonical-id, because: x}", "protected"),
        ("{path: status, action: drop, because: x}", "does not begin with $"),
        ("{path: '$.a b', action: drop, because: x}", "can not be read"),
        ("{path: $.a, action: hide, because: x}", "action"),
        ("{path: $.a, action: drop}", "because"),
        ("{path: $.a, action: tolerance, because: x}", "tolerance"),
        ("{path: $.a, action: drop, tolerance: 1, because: x}", "tolerance"),
    ],
)
def test_a_bad_rule_is_refused_at_its_line(tmp_path: Path, rule: str, said: str) -> None:
    root = _root(tmp_path, rules=f"rules:\n  - {{path: $.fine, action: drop, because: x}}\n  - {rule}\n")
    with pytest.raises(HarnessError, match=r"mine\.yaml:3") as raised:
        load_rules(root)
    assert said in str(raised.value)
    assert raised.value.exit is Exit.USAGE


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{id: one, pattern: '(', template: x, because: y}", "regular expression"),
        ("{id: one, pattern: 'a', template: 'x {1}', because: y}", "names group 1"),
        ("{id: One!, pattern: 'a', template: x, because: y}", "id"),
    ],
)
def test_a_bad_fingerprint_is_refused(tmp_path: Path, entry: str, said: str) -> None:
    with pytest.raises(HarnessError, match=r"log-fingerprints\.yaml:2") as raised:
        load_fingerprints(_root(tmp_path, fingerprints=f"fingerprints:\n  - {entry}\n"))
    assert said in str(raised.value)


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    entry = "  - {id: one, pattern: a, template: b, because: c}\n"
    with pytest.raises(HarnessError, match="these ids stand twice: one"):
        load_fingerprints(_root(tmp_path, fingerprints=f"fingerprints:\n{entry}{entry}"))
