"""What the suite does in a pytest session: in each process that collects it, and in the one that runs the engine.

Without xdist that is one process. With it the controller runs the engine, for the tests that its first worker has
selected, and the workers wait for the verdicts.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.cli.options import deployment_request, run_target
from harness.files.project import project_root, runs_folder
from harness.files.suite import load_suite
from harness.files.yardstick import load_yardstick
from harness.model.errors import HarnessError
from harness.model.secrets import blotted
from harness.model.suite import Suite
from harness.report import words
from harness.session import RunRequest
from harness.testing.collect import VERDICTS, Collector, Marked, case_of
from harness.testing.desk import Desk
from harness.testing.engine import Engine
from harness.testing.verdicts import Verdicts

_DESK = "noetl_harness_desk"
"""The name of its folder in `workerinput`."""

_JOBS = 4
"""Cases at a time on each pool, as `run` has them."""

_TO_THE_END = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
"""How a session ends that has run all its tests."""


def install(config: pytest.Config) -> None:
    """Collect the suite in this process; run the engine too, where no other process does."""
    try:
        suite = load_suite()
        cases = [Marked.of(case) for case in suite.cases]
        for name in sorted({name for one in cases for name in one.markers}):
            config.addinivalue_line("markers", f"{name}: cases of this set, or that use this tool kind (noetl-harness)")
        config.pluginmanager.register(Collector(cases, project_root() / "playbooks" / "suite.yaml"))
        handed = getattr(config, "workerinput", {}).get(_DESK)
        if handed is None:
            controller = Controller(config, suite)
            config.pluginmanager.register(controller)
            handed = controller.desk.folder
    except HarnessError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[VERDICTS] = Verdicts(Desk(Path(handed)))


class Controller:
    """Runs the engine on the cases whose tests were selected, and answers for the run as a whole."""

    def __init__(self, config: pytest.Config, suite: Suite) -> None:
        option = config.getoption
        self._suite = suite
        self._target = run_target(option("noetl_target"), None, None, option("noetl_allow_context"))
        self._pools = deployment_request(option("noetl_reference"), option("noetl_candidate"), option("noetl_routing"))
        self._runs = runs_folder(option("noetl_runs")).absolute()
        self._argv = ("pytest", *map(str, config.invocation_params.args))
        self._yardstick = load_yardstick(suite, self._runs)
        self._engine: Engine | None = None
        self._file = ""
        self.desk = Desk(Path(tempfile.mkdtemp(prefix="noetl-pytest-")))

    def pytest_report_header(self) -> str:
        """What will be compared."""
        pools = self._pools
        return f"noetl-harness: {pools.reference.id} against {pools.candidate.id} on {self._target.name}"

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """xdist: a worker is started, perhaps in place of one that was killed."""
        node.workerinput[_DESK] = str(self.desk.folder)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """xdist: a worker has selected its tests, which are the same in all of them."""
        self._begin(ids)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Without xdist the tests are selected now."""
        option = session.config.option
        broken = session.testsfailed and not option.continue_on_collection_errors
        if not broken and not option.collectonly:
            self._begin([item.nodeid for item in session.items])

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self) -> None:
        """After the failure that is enough (`-x`), the workers of xdist wait for nothing more."""
        if self._engine is not None and self._session.shouldfail:
            self._engine.tell_to_end()

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """It knows when the session is to stop."""
        self._session = session

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """What is wrong with the run as a whole is a failure of its own, also where all tests pass. It is told before
        other plugins write their reports and xdist ends its workers."""
        if self._engine is None:
            return
        if exitstatus not in _TO_THE_END or session.shouldfail or session.shouldstop:
            self._engine.tell_to_end()
        self._engine.wait()
        problems = [words.visible(blotted(problem)) for problem in self._problems(self._engine)]
        if problems:
            session.config.hook.pytest_runtest_logreport(report=_failed(self._file, problems))
            if exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The score of the cases that were run, and where their recording is."""
        if self._engine is None:
            return
        terminalreporter.section("noetl-harness")
        for line in self._summary(self._engine):
            terminalreporter.line(words.visible(blotted(line)))

    def pytest_unconfigure(self) -> None:
        """Nothing of ours outlives the session."""
        if self._engine is not None:
            self._engine.tell_to_end()
            self._engine.wait()
        shutil.rmtree(self.desk.folder, ignore_errors=True)

    def _begin(self, nodeids: Iterable[str]) -> None:
        """Run the cases of these tests, in their order."""
        named = {case_of(nodeid): nodeid for nodeid in nodeids}
        cases = {case.id: case for case in self._suite.cases}
        chosen = [cases[case_id] for case_id in named if case_id in cases]
        if not chosen or self._engine is not None:
            return
        self._file = named[chosen[0].id].partition("::")[0]
        request = RunRequest(
            target=self._target,
            pools=self._pools,
            cases=chosen,
            suite_digest=self._suite.digest,
            jobs=_JOBS,
            runs=self._runs,
            argv=self._argv,
        )
        self._engine = Engine(request, self._yardstick, self.desk)

    def _summary(self, engine: Engine) -> Iterator[str]:
        yield from engine.warnings
        if engine.run is not None:
            yield words.summary(engine.run.verdict)
        elif engine.ended.problem:
            yield engine.ended.problem
        recording = self.desk.recording()
        if recording is not None:
            yield f"recording: {recording}"

    @staticmethod
    def _problems(engine: Engine) -> list[str]:
        if engine.run is not None:
            return list(words.alarms(engine.run.verdict))
        return [engine.ended.problem] if engine.ended.problem and not engine.ended.told else []


def _failed(file: str, problems: Sequence[str]) -> pytest.TestReport:
    """A test that nobody can leave out."""
    return pytest.TestReport(
        nodeid=f"{file}::run",
        location=(file, None, "run"),
        keywords={},
        outcome="failed",
        longrepr="\n".join(problems),
        when="call",
    )
