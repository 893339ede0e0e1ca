"""`noetl-harness schema`."""

from __future__ import annotations

import click


@click.command("schema")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """Print the JSON Schema of a file.

    NAME is a kind of file that people write (suite, expectation, pool, ...) or that a run leaves (manifest, recording,
    evidence, verdict, pair); without it, the names are listed.
    """
    import json

    from harness.files.schemas import SCHEMAS, schema

    click.echo("\n".join(SCHEMAS) if name is None else json.dumps(schema(name), indent=2))
