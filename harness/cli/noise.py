"""`noetl-harness noise`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import format_option


@click.command("noise")
@click.argument("recordings", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RECORDING...")
@format_option("pretty", "json")
def command(recordings: tuple[Path, ...], form: str) -> None:
    """Put on record where the reference differs from itself, as runs with --aa have shown it.

    RECORDING is the folder of such a run. From then on what differs in these places is noise in every run, for 30 days
    after it was last seen. What is protected can not be put on record. A person decides that: it refuses in CI and
    inside a test run.
    """
    import sys
    from datetime import UTC, datetime

    from harness.cli.people import refuse_machines
    from harness.files.noise import load_noise, save_noise
    from harness.files.suite import load_suite
    from harness.history.noise import learn, lesson
    from harness.judge.run import judge
    from harness.recording.read import open_recording
    from harness.report.noise import write

    refuse_machines("the noise on record")
    suite, today = load_suite(), datetime.now(UTC).date()
    before = after = load_noise(suite)
    lessons = []
    for folder in recordings:
        recording = open_recording(folder)
        lessons.append(lesson(recording, judge(recording.request()), suite))
        after = learn(after, lessons[-1], today)
    if after != before:
        save_noise(after)
    write(form, before, after, [case_id for one in lessons for case_id in one.unstable], sys.stdout)
