"""The options that several verbs share, and the values that they stand for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from harness.deployments.base import Target
    from harness.model.deployment import DeploymentRequest

Verb = TypeVar("Verb", bound=Callable[..., Any])

FORMATS = ("pretty", "json", "jsonl", "markdown")


def target_options(verb: Verb) -> Verb:
    """Which two pools, and where they run. `run_target` takes what says where."""
    for option in (
        click.option(
            "--allow-context",
            metavar="NAME",
            help="Kubernetes: a run may touch this context, though kind did not make it.",
        ),
        click.option(
            "--target",
            metavar="TARGET",
            default="embedded",
            show_default=True,
            help="Where the pools run: embedded, or processes:FILE or kubernetes:FILE for a NoETL of yours that the "
            "YAML file describes.",
        ),
    ):
        verb = option(verb)
    return embedded_options(verb)


def embedded_options(verb: Verb) -> Verb:
    """Which two pools, and the servers of an embedded deployment."""
    for option in (
        click.option("--nats-url", metavar="URL", help="Embedded: use this NATS with JetStream instead of our own."),
        click.option("--postgres-dsn", metavar="DSN", help="Embedded: use this PostgreSQL instead of our own."),
        pool_options,
    ):
        verb = option(verb)
    return verb


def pool_options(verb: Verb) -> Verb:
    """Which two pools, and whose map sends what to the Python pool."""
    for option in (
        click.option(
            "--routing",
            type=click.Choice(["4.11.0", "4.12.0", "rust-server"]),
            default="4.12.0",
            show_default=True,
            help="The release whose map from tool kind to pool the control plane uses; a Rust server has none.",
        ),
        click.option("--candidate", metavar="POOL", default="rust", show_default=True, help="The pool under test."),
        click.option(
            "--reference", metavar="POOL", default="python", show_default=True, help="The pool to measure against."
        ),
    ):
        verb = option(verb)
    return verb


def recording_options(verb: Verb) -> Verb:
    """How often the reference runs, and where the recording goes."""
    twice = click.option(
        "--aa", "twice", is_flag=True, help="Run the reference twice: where it differs from itself is noise."
    )
    return twice(runs_option(verb))


def runs_option(verb: Verb) -> Verb:
    """Where recordings are."""
    option = click.option(
        "--runs",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="NOETL_HARNESS_RUNS",
        metavar="DIR",
        help="Folder of the runs' recordings.  [default: reports/runs]",
    )
    return option(verb)


def jobs_option(verb: Verb) -> Verb:
    """How many legs run at a time."""
    option = click.option(
        "-j", "--jobs", type=click.IntRange(1, 64), default=4, show_default=True, help="Cases at a time on each pool."
    )
    return option(verb)


def format_option(*formats: str) -> Callable[[Verb], Verb]:
    """The form of the data on stdout; the first one is the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="Form of the output.",
    )


def deployment_request(reference: str, candidate: str, routing: str) -> DeploymentRequest:
    """The request behind the options. Raises `HarnessError` for a pool that is not one."""
    from harness.files.pools import load_pool
    from harness.model.deployment import DeploymentRequest
    from harness.model.pool import Runtime

    pools = load_pool(reference), load_pool(candidate)
    python = next((pool for pool in pools if pool.runtime is Runtime.PYTHON), None) or load_pool("python")
    return DeploymentRequest(*pools, python, routing)


external_option = click.option(
    "--external",
    is_flag=True,
    help="Take the cases of playbooks/external.yaml, which need the internet and a score of their own, instead of the "
    "suite's.",
)


def run_target(target: str, postgres_dsn: str | None, nats_url: str | None, allow_context: str | None) -> Target:
    """The target behind the options. Raises `HarnessError` for one that there is not, or an address that is none."""
    from harness.deployments.registry import target_of

    options = {"postgres_dsn": postgres_dsn, "nats_url": nats_url, "allow_context": allow_context}
    return target_of(target, options)
