"""Catalog paths of a run's own: whole paths move, everywhere, and nothing else does."""

from __future__ import annotations

import pytest

from harness.drive.placed import placed, placed_case
from harness.files.suite import load_suite
from harness.model.suite import Case


@pytest.mark.parametrize(
    ("path", "moved"),
    [
        ("parity/http/get", "parity/m/http/get"),
        ("system/parity/x", "system/m/parity/x"),
        ("systemd/parity/x", "systemd/m/parity/x"),
        ("/parity/x", "/parity/m/x"),
        ("system", "system"),
    ],
)
def test_the_first_part_stays_since_noetl_routes_by_it(path: str, moved: str) -> None:
    assert placed(path, "m") == moved


SOURCE = """\
metadata: {path: parity/a}
workflow:
  - {tool: {kind: playbook, path: parity/a/child}}
  - {tool: {kind: playbook, path: "parity/a"}}
  - {tool: {kind: http, url: http://host/parity/a, note: parity/abc, other: xparity/a, file: parity/a/child/more}}
"""

MOVED = """\
metadata: {path: parity/m/a}
workflow:
  - {tool: {kind: playbook, path: parity/m/a/child}}
  - {tool: {kind: playbook, path: "parity/m/a"}}
  - {tool: {kind: http, url: http://host/parity/a, note: parity/abc, other: xparity/a, file: parity/a/child/more}}
"""


def test_whole_paths_move_and_what_only_looks_like_one_does_not() -> None:
    child = "metadata: {path: parity/a/child}"
    payload = {"which": "parity/a/child", "deep": [{"path": "parity/a"}], "number": 1}
    case = Case("a", "parity/a", "a.yaml", SOURCE, payload, (("parity/a/child", child),))
    moved = placed_case(case, "m")
    assert (moved.path, moved.source) == ("parity/m/a", MOVED)
    assert moved.requires == (("parity/m/a/child", "metadata: {path: parity/m/a/child}"),)
    assert moved.payload == {"which": "parity/m/a/child", "deep": [{"path": "parity/m/a"}], "number": 1}
    assert (moved.id, moved.file) == ("a", "a.yaml")


def test_a_lane_of_one_s_own_has_no_need_of_it() -> None:
    case = Case("a", "parity/a", "a.yaml", SOURCE)
    assert placed_case(case, "") is case


def test_every_playbook_of_the_suite_is_registered_where_it_is_called() -> None:
    for case in load_suite().cases:
        moved = placed_case(case, "mark")
        assert (moved.source == case.source) is ("/" not in case.path), case.id
        for (before, _), (after, text) in zip(case.requires, moved.requires, strict=True):
            assert after == placed(before, "mark")
            assert after in text, case.id
