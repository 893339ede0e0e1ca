from __future__ import annotations

import io
from pathlib import Path

import pytest

from harness.drive.events import DeploymentReady, DriveEvent, LegEnded, LegStarted, RecordingBegun, RunPlanned
from harness.model.evidence import LegEnd, LegKey
from harness.model.lane import Side
from harness.report.live import watching

EVENTS: tuple[DriveEvent, ...] = (
    RunPlanned(2, "python@4.12.0", "rust@5.15.1", tuple(LegKey("loops/parallel", side) for side in Side)),
    DeploymentReady(tuple(Side), 1.25, False),
    LegStarted(LegKey("loops/parallel", Side.REFERENCE)),
    LegStarted(LegKey("loops/parallel", Side.CANDIDATE)),
    LegEnded(LegKey("loops/parallel", Side.CANDIDATE), LegEnd.STUCK, 0.5),
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def tell(out: io.StringIO) -> str:
    with watching(out) as listener:
        for event in EVENTS:
            listener(event)
        return out.getvalue()


def test_elsewhere_there_are_plain_lines() -> None:
    assert tell(io.StringIO()).splitlines() == [
        "python@4.12.0 against rust@5.15.1: 2 legs",
        "deployment ready after 1.2 s",
        "[1/2] loops/parallel on candidate: stuck, 0.50 s",
    ]


def test_a_kept_deployment_is_named() -> None:
    out = io.StringIO()
    with watching(out) as listener:
        listener(DeploymentReady(tuple(Side), 0.1, True))
    assert out.getvalue() == "kept deployment ready after 0.1 s\n"


def test_a_terminal_gets_a_table_with_a_bar() -> None:
    out = Terminal()
    tell(out)
    shown = out.getvalue()
    assert "\x1b[" in shown
    last = shown[shown.rindex("loops ") :]
    assert "##########   1/1 1 odd" in last
    assert "loops/parallel on reference" in last
    assert "1/2 legs" in last


def test_a_terminal_still_says_where_the_recording_is_when_the_table_is_gone(tmp_path: Path) -> None:
    out = Terminal()
    with watching(out) as listener:
        listener(RecordingBegun(str(tmp_path)))
    assert out.getvalue().endswith(f"recorded in {tmp_path}\n")


def test_it_is_said_also_when_the_run_is_broken_off(tmp_path: Path) -> None:
    out = Terminal()

    def broken_off() -> None:
        with watching(out) as listener:
            listener(RecordingBegun(str(tmp_path)))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert out.getvalue().endswith(f"recorded in {tmp_path}\n")


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("TERM", "dumb")])
def test_what_is_no_terminal_of_a_person_gets_lines(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert "\x1b" not in tell(Terminal())
