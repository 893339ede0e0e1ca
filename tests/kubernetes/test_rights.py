"""The Roles in docs/targets.md are the rights that the harness asks for."""

from __future__ import annotations

import re
from dataclasses import replace

import yaml

from harness.deployments.kubernetes.rights import needed, roles
from harness.files.project import project_root
from harness.model.kubernetes import Pin, Settings


def test_the_roles_of_the_readme() -> None:
    text = (project_root() / "docs" / "targets.md").read_text(encoding="utf-8")
    shown = re.search(r"```yaml\n(.*?rbac.*?)```", text, re.DOTALL)
    assert shown
    assert list(yaml.safe_load_all(shown[1])) == roles(needed(replace(Settings(), pin=Pin.SEGMENTS)))


def test_a_mode_needs_no_more_than_it_does() -> None:
    asked = {pin: {(one.resource, one.verb) for one in needed(replace(Settings(), pin=pin))} for pin in Pin}
    assert asked[Pin.OBSERVE] < asked[Pin.EXCLUSIVE] < asked[Pin.SEGMENTS]
    assert not any(verb == "patch" for _, verb in asked[Pin.OBSERVE])
    assert asked[Pin.EXECUTION_POOL] == asked[Pin.OBSERVE]
