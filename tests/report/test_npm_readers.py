"""Our files in the hands of the programs that people read them with."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from runs import CASES, STATES, record_run

from harness.judged import Judged, judged
from harness.recording.read import open_recording
from harness.report import write_to

pytestmark = [
    pytest.mark.node,
    pytest.mark.skipif(not (shutil.which("node") and shutil.which("npm")), reason="node and npm are not installed"),
]

PACKAGES = ("allure@3.18.0", "ctrf@0.3.0")

KEPT = Path(__file__).resolve().parents[2] / ".node"
"""Where the packages stay: installed once, ignored by git."""


@pytest.fixture(scope="module")
def npm() -> Path:
    """A folder with the packages in it. Who comes second at the same time throws his own away."""
    folder = KEPT / "+".join(PACKAGES)
    if not folder.is_dir():
        KEPT.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=KEPT) as made:
            install = ["npm", "install", "--no-audit", "--no-fund", "--prefix", f"{made}/new", *PACKAGES]
            subprocess.run(install, check=True, capture_output=True, timeout=300)
            if not folder.is_dir():
                (Path(made) / "new").rename(folder)
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return judged(open_recording(record_run(tmp_path_factory.mktemp("runs"))))


def generate(npm: Path, where: Path, *results: Path, plugin: str = "awesome") -> Path:
    """What the program `allure` makes of these results."""
    config = where / "allurerc.json"
    config.write_text(json.dumps({"plugins": {plugin: {"options": {}}}}))
    report = where / "report"
    arguments = ["generate", *map(str, results), "--config", str(config), "--output", str(report)]
    program = str(npm / "node_modules" / ".bin" / "allure")
    subprocess.run([program, *arguments], check=True, capture_output=True, timeout=120, cwd=where)
    return report


def statistic(report: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((report / "widgets" / "statistic.json").read_text())
    return found


def test_allure_counts_the_cases_of_the_manifest(npm: Path, run: Judged, tmp_path: Path) -> None:
    write_to("allure", run, tmp_path / "results")
    report = generate(npm, tmp_path, tmp_path / "results")
    states = list(STATES.values())
    assert statistic(report) == {
        "total": len(CASES),
        "passed": states.count("passed"),
        "failed": states.count("failed"),
        "skipped": states.count("known"),
        "broken": states.count("undecided"),
    }
    tests = [json.loads(file.read_text()) for file in (report / "data" / "test-results").glob("*.json")]
    assert sorted(test["fullName"] for test in tests) == sorted(CASES)
    assert not any(test["retriesCount"] for test in tests)
    environment = json.loads((report / "widgets" / "allure_environment.json").read_text())
    assert {"name": "routing", "values": ["as of NoETL 4.12.0"]} in environment


def test_allure_keeps_two_pairs_of_pools_apart(npm: Path, run: Judged, tmp_path: Path) -> None:
    write_to("allure", run, tmp_path / "one")
    write_to("allure", replace(run, verdict=replace(run.verdict, candidate="rust@5.15.1")), tmp_path / "two")
    report = generate(npm, tmp_path, tmp_path / "one", tmp_path / "two")
    assert statistic(report)["total"] == 2 * len(CASES)


def test_allure_has_each_case_under_its_gravest_cause(npm: Path, run: Judged, tmp_path: Path) -> None:
    write_to("allure", run, tmp_path / "results")
    report = generate(npm, tmp_path, tmp_path / "results", plugin="allure2")
    told = json.loads((report / "data" / "categories.json").read_text())
    shown = {category["name"] for category in told["children"]}
    gravest = {case: cause.fingerprint for cause in reversed(run.verdict.causes) for case in cause.cases}
    assert shown & {cause.fingerprint for cause in run.verdict.causes} == set(gravest.values())
    assert len(gravest) > 1


def test_allure_says_what_is_wrong_with_the_run_as_a_whole(npm: Path, run: Judged, tmp_path: Path) -> None:
    lost = replace(run, verdict=replace(run.verdict, losses=("nats ended",)))
    write_to("allure", lost, tmp_path / "results")
    told = json.loads((generate(npm, tmp_path, tmp_path / "results") / "widgets" / "globals.json").read_text())
    assert "nats ended" in json.dumps(told)


def test_allure_reads_our_junit_file_as_well(npm: Path, run: Judged, tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    write_to("junit", run, tmp_path / "results" / "junit.xml")
    assert statistic(generate(npm, tmp_path, tmp_path / "results"))["total"] == 5 * len(CASES) + 1


def test_ctrf_calls_our_report_valid(npm: Path, run: Judged, tmp_path: Path) -> None:
    write_to("ctrf", run, tmp_path / "ctrf.json")
    (tmp_path / "wrong.json").write_text((tmp_path / "ctrf.json").read_text().replace('"failed"', '"what"'))
    program = (
        f'const {{validate}} = require({json.dumps(str(npm / "node_modules" / "ctrf"))}), fs = require("fs");'
        "console.log(JSON.stringify(process.argv.slice(1).map(one => validate(JSON.parse(fs.readFileSync(one))))))"
    )
    files = [str(tmp_path / name) for name in ("ctrf.json", "wrong.json")]
    done = subprocess.run(["node", "-e", program, *files], check=True, capture_output=True, text=True, timeout=60)
    good, bad = json.loads(done.stdout)
    assert (good, bad["valid"]) == ({"valid": True, "errors": []}, False)
