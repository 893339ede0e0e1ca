from __future__ import annotations

from pathlib import Path

import pytest

from harness.files.suite import load_case, load_suite, select
from harness.model.errors import HarnessError
from harness.model.suite import Suite, Terminal

MANIFEST = """\
roles: {1: old/parallel, 2: old/tree}
cases:
  - id: loops/parallel
    role: 1
    sets: [smoke, full]
    tags: [loop, python]
    payload: {n: 3}
    timeout: 12
  - id: loops/sequential
    tags: [loop]
  - id: tree
    role: 2
    requires: [leaf.yaml]
    expect: failed
    fails: [start]
"""


def playbook(path: str, calls: str = "") -> str:
    tool = f"{{kind: playbook, path: {calls}}}" if calls else "{kind: noop}"
    head = "apiVersion: noetl.io/v2\nkind: Playbook\n"
    return (
        f"{head}metadata: {{name: {path.split('/')[-1]}, path: {path}}}\nworkflow:\n  - step: start\n    tool: {tool}\n"
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "suite.yaml": MANIFEST,
        "loops/parallel.yaml": playbook("t/loops/parallel"),
        "loops/sequential.yaml": playbook("t/loops/sequential"),
        "tree.yaml": playbook("t/tree", calls="t/leaf"),
        "leaf.yaml": playbook("t/leaf"),
        "expectations/tree.yaml": "not looked at here",
    }
    for name, text in files.items():
        file = tmp_path / "playbooks" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


@pytest.fixture
def suite(root: Path) -> Suite:
    return load_suite(root)


def edit(root: Path, before: str, after: str) -> None:
    file = root / "playbooks" / "suite.yaml"
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, after))


def refusal(root: Path) -> str:
    with pytest.raises(HarnessError) as caught:
        load_suite(root)
    return str(caught.value)


def test_the_manifest_becomes_cases_in_its_order(suite: Suite) -> None:
    parallel, _, tree = suite.cases
    assert [case.id for case in suite.cases] == ["loops/parallel", "loops/sequential", "tree"]
    assert (parallel.path, parallel.file) == ("t/loops/parallel", "playbooks/loops/parallel.yaml")
    assert (parallel.payload, parallel.timeout, parallel.expect) == ({"n": 3}, 12.0, Terminal.COMPLETED)
    assert tree.requires == (("t/leaf", playbook("t/leaf")),)
    assert (tree.expect, tree.fails) == (Terminal.FAILED, ("start",))
    assert parallel.fails is None
    assert (suite.roles, [case.role for case in suite.cases]) == ({1: "old/parallel", 2: "old/tree"}, [1, None, 2])
    assert (parallel.sets, tree.sets) == (("smoke", "full"), ("full",))


def test_a_role_that_nobody_plays_is_refused(root: Path) -> None:
    edit(root, "    role: 2\n", "")
    assert "suite.yaml:1:26: no case plays role 2, old/tree" in refusal(root)


def test_a_role_that_does_not_exist_is_refused(root: Path) -> None:
    edit(root, "role: 2", "role: 3")
    assert "there is no role 3" in refusal(root)


def test_the_digest_changes_with_any_file_and_with_nothing_else(root: Path, suite: Suite) -> None:
    assert load_suite(root).digest == suite.digest
    (root / "playbooks" / "expectations" / "tree.yaml").write_text("other")
    assert load_suite(root).digest == suite.digest
    with (root / "playbooks" / "leaf.yaml").open("a") as file:
        file.write("# one more line\n")
    assert load_suite(root).digest != suite.digest


def test_a_missing_file_is_refused_with_its_place(root: Path) -> None:
    edit(root, "requires: [leaf.yaml]", "requires: [leaf.yaml, twig.yaml]")
    assert "suite.yaml:13:27: there is no file playbooks/twig.yaml" in refusal(root)


def test_a_file_outside_the_folder_is_refused(root: Path) -> None:
    (root / "outside.yaml").write_text(playbook("t/outside"))
    edit(root, "requires: [leaf.yaml]", "requires: [leaf.yaml, ../outside.yaml]")
    assert "there is no file playbooks/../outside.yaml" in refusal(root)


