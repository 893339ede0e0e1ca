"""The external tier: real services, with secrets of one's own, and never in the suite's score."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.files.credentials import load_credentials, refuse_unset
from harness.files.suite import EXTERNAL, load_suite
from harness.model.errors import HarnessError

TENANT = dict.fromkeys(("tenant_host", "tenant_port", "tenant_user", "tenant_password", "tenant_database"), "1")
TOKEN = {"NOETL_EXTERNAL_GITHUB_TOKEN": "of-a-person"}


def test_its_cases_are_not_the_suite_s_and_do_not_change_what_is_counted() -> None:
    suite, external = load_suite(), load_suite(manifest_name=EXTERNAL)
    inside, outside = ({case.id for case in one.cases} for one in (suite, external))
    assert outside
    assert all(name.startswith("external/") for name in outside)
    assert not inside & outside
    assert suite.digest != external.digest
    assert suite.ids == external.ids == inside | outside


def test_a_playbook_that_its_manifest_does_not_name_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "playbooks"
    (folder / "external").mkdir(parents=True)
    (folder / "external.yaml").write_text("cases:\n  - {id: external/one}\n")
    for name in ("one", "two"):
        text = f"apiVersion: noetl.io/v2\nkind: Playbook\nmetadata: {{name: {name}, path: x/{name}}}\nworkflow: []\n"
        (folder / "external" / f"{name}.yaml").write_text(text)
    with pytest.raises(HarnessError) as wrong:
        load_suite(tmp_path, manifest_name=EXTERNAL)
    assert "no case names playbooks/external/two.yaml" in str(wrong.value)


def test_a_secret_of_the_environment_is_stored_where_it_is_set_and_nowhere_else() -> None:
    found = {one.name: one for one in load_credentials(TENANT, env=TOKEN)}
    assert found["external_github"].data == {"token": "of-a-person"}
    assert "of-a-person" not in repr(found)
    assert "external_github" not in {one.name for one in load_credentials(TENANT, env={})}


def test_a_case_whose_secret_is_not_set_does_not_start() -> None:
    cases = load_suite(manifest_name=EXTERNAL).cases
    refuse_unset(cases, env=TOKEN)
    with pytest.raises(HarnessError) as wrong:
        refuse_unset(cases, env={})
    assert "external/repo needs the credential external_github, and NOETL_EXTERNAL_GITHUB_TOKEN" in str(wrong.value)


def test_no_other_variable_of_a_shell_can_be_asked_for(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("name: x\ntype: bearer\ntags: [a]\ndata:\n  token: ${env:HOME}\n")
    with pytest.raises(HarnessError) as wrong:
        load_credentials({}, tmp_path, env={"HOME": "/root"})
    assert wrong.value.where
    assert (wrong.value.where.line, wrong.value.what) == (5, "a credential can not have the variable HOME")
