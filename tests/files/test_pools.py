"""Profiles of the project and pools of one's own."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import pytest

from harness.files.pools import known_pools, load_pool
from harness.files.project import project_root
from harness.model.errors import Exit, HarnessError
from harness.model.pool import Dialect, ErrorStyle, Predispatch, PythonTool, Redaction, Runtime

FOLDER = project_root() / "fixtures" / "pools"
EXAMPLE = FOLDER / "exec-example.yaml"
REAL = """\
id: rust@mine
runtime: rust
version: mine
dialect: {value: rust-5, because: reasons}
worker_id_pattern: {value: '.+', because: reasons}
command: [worker, --fast]
"""


def refused(name: str) -> HarnessError:
    with pytest.raises(HarnessError) as raised:
        load_pool(name)
    assert raised.value.exit is Exit.USAGE
    return raised.value


def written(folder: Path, text: str) -> str:
    file = folder / "pool.yaml"
    file.write_text(text)
    return str(file)


@pytest.mark.parametrize(("name", "pool"), [("rust", "rust@5.15.1"), ("python", "python@4.12.0")])
def test_a_runtime_alone_is_its_newest_profile(name: str, pool: str) -> None:
    assert load_pool(name) == load_pool(pool)


def test_the_profiles() -> None:
    pools = {pool.id: pool for pool in known_pools()}
    assert list(pools) == ["python@4.12.0", "rust@5.15.1", "rust@5.10.0", "rust@5.9.0"]
    for name, pool in pools.items():
        assert pool == load_pool(name)
        assert pool.id == f"{pool.runtime}@{pool.version}"
        assert pool.emulated
        assert {line for line, _ in pool.because} == {
            *("dialect", "worker_id_pattern", "tools", "credentials"),
            *("predispatch", "python_tool", "errors", "redaction"),
        }


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.name)
def test_a_profile_has_at_most_30_lines(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= 30


def test_python() -> None:
    pool = load_pool("python")
    assert (pool.runtime, pool.dialect) == (Runtime.PYTHON, Dialect.PYTHON_4)
    assert re.fullmatch(pool.worker_id_pattern, "worker-1ead01a6")
    assert not re.fullmatch(pool.worker_id_pattern, str(uuid.uuid4()))
    assert pool.behaviour is not None
    assert {"task_sequence", "workbook", "agent", "python"} <= pool.behaviour.tools
    assert pool.behaviour.tools.isdisjoint({"rhai", "result_fetch"})
    assert (pool.behaviour.credentials, pool.behaviour.predispatch) == (None, Predispatch.FAIL)
    assert (pool.behaviour.python_tool, pool.behaviour.errors) == (PythonTool.IN_PROCESS, ErrorStyle.RAISED)
    assert pool.behaviour.redaction is Redaction.KEYCHAIN


@pytest.mark.parametrize(
    ("version", "tools", "credentials", "predispatch", "python_tool"),
    [
        ("5.9.0", 17, None, Predispatch.STRAND, PythonTool.STDOUT),
        ("5.10.0", 17, "5.10.0", Predispatch.STRAND, PythonTool.STDOUT),
        ("5.15.1", 18, "5.15.1", Predispatch.FAIL, PythonTool.CAPTURED),
    ],
)
def test_rust(
    version: str, tools: int, credentials: str | None, predispatch: Predispatch, python_tool: PythonTool
) -> None:
    pool = load_pool(f"rust@{version}")
    assert (pool.runtime, pool.version, pool.dialect) == (Runtime.RUST, version, Dialect.RUST_5)
    assert re.fullmatch(pool.worker_id_pattern, str(uuid.uuid4()))
    assert not re.fullmatch(pool.worker_id_pattern, "worker-1ead01a6")
    assert pool.behaviour is not None
    assert len(pool.behaviour.tools) == tools
    assert ("task_sequence" in pool.behaviour.tools) == (version == "5.15.1")
    assert ("secrets" in pool.behaviour.tools) == (version != "5.15.1")
    assert pool.behaviour.credentials == credentials
    assert pool.behaviour.predispatch is predispatch
    assert pool.behaviour.python_tool is python_tool
    assert (pool.behaviour.errors, pool.behaviour.redaction) == (ErrorStyle.MASKED, Redaction.SUBSTRING)


@pytest.mark.parametrize("prefix", ["", "exec:"])
def test_a_real_worker(prefix: str) -> None:
    pool = load_pool(f"{prefix}{EXAMPLE}")
    assert not pool.emulated
    assert pool.behaviour is None
    assert pool.command == (str(FOLDER / "target/release/noetl-worker"),)


def test_a_bare_program_name_is_kept(tmp_path: Path) -> None:
    assert load_pool(written(tmp_path, REAL)).command == ("worker", "--fast")


def test_a_profile_of_ones_own(tmp_path: Path) -> None:
    text = (FOLDER / "rust@5.10.0.yaml").read_text()
    assert load_pool(written(tmp_path, text)) == load_pool("rust@5.10.0")


@pytest.mark.parametrize("name", ["ruby", "rust@1.0.0", "exec-example", ""])
def test_an_unknown_pool(name: str) -> None:
    error = refused(name)
    assert error.what == f"there is no pool {name!r}"
    assert "python, python@4.12.0, rust, rust@5.10.0, rust@5.15.1, rust@5.9.0" in error.todo


def test_an_emulated_pool_is_no_exec_pool() -> None:
    assert "has no command" in refused(f"exec:{FOLDER / 'rust@5.9.0.yaml'}").what


@pytest.mark.parametrize("name", ["exec:/nowhere/pool.yaml", "/nowhere/pool.yaml", "pool.yaml"])
def test_a_file_that_is_not_there(name: str) -> None:
    assert "can not be read" in refused(name).what


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "says"),
    [
        ("command: [worker, --fast]", "command: [worker", 7, 1, ""),
        ("runtime: rust", "runtime: ruby", 2, 1, "runtime"),
        ("value: rust-5", "value: rust-6", 4, 11, "dialect.value"),
        ("because: reasons}\nworker", "because: ''}\nworker", 4, 26, "dialect.because"),
        ("{value: rust-5, because: reasons}", "rust-5", 4, 1, "dialect"),
        ("'.+'", "'(+'", 5, 1, "regular expression"),
        ("version: mine", "version: mine\nnice: yes", 4, 1, "nice: there is no such field"),
        ("id: rust@mine", "id: Rust", 1, 1, "id"),
        ("command: [worker, --fast]", "", 1, 1, "either `behaviour` (emulated) or `command`"),
    ],
)  # fmt: skip
def test_a_broken_file(tmp_path: Path, old: str, new: str, line: int, column: int, says: str) -> None:
    assert old in REAL
    name = written(tmp_path, REAL.replace(old, new))
    error = refused(name)
    assert str(error.where) == f"{name}:{line}:{column}"
    assert says in error.what


@pytest.mark.parametrize("release", ["5.9.0", "newest"])
def test_a_profile_can_name_only_releases_that_resolve_credentials(tmp_path: Path, release: str) -> None:
    text = (FOLDER / "rust@5.10.0.yaml").read_text().replace("{value: 5.10.0,", f"{{value: {release},")
    error = refused(written(tmp_path, text))
    assert release in error.what
    assert error.where is not None
    assert text.splitlines()[(error.where.line or 0) - 1].lstrip().startswith("credentials:")


def test_an_emulated_rust_worker_has_a_release_number(tmp_path: Path) -> None:
    text = (FOLDER / "rust@5.10.0.yaml").read_text().replace("version: 5.10.0", "version: latest")
    error = refused(written(tmp_path, text))
    assert str(error.where).endswith("pool.yaml:4:1")
    assert "'latest' is not a release" in error.what
