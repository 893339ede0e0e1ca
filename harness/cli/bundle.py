"""`noetl-harness bundle`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("bundle")
@click.argument("recording", type=click.Path(path_type=Path))
@click.option(
    "--output", type=click.Path(path_type=Path), metavar="FILE", help="The file to write.  [default: RUN-ID.tar.gz]"
)
def command(recording: Path, output: Path | None) -> None:
    """Pack a recorded run into one file, for an issue.

    RECORDING is the folder of a run. All of it goes in: who unpacks the file can judge the run again. Secrets were
    taken out when the run was recorded; what still has the form of one is taken out now, and index.json says where.
    """
    from harness.recording.bundle import bundle
    from harness.recording.read import open_recording

    opened = open_recording(recording)
    path = output or Path(f"{opened.manifest.run_id}.tar.gz")
    packed = bundle(opened, path)
    for one in packed:
        if one.changed:
            click.echo(f"{one.name}: something with the form of a secret was taken out", err=True)
    click.echo(path)
