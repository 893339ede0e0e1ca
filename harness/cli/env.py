"""`noetl-harness env`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from harness.cli.options import format_option
from harness.model.kind import CLUSTER

Verb = TypeVar("Verb", bound=Callable[..., Any])


def cluster_option(verb: Verb) -> Verb:
    """Which cluster."""
    option = click.option(
        "--cluster",
        metavar="NAME",
        default=CLUSTER,
        show_default=True,
        help="The kind cluster; its context is kind-NAME.",
    )
    return option(verb)


@click.group("env")
def command() -> None:
    """Keep a NoETL of one's own on a kind cluster, for `--target kubernetes:FILE`.

    Needs the programs kind and kubectl, and what kind itself needs (Docker or Podman).
    """


@command.command("up")
@click.option(
    "--images",
    "file",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="Which image each part runs; `noetl-harness schema images` describes it.",
)
@cluster_option
@click.option("--keep", is_flag=True, help="Leave the cluster there when it does not become ready, to look at it.")
@format_option("pretty", "json")
def up(file: Path, cluster: str, keep: bool, form: str) -> None:
    """Make the cluster and start NoETL in it, and wait until all of it is ready.

    Prints what --target takes. On a cluster that it has made before, it brings what runs there to the images of FILE.
    """
    import sys

    from harness.cli.guard import run_async
    from harness.files.images import load_images
    from harness.kind.environment import up
    from harness.report.environment import write_target

    images = load_images(file)
    target = run_async(up(cluster, images, keep=keep, tell=lambda line: click.echo(line, err=True)))
    write_target(form, target, sys.stdout)


@command.command("down")
@cluster_option
def down(cluster: str) -> None:
    """Remove a cluster that `env up` has made. Does nothing when there is none."""
    from harness.cli.guard import run_async
    from harness.kind.environment import down

    removed = run_async(down(cluster))
    click.echo("removed" if removed else "there was nothing to remove")


@command.command("status")
@cluster_option
@format_option("pretty", "json")
def status(cluster: str, form: str) -> int:
    """Say of each part whether it is ready; exit code 4 where one is not."""
    import sys

    from harness.cli.guard import run_async
    from harness.kind.environment import status
    from harness.model.errors import Exit
    from harness.report.environment import write_states

    parts = run_async(status(cluster))
    write_states(form, parts, sys.stdout)
    return Exit.OK if all(part.ready for part in parts) else Exit.ENVIRONMENT
