"""The script that a Rust worker makes of a python step's code, and what it reads out of its standard output
(spec: noetl-rust 3.4; NoETL tools 2.16.0 and 3.1.0).

The lines before the step's code are as many as in the release, for the numbers in a traceback.
"""

from __future__ import annotations

from typing import Any

from harness.embedded.worker.rust.json_text import parse

MARK = "@@__NOETL_RESULT__@@"

_FIRST_LINE_STDOUT, _FIRST_LINE_CAPTURED = 16, 22

_HEAD = """\
import json, sys
context = json.load(sys.stdin)
args, variables, execution_id, step = map(context.get, ("args", "variables", "execution_id", "step"))
globals().update(args)
"""

_TAIL = f"""
if globals().get("result") is None and callable(globals().get("main")):
    import asyncio as __asyncio, inspect as __inspect
    __wanted = __inspect.signature(main).parameters
    __all = any(one.kind is one.VAR_KEYWORD for one in __wanted.values())
    __given = {{name: item for name, item in args.items() if __all or name in __wanted}}
    result = __asyncio.run(main(**__given)) if __inspect.iscoroutinefunction(main) else main(**__given)
try:
    sys.stdout.write("{MARK}" + json.dumps(globals().get("result"), default=str) + "\\n")
    sys.stdout.flush()
except Exception as __error:
    sys.stdout.write("{MARK}null\\n")
    sys.stderr.write("noetl result capture failed: " + repr(__error) + "\\n")
"""


def script_text(code: str, *, captured: bool) -> str:
    """A whole Python file. Its standard input is `{args, variables, execution_id, step, ...}`. `captured`: it ends with
    a line that holds `result`, or what `main` returned."""
    if not captured:
        return f"{_padded(_HEAD, _FIRST_LINE_STDOUT)}{code}\n"
    head = _padded(f"{_HEAD}input_data = dict(args)\n", _FIRST_LINE_CAPTURED)
    return f"{head}{_returning(code)}\n{_TAIL}"


def _padded(head: str, first_line: int) -> str:
    return head + "\n" * (first_line - 1 - head.count("\n"))


def _returning(code: str) -> str:
    """Code with a `return` at its top level, before any function or class, becomes the body of a function."""
    lines = _lines(code)
    words = [line.strip() for line in lines if not line.startswith((" ", "\t"))]
    blocks = (word.startswith(("def ", "async def ", "class ")) for word in words)
    end = next((index for index, block in enumerate(blocks) if block), len(words))
    if not any(word == "return" or word.startswith("return ") for word in words[:end]):
        return code
    body = "\n".join(f"    {line}" for line in lines)
    return f"def __noetl_step__(args, input_data, **kw):\n{body}\n\nresult = __noetl_step__(args, input_data)"


def split_output(stdout: str) -> tuple[tuple[Any] | None, str]:
    """What the last marked line holds, if it is JSON, and the output without the marked lines."""
    found: tuple[Any] | None = None
    kept: list[str] = []
    for line in _lines(stdout):
        if line.startswith(MARK):
            found = _parsed(line.removeprefix(MARK))
        else:
            kept.append(line)
    text = "\n".join(kept)
    return found, f"{text}\n" if text and stdout.endswith("\n") else text


def _parsed(text: str) -> tuple[Any] | None:
    try:
        return (parse(text),)
    except ValueError:
        return None


def _lines(text: str) -> list[str]:
    """Lines as Rust cuts them: at `\\n` and `\\r\\n`, and nothing behind the last line end."""
    lines = text.split("\n")
    closed = [line.removesuffix("\r") for line in lines[:-1]]
    return [*closed, lines[-1]] if lines[-1] else closed
