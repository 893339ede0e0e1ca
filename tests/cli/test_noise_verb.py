"""A playbook that is random by design, through the real command: noise, never a pass and never a divergence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.embedded

HARNESS = str(Path(sys.executable).with_name("noetl-harness"))

RANDOM = """\
apiVersion: noetl.io/v2
kind: Playbook
metadata: {name: dice, path: elsewhere/dice}
workflow:
  - step: start
    tool:
      kind: python
      code: |
        def main():
            import random
            return {"drawn": random.random(), "fixed": 1}
    next:
      spec: {mode: exclusive}
      arcs: [{step: end}]
  - step: end
    tool: {kind: python, code: "result = {'done': True}"}
"""


def harness(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [HARNESS, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
    )
    assert "Traceback" not in done.stderr
    return done


def test_a_playbook_that_is_random_by_design_is_noise(tmp_path: Path) -> None:
    playbook = tmp_path / "dice.yaml"
    playbook.write_text(RANDOM)
    done = harness("diff", str(playbook), "--aa", "--runs", str(tmp_path / "runs"))
    assert done.returncode == 3, done.stdout
    assert "elsewhere/dice\nnoise, undecided: reference completed, candidate completed" in done.stdout
    said = "start at /drawn (value): the reference differs from itself; the candidate differs"
    assert said in " ".join(done.stdout.split())
    assert " ".join(done.stdout.split()).endswith("1 indeterminate · parity 0/1 0.0% [0-79] · 0 known · 1 noise")
    (run,) = (tmp_path / "runs").iterdir()
    verdict = json.loads((run / "verdict.json").read_text())
    assert [one["spot"]["at"] for one in verdict["pairs"][0]["noise"]] == ["/drawn"]
    assert verdict["causes"] == []


def test_the_same_playbook_without_a_second_leg_diverges(tmp_path: Path) -> None:
    playbook = tmp_path / "dice.yaml"
    playbook.write_text(RANDOM)
    assert harness("diff", str(playbook), "--runs", str(tmp_path / "runs")).returncode == 1


def test_cases_of_the_suite_that_run_twice_show_no_noise(tmp_path: Path) -> None:
    cases = ("python/hello", "sequence/retry", "postgres/by_alias", "composition/not_awaited", "loops/parallel")
    done = harness("run", *cases, "--aa", "--format", "json", "--runs", str(tmp_path))
    verdict = json.loads(done.stdout)
    assert (done.returncode, verdict["counts"]["noise"], verdict["counts"]["decided"]) == (0, 0, len(cases))
    assert all(pair["noise"] == [] for pair in verdict["pairs"])


@pytest.mark.parametrize("machine", ["CI", "PYTEST_XDIST_WORKER"])
def test_a_machine_puts_no_noise_on_record(tmp_path: Path, machine: str) -> None:
    done = harness("noise", str(tmp_path), **{"CI": "", "PYTEST_XDIST_WORKER": "", machine: "true"})
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{machine} says that a machine runs this" in done.stderr
