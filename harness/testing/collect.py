"""The suite's manifest as a tree of tests: the file, a case, and a test for each of its checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, assert_never

import pytest

from harness.files.features import tool_kinds
from harness.files.yaml import parse_yaml
from harness.model.check import Check, CheckName, CheckState
from harness.model.suite import Case
from harness.model.verdict import Standing
from harness.testing import text
from harness.testing.desk import Ended
from harness.testing.verdicts import Answer, Verdicts

VERDICTS = pytest.StashKey[Verdicts]()
"""Where the tests of this process get their answers."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A case with the names of its markers: its sets, and the kinds of its own tools."""

    case: Case
    markers: tuple[str, ...]

    @classmethod
    def of(cls, case: Case) -> Marked:
        """The markers of a case, read from its playbook."""
        return cls(case, (*case.sets, *sorted(tool_kinds(parse_yaml(case.source, case.file).value))))


class Collector:
    """Collects the project's own manifest, and no other file."""

    def __init__(self, cases: Sequence[Marked], manifest: Path) -> None:
        self._cases = cases
        self._manifest = manifest

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """pytest asks for every file that it sees."""
        if file_path.name != self._manifest.name or not file_path.samefile(self._manifest):
            return None
        made: SuiteFile = SuiteFile.from_parent(parent, path=file_path, cases=self._cases)
        return made


class SuiteFile(pytest.File):
    """`playbooks/suite.yaml`."""

    def __init__(self, *, cases: Sequence[Marked], **rest: Any) -> None:
        super().__init__(**rest)
        self._cases = cases

    def collect(self) -> Iterator[CaseNode]:
        """In the suite's order."""
        for one in self._cases:
            yield CaseNode.from_parent(self, name=one.case.id, marked=one)


class CaseNode(pytest.Collector):
    """One case. `-k` finds it by its id and tags too."""

    def __init__(self, *, marked: Marked, **rest: Any) -> None:
        super().__init__(**rest)
        self.case = marked.case
        for name in marked.markers:
            self.add_marker(name)
        self.extra_keyword_matches.update(marked.case.tags)

    def collect(self) -> Iterator[CheckItem]:
        """One test for each check. A name without brackets is a history of its own in every report."""
        for name in CheckName:
            yield CheckItem.from_parent(self, name=name.value, case=self.case)


class CheckItem(pytest.Item):
    """One check of one case: waits until the case is judged."""

    def __init__(self, *, case: Case, **rest: Any) -> None:
        super().__init__(**rest)
        self.case = case

    def setup(self) -> None:
        """What is not known is an error, as it is in every other report."""
        answer, check = self._answer()
        self.user_properties += [("verdict", answer.pair.verdict.value), ("standing", answer.pair.standing.value)]
        if check.state is CheckState.UNDECIDED:
            pytest.fail(text.undecided(answer, check), pytrace=False)

    def runtest(self) -> None:
        """A difference on record is a strict expected failure, in both directions."""
        answer, check = self._answer()
        match check.state:
            case CheckState.PASSED:
                return
            case CheckState.KNOWN:
                self._expect_failure(text.known(answer, check))
            case CheckState.FAILED if _is_unexpected_pass(answer, check):
                self._expect_failure(text.unmet(answer.pair))
                self.add_report_section("call", "noetl-harness", text.told(answer, check))
                return
            case CheckState.FAILED | CheckState.UNDECIDED:
                pass
            case never:
                assert_never(never)
        pytest.fail(text.failed(answer, check), pytrace=False)

    def reportinfo(self) -> tuple[Path, None, str]:
        """No line: the playbooks are the tests."""
        return self.path, None, f"{self.case.id}::{self.name}"

    def _answer(self) -> tuple[Answer, Check]:
        answer = self.config.stash[VERDICTS].of(self.case.id)
        if isinstance(answer, Ended):
            self._stop(answer)
        return answer, next(check for check in answer.checks if check.name == self.name)

    def _stop(self, ended: Ended) -> NoReturn:
        """There will be no more answers in this session."""
        reason = ended.problem or "the engine has ended"
        self.session.shouldstop = reason.splitlines()[0]
        if ended.told:
            pytest.skip(reason)
        pytest.fail(reason, pytrace=False)

    def _expect_failure(self, reason: str) -> None:
        self.add_marker(pytest.mark.xfail(reason=reason, raises=pytest.fail.Exception, strict=True))


def case_of(nodeid: str) -> str | None:
    """The case whose check has this id, None for a test that is none of ours."""
    file, _, rest = nodeid.partition("::")
    case_id, _, check = rest.rpartition("::")
    return case_id if Path(file).name == "suite.yaml" and check in {name.value for name in CheckName} else None


def _is_unexpected_pass(answer: Answer, check: Check) -> bool:
    return check.name is CheckName.PARITY and answer.pair.standing is Standing.UNEXPECTED_PASS
