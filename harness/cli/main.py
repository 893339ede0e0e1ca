"""The entry point `noetl-harness`. Verbs are imported when they are called, so that `--help` answers at once."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from harness.cli.guard import guarded

VERBS = {
    "run": "Run the suite on both pools and say whether they agree.",
    "diff": "Run one playbook on both pools and show their histories side by side.",
    "doctor": "Say whether a deployment is fit to be measured, and what to do where it is not.",
    "analyze": "Judge a recording again, without a deployment.",
    "report": "Write a report of a recorded run.",
    "bundle": "Pack a recorded run into one file, for an issue.",
    "triage": "Say what the few causes of a run are.",
    "explain": "Say what is known of one cause, over all stored runs.",
    "trend": "Show how the score, the causes and the times went over the stored runs.",
    "backtest": "Judge stored runs again by today's rules and expectations.",
    "gate": "Say whether a run is good enough to release.",
    "accept": "Change a baseline to what a run has shown.",
    "import": "Turn raw captures of executions into a recording, and judge it.",
    "zombies": "List executions that hang, with what proves it and what to do.",
    "logs": "Show what workers and servers logged in a stored run.",
    "expect": "Check, explain and keep the differences that are on record.",
    "noise": "Put on record where the reference differs from itself.",
    "list": "Show the cases and the pools.",
    "lint": "Check playbooks without running them.",
    "schema": "Print the JSON Schema of a file.",
    "up": "Start an embedded deployment and keep it running.",
    "down": "Stop the deployment that `up` keeps.",
    "env": "Keep a NoETL of one's own on a kind cluster.",
    "restore": "Put back what a killed harness left changed in Kubernetes clusters.",
    "oracle": "Ask the reference implementations over JSON lines.",
}
"""Every verb with its line of help; the verb `x` is the object `command` in `harness.cli.x`."""


class Verbs(click.Group):
    """A group that knows its verbs by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command = import_module(f"harness.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="noetl-harness")
def cli() -> None:
    """Runs NoETL playbooks on two worker pools and says, with evidence, whether they agree.

    Exit codes: 0 they agree, 1 an unexpected difference, 2 usage or configuration, 3 not enough evidence,
    4 the environment was not ready or was lost, 5 a misjudged control, 70 a defect of the harness,
    130 interrupted.
    """


def main() -> None:
    """Run the command line and end the process with its exit code."""
    sys.exit(guarded(_invoke))


def _invoke() -> object:
    """What click's own `main` does, but for its answer to a reader that has gone: exit code 1, which is a verdict."""
    try:
        with cli.make_context("noetl-harness", sys.argv[1:]) as context:
            return cli.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
