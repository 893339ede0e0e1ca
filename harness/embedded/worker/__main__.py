"""`python -m harness.embedded.worker POOL`: one worker by hand, told by the environment where to join."""

from __future__ import annotations

import os
import sys

from harness.embedded.worker.main import serve
from harness.files.pools import load_pool
from harness.model.errors import Exit, HarnessError


def main(arguments: list[str]) -> int:
    """The exit code. Talk goes to stderr; stdout is the worker's log."""
    if len(arguments) != 1:
        print("usage: python -m harness.embedded.worker POOL", file=sys.stderr)
        return Exit.USAGE
    try:
        serve(load_pool(arguments[0]), os.environ)
    except HarnessError as error:
        print(error, file=sys.stderr)
        return error.exit
    return Exit.OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
