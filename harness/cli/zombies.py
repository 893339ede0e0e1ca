"""`noetl-harness zombies`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import format_option


@click.command("zombies")
@click.argument("recording", required=False, type=click.Path(path_type=Path))
@click.option(
    "--postgres-dsn", metavar="DSN", help="Look at what this NoETL database has RUNNING now. It is only read."
)
@click.option("--nats-monitor", metavar="URL", help="The monitor of its NATS: says what waits in the command stream.")
@click.option("--schema", default="noetl", show_default=True, metavar="NAME", help="The schema of NoETL's tables.")
@format_option("pretty", "json")
def command(recording: Path | None, postgres_dsn: str | None, nats_monitor: str | None, schema: str, form: str) -> int:
    """List executions that hang, with what proves it and what to do.

    RECORDING is the folder of a run; without one, name a database: --postgres-dsn. An execution is a zombie only when
    two independent signals say so. Ends with 1 when there are any, 0 when there are none, and 3 when the evidence is
    not enough to tell.
    """
    import sys

    from harness.cli.guard import run_async
    from harness.files.addresses import check_postgres_dsn
    from harness.report import zombies
    from harness.zombies import zombies_of_deployment, zombies_of_recording

    if (recording is None) == (postgres_dsn is None):
        raise click.UsageError("Name either a RECORDING or a database: --postgres-dsn DSN.")
    if recording is not None:
        found = zombies_of_recording(recording)
    else:
        assert postgres_dsn is not None
        check_postgres_dsn(postgres_dsn)
        found = run_async(zombies_of_deployment(postgres_dsn, schema, nats_monitor))
    zombies.write(form, found, sys.stdout)
    return found.exit
