"""What the judge knows from files: normalising rules and the fingerprints of log lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from harness.files.project import project_root
from harness.files.yaml import checked, load_yaml
from harness.judge.fingerprints import LogFingerprint
from harness.judge.normalise import Action, Rule
from harness.judge.paths import RulePath

Text = Annotated[str, Field(min_length=1)]


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"this is not a regular expression: {error}") from None
    return text


class RuleEntry(BaseModel):
    """One rule; the meaning of each field is that of `harness.judge.normalise.Rule`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: Text
    action: Action
    because: Text
    tool: str | None = None
    tolerance: float = 0.0

    @model_validator(mode="after")
    def _is_rule(self) -> RuleEntry:
        self.rule()
        return self

    def rule(self) -> Rule:
        """The rule itself. Raises `ValueError` when its path can not be read or it would hide what is protected."""
        return Rule(RulePath.parse(self.path), self.action, self.because, self.tool, self.tolerance)


class RuleFile(BaseModel):
    """`fixtures/normalise/*.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: Annotated[tuple[RuleEntry, ...], Field(min_length=1)]


class FingerprintEntry(BaseModel):
    """One known text: `pattern` is searched for, `template` is what it is called, with groups as `{1}`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    pattern: Annotated[str, AfterValidator(_pattern)]
    template: Text
    because: Text

    @model_validator(mode="after")
    def _has_its_groups(self) -> FingerprintEntry:
        groups = re.compile(self.pattern).groups
        for number in re.findall(r"\{(\d)\}", self.template):
            if not 0 < int(number) <= groups:
                raise ValueError(f"the template names group {number}, the pattern has {groups}")
        return self


class FingerprintFile(BaseModel):
    """`fixtures/log-fingerprints.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fingerprints: Annotated[tuple[FingerprintEntry, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> FingerprintFile:
        ids = [entry.id for entry in self.fingerprints]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"these ids stand twice: {', '.join(twice)}")
        return self


def load_rules(root: Path | None = None) -> tuple[Rule, ...]:
    """All rules of `fixtures/normalise/`, file by file in order of name.

    Raises `HarnessError` for a file that is not well formed, with every problem's place; a rule that would hide what is
    protected (`harness.judge.normalise.PROTECTED`) is one.
    """
    return tuple(_rules((root or project_root()) / "fixtures" / "normalise"))


def load_fingerprints(root: Path | None = None) -> tuple[LogFingerprint, ...]:
    """The known texts of `fixtures/log-fingerprints.yaml`, in order: the first that is found in a line names it."""
    document = load_yaml((root or project_root()) / "fixtures" / "log-fingerprints.yaml")
    return tuple(
        LogFingerprint(entry.id, re.compile(entry.pattern), entry.template)
        for entry in checked(document, FingerprintFile).fingerprints
    )


def _rules(folder: Path) -> Iterator[Rule]:
    for file in sorted(folder.glob("*.yaml")):
        for entry in checked(load_yaml(file), RuleFile).rules:
            yield entry.rule()
