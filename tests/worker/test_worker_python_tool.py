"""`kind: python` in its three forms (spec: noetl-python 1.12, noetl-rust 3.4)."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import Any

import pytest
from worker_fakes import python_call, rust_call

from harness.embedded.worker.rust.errors import ToolError
from harness.embedded.worker.tools.python import python, rust


async def value(code: str, **more: Any) -> Any:
    return await python(python_call("python", {"code": code, **more}))


async def data(code: str, pool: str = "rust@5.15.1", **more: Any) -> Any:
    return (await rust(rust_call("python", {"code": code, **more}, pool=pool))).fields["data"]


async def test_the_value_of_result_or_of_main() -> None:
    assert await value("result = {'a': [1]}") == {"a": [1]}
    assert await value("def main(a, b=2): return a + b", args={"a": 1}) == 3
    assert await value("async def main(a): return a", args={"a": 1}) == 1


async def test_without_either_it_counts_its_names() -> None:
    assert await value("x = 1\ny = 2") == {
        "status": "success",
        "message": "Code executed without explicit result variable",
        "locals_count": 2,
        "locals_keys": ["x", "y"],
    }


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("raise ValueError('kaboom')", "kaboom"),
        ("import time\ndef main(): return time.time()", "name 'time' is not defined"),
        ("def main(a): return a", "Missing required argument 'a' for Python task. Provide it via args or context."),
        ("def main(*a): return a", "*args are not supported in python tasks"),
        ("import sys\nsys.exit(3)", "Python process ended with code 3 before it returned a result"),
        ("import os\nos._exit(4)", "Python process ended with code 4 before it returned a result"),
        ("import os\nos.kill(os.getpid(), 9)", "Python process ended with code -9 before it returned a result"),
    ],
)
async def test_whatever_the_code_does_the_worker_lives(code: str, error: str) -> None:
    answer = await value(code)
    assert (answer["status"], answer["error"]) == ("error", error)


async def test_parameters_come_from_args_then_from_the_context() -> None:
    context = {"execution_id": "7", "a": 1, "input": {"b": 2}, "data": {"c": 3}}
    call = python_call("python", {"code": "def main(a, b, c, d=4, **rest): return [a, b, c, d]"}, context=context)
    assert await python(call) == [1, 2, 3, 4]


async def test_text_that_looks_like_an_object_is_parsed_and_templates_are_rendered() -> None:
    call = python_call(
        "python",
        {"code": "result = [a, b, c]", "args": {"a": "{'x': 1}", "b": "{{ n + 1 }}", "c": "5"}},
        context={"n": 1},
    )
    assert await python(call) == [{"x": 1}, "2", "5"]


async def test_what_is_no_json_fails_as_it_does_when_the_batch_goes_out() -> None:
    with pytest.raises(
        RuntimeError, match=r"^Batch event emission failed: Object of type set is not JSON serializable$"
    ):
        await value("result = {1}")


async def test_libs_are_imported_and_missing_ones_named() -> None:
    assert await value("result = m.sqrt(4)", libs={"m": "math"}) == 2
    answer = await value("result = 1", libs={"x": "no_such_library"})
    assert answer["error"].startswith("Required libraries not installed in noetl container: no_such_library.")


async def test_script_comes_before_code(tmp_path: Path) -> None:
    script = tmp_path / "s.py"
    script.write_text("result = 'file'")
    source = {"uri": str(script), "source": {"type": "file"}}
    assert await value("result = 'inline'", script=source) == "file"
    missing = await value("", script={"uri": "/no/such.py", "source": {"type": "file"}})
    assert missing["error"] == "Script file not found: /no/such.py"


async def test_the_child_knows_nothing_of_the_worker_s_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_PASSWORD", "hush")
    code = "import os\nresult = sorted(os.environ)"
    for names in (await value(code), await data(code, env={"MINE": "1"})):
        assert "PATH" in names
        assert "NATS_PASSWORD" not in names


async def test_what_is_printed_is_not_the_result() -> None:
    assert await value("print('{\"a\": 1}')\nresult = 2") == 2


async def test_on_2_16_0_standard_output_is_the_result() -> None:
    assert await data("print('{\"a\": 1}')", "rust@5.10.0") == {"a": 1}
    assert await data("result = 1\nprint('x')", "rust@5.10.0") == {"stdout": "x\n", "stderr": ""}
    assert await data("print(n)", "rust@5.10.0", args={"n": 3}) == 3


async def test_from_2_17_1_on_result_and_main_are() -> None:
    assert await data("result = {'a': n}\nprint('x')", args={"n": 3}) == {"a": 3}
    assert await data("import math\ndef main(n): return math.sqrt(n)", input={"n": 4}) == 2
    assert await data("print('[1]')") == {"stdout": "[1]\n", "stderr": ""}
    assert await data("import sys\nprint('[1]')\nsys.exit()") == [1]


async def test_a_failing_script_says_no_more_than_its_code() -> None:
    result = await rust(rust_call("python", {"code": "raise ValueError('kaboom')"}))
    assert (result.status, result.fields["error"]) == ("error", "Python script exited with code 1")
    assert re.fullmatch(
        r'Traceback .*:\n  File "/\S+", line 16, in <module>\n    raise ValueError\(\'kaboom\'\)\nValueError: kaboom\n',
        result.fields["stderr"],
    )
    assert result.fields["data"]["stdout"] == ""


async def test_time_runs_out() -> None:
    result = await rust(rust_call("python", {"code": "import time\ntime.sleep(60)"}, timeout=1))
    assert (result.status, result.fields["error"]) == ("timeout", "Execution timed out after 1 seconds")


async def test_code_is_required() -> None:
    with pytest.raises(ToolError, match=r"^Configuration error: Invalid python config: missing field `code`$"):
        await rust(rust_call("python", {}))


async def test_a_child_dies_with_its_caller(tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    code = f"import os, time\nopen({str(pid_file)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)"
    task = asyncio.create_task(value(code))
    while not pid_file.exists() or not pid_file.read_text():  # noqa: ASYNC110 - the writer is another process
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


async def test_steps_share_nothing_though_one_interpreter_forks_them() -> None:
    left = "import builtins, os, random\nbuiltins.left = 1\nos.environ['LEFT'] = '1'\nresult = random.random()"
    seen = "import builtins, os, random\nresult = [hasattr(builtins, 'left'), os.environ.get('LEFT'), random.random()]"
    first, second = await value(left), await value(seen)
    assert second[:2] == [False, None]
    assert second[2] != first


async def test_what_a_step_prints_or_reads_is_its_own() -> None:
    code = "import sys\nprint('noise')\nresult = [sys.stdin.read(), sys.argv[1:], sys.stdout.isatty(), os.getpid()]"
    answers = await asyncio.gather(*(value(code) for _ in range(8)))
    assert [answer[:3] for answer in answers] == [["", [], False]] * 8
    assert len({answer[3] for answer in answers}) == 8
