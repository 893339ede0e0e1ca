"""`noetl-harness oracle`: the reference implementations over JSON lines."""

from __future__ import annotations

import click

# The requests and answers that `harness.reference.oracle.answer` describes.


@click.group("oracle")
def command() -> None:
    """Ask the reference implementations: one JSON object a line on stdin, one a line on stdout.

    A request that is not well formed is answered with an error that says what is wrong; the next line is still
    answered. Empty lines are skipped.
    """


@command.command()
def route() -> None:
    """Which pool takes a command.

    \b
    {"tool_kind", "playbook_path"?, "execution_id", "base_subject"?, "enabled"?, "release"?,
     "execution_pool"?}
    -> {"segment", "subject"}
    """
    _answer_lines("route")


@command.command()
def resolve() -> None:
    """What the Rust worker makes of an alias in a tool's config.

    \b
    {"config", "execution_id", "release"?, "credential"}
    -> {"config", "secrets", "lookups"} or {"error": {"kind", "message", "cause"?}, "config", "lookups"}

    "credential" is the body of the server's 200, null for 404, {"http": 500, "body": "..."} for another status or
    {"transport": "..."} for no answer at all.
    """
    _answer_lines("resolve")


@command.command()
def sequence() -> None:
    """How a task sequence runs with scripted tools.

    \b
    {"tasks", "context"?, "tools": {"<label>": [result | {"raise": {"type", "message"}}, ...]}, "clock"?}
    -> {"result", "calls", "slept"} or {"error": {"type", "message"}, "calls", "slept"}
    """
    _answer_lines("sequence")


def _answer_lines(verb: str) -> None:
    """Answers are flushed one by one, so that a program can hold a conversation through two pipes.

    The wait for a line is outside the event loop: there, the first SIGINT would not end it.
    """
    import asyncio
    import json
    import sys

    from harness.reference.oracle import answer

    with asyncio.Runner() as runner:
        for line in sys.stdin.buffer:
            if line.strip():
                text = line.decode(errors="surrogateescape")
                print(json.dumps(runner.run(answer(verb, text))), flush=True)
