"""Pools by name: the profiles in `fixtures/pools/` and YAML files of one's own."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from harness.files.project import project_root
from harness.files.yaml import Document, checked, load_yaml
from harness.model.errors import HarnessError
from harness.model.pool import (
    Behaviour,
    Dialect,
    ErrorStyle,
    PoolSpec,
    Predispatch,
    PythonTool,
    Redaction,
    Runtime,
)
from harness.reference.credentials.releases import Rules, rules_of

T = TypeVar("T")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Line(_Strict, Generic[T]):
    """One behaviour, and the release and source that it rests on."""

    value: T
    because: Annotated[str, Field(min_length=1)]


class BehaviourFile(_Strict):
    """How an emulated worker behaves; the meaning of each line is that of `harness.model.pool.Behaviour`."""

    tools: Line[frozenset[str]]
    credentials: Line[str | None]
    predispatch: Line[Predispatch]
    python_tool: Line[PythonTool]
    errors: Line[ErrorStyle]
    redaction: Line[Redaction]


class PoolFile(_Strict):
    """A pool as a YAML file has it: either emulated, with `behaviour`, or real, with the `command` that starts it."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+@[a-z0-9][a-z0-9.+_-]*$")]
    runtime: Runtime
    version: Annotated[str, Field(min_length=1)]
    dialect: Line[Dialect]
    worker_id_pattern: Line[str]
    behaviour: BehaviourFile | None = None
    command: tuple[Annotated[str, Field(min_length=1)], ...] = ()

    @field_validator("worker_id_pattern")
    @classmethod
    def _is_pattern(cls, line: Line[str]) -> Line[str]:
        try:
            re.compile(line.value)
        except re.error as error:
            raise ValueError(f"this is not a regular expression: {error}") from None
        return line

    @model_validator(mode="after")
    def _is_one_of_both(self) -> PoolFile:
        if (self.behaviour is None) == (not self.command):
            raise ValueError("a pool has either `behaviour` (emulated) or `command` (a real worker)")
        return self


def load_pool(name: str) -> PoolSpec:
    """The pool of that name.

    `rust@5.10.0` is a profile of the project, `rust` the newest one of its runtime. `exec:FILE` is a real worker and
    FILE its YAML file; a name with a slash or that ends in `.yaml` is the file of any pool.

    Raises `HarnessError` for a name that is not known and for a file that is not sound, with its line and column.
    """
    if name.startswith("exec:"):
        pool = _load(Path(name.removeprefix("exec:")), name)
        if pool.emulated:
            raise HarnessError(
                f"{name} has no command, so it is not a real worker",
                "Give the file of a pool with `command`, such as fixtures/pools/exec-example.yaml.",
            )
        return pool
    if "/" in name or name.endswith((".yaml", ".yml")):
        return _load(Path(name), name)
    profiles = _profiles()
    found = profiles.get(name) or next((file for known, file in profiles.items() if known.split("@")[0] == name), None)
    if found is None:
        raise HarnessError(
            f"there is no pool {name!r}",
            f"Known pools: {', '.join(sorted({key.split('@')[0] for key in profiles} | profiles.keys()))}. "
            "A YAML file with a pool of your own is given by its path.",
        )
    return _load(found)


def known_pools() -> tuple[PoolSpec, ...]:
    """The profiles of the project, the newest of each runtime first."""
    return tuple(_load(file) for file in _profiles().values())


def _profiles() -> dict[str, Path]:
    """Name to file, by runtime and newest first. A file without `@` in its name, such as the example, is no profile."""
    files = sorted((project_root() / "fixtures" / "pools").glob("*@*.yaml"), key=_age)
    return {file.stem: file for file in files}


def _age(file: Path) -> tuple[str, list[int]]:
    runtime, _, version = file.stem.partition("@")
    return runtime, [-int(number) for number in re.findall(r"\d+", version)]


def _load(file: Path, selector: str | None = None) -> PoolSpec:
    document = load_yaml(file)
    pool = checked(document, PoolFile)
    if pool.behaviour is not None and pool.runtime is Runtime.RUST:
        _rules(pool.version, document, "version")
    behaviour = None if pool.behaviour is None else _behaviour(pool.behaviour, document)
    return PoolSpec(
        id=pool.id,
        runtime=pool.runtime,
        version=pool.version,
        dialect=pool.dialect.value,
        worker_id_pattern=pool.worker_id_pattern.value,
        behaviour=behaviour,
        command=_command(pool.command, file.parent),
        because=tuple(_because(pool)),
        selector=selector or pool.id,
    )


def _behaviour(lines: BehaviourFile, document: Document) -> Behaviour:
    release = lines.credentials.value
    place = ("behaviour", "credentials", "value")
    if release is not None and _rules(release, document, *place) is None:
        raise HarnessError(
            f"release {release} resolves no credentials", "Write null, or 5.10.0 or newer.", where=document.where(place)
        )
    return Behaviour(
        tools=lines.tools.value,
        credentials=release,
        predispatch=lines.predispatch.value,
        python_tool=lines.python_tool.value,
        errors=lines.errors.value,
        redaction=lines.redaction.value,
    )


def _rules(release: str, document: Document, *place: str) -> Rules | None:
    """How a Rust release resolves credentials. What a worker that plays one does is looked up by its number."""
    try:
        return rules_of(release)
    except HarnessError as error:
        raise HarnessError(error.what, error.todo, where=document.where(place)) from None


def _command(command: tuple[str, ...], folder: Path) -> tuple[str, ...]:
    """A program given by a relative path lies beside the file; a bare name is looked for in PATH."""
    if not command or "/" not in command[0]:
        return command
    return os.path.abspath(folder / command[0]), *command[1:]  # not resolved: a virtual environment is its link


def _because(pool: PoolFile) -> list[tuple[str, str]]:
    lines: dict[str, Line[Any]] = {"dialect": pool.dialect, "worker_id_pattern": pool.worker_id_pattern}
    lines |= dict(pool.behaviour or ())
    return [(name, line.because) for name, line in lines.items()]