def test_a_playbook_that_no_case_names_is_refused(root: Path) -> None:
    (root / "playbooks" / "loops" / "forgotten.yml").write_text(playbook("t/forgotten"))
    assert "no case names playbooks/loops/forgotten.yml" in refusal(root)


def test_an_id_that_stands_twice_is_refused_with_both_places(root: Path) -> None:
    edit(root, "id: loops/sequential", "id: loops/parallel")
    text = refusal(root)
    assert "suite.yaml:9:5: the id loops/parallel stands twice" in text
    assert "suite.yaml:3:5" in text


def test_two_files_with_one_catalog_path_are_refused(root: Path) -> None:
    (root / "playbooks" / "leaf.yaml").write_text(playbook("t/tree"))
    assert "catalog path t/tree" in refusal(root)


def test_a_field_that_does_not_exist_is_refused(root: Path) -> None:
    edit(root, "timeout: 12", "tiemout: 12")
    assert "suite.yaml:8:5: cases[0].tiemout: there is no such field" in refusal(root)


def test_a_file_that_is_no_playbook_is_refused(root: Path) -> None:
    (root / "playbooks" / "leaf.yaml").write_text("workflow: []\n")
    assert "leaf.yaml:1:1: this is not a playbook" in refusal(root)


@pytest.mark.parametrize(
    ("selectors", "ids"),
    [
        ([], ["loops/parallel", "loops/sequential", "tree"]),
        (["tree", "loops/parallel"], ["loops/parallel", "tree"]),
        (["loops/*"], ["loops/parallel", "loops/sequential"]),
        (["set:smoke"], ["loops/parallel"]),
        (["tag:loop"], ["loops/parallel", "loops/sequential"]),
        (["tag:python", "tree"], ["loops/parallel", "tree"]),
    ],
)
def test_selectors_choose_cases_in_the_suites_order(suite: Suite, selectors: list[str], ids: list[str]) -> None:
    assert [case.id for case in select(suite, selectors)] == ids


@pytest.mark.parametrize("selector", ["loop", "loops/x*", "tag:loops", "tag:", ""])
def test_a_selector_that_matches_nothing_is_refused(suite: Suite, selector: str) -> None:
    with pytest.raises(HarnessError, match="no case matches"):
        select(suite, ["tree", selector])


def test_a_near_miss_is_answered_with_the_right_name(suite: Suite) -> None:
    with pytest.raises(HarnessError, match="Did you mean loops/parallel"):
        select(suite, ["loops/paralel"])


def test_a_file_of_the_suite_runs_as_the_suite_says(
    root: Path, suite: Suite, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert load_case(root / "playbooks" / "loops" / "parallel.yaml", suite, root) == suite.cases[0]
    assert load_case(Path("playbooks/loops/parallel.yaml"), suite, root) == suite.cases[0]


def test_a_foreign_file_finds_its_sub_playbooks_in_its_own_tree(root: Path, suite: Suite, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    (foreign / "sub").mkdir(parents=True)
    (foreign / "top.yaml").write_text(playbook("x/top", calls="x/middle"))
    (foreign / "sub" / "middle.yaml").write_text(playbook("x/middle", calls="x/bottom"))
    (foreign / "sub" / "bottom.yml").write_text(playbook("x/bottom", calls="x/top"))
    (foreign / "broken.yaml").write_text("{")
    case = load_case(foreign / "top.yaml", suite, root)
    assert (case.id, case.path, case.payload) == ("x/top", "x/top", {})
    assert [path for path, _ in case.requires] == ["x/middle", "x/bottom"]


def test_a_sub_playbook_that_is_nowhere_is_left_to_the_server(root: Path, suite: Suite, tmp_path: Path) -> None:
    file = tmp_path / "alone.yaml"
    file.write_text(playbook("x/alone", calls="x/nowhere"))
    assert load_case(file, suite, root).requires == ()


def test_a_playbook_that_does_not_exist_is_refused(root: Path, suite: Suite) -> None:
    with pytest.raises(HarnessError, match="there is no playbook"):
        load_case(Path("playbooks/none.yaml"), suite, root)
