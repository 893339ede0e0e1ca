"""The suite: `playbooks/suite.yaml` and the playbooks that it names; beside it the external tier."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.files.playbook import Playbook, load_playbook, sub_playbooks, yaml_files
from harness.files.project import project_root
from harness.files.yaml import Document, checked, load_yaml, several
from harness.model.errors import HarnessError, Location
from harness.model.suite import Case, Suite, Terminal


class CaseEntry(BaseModel):
    """One case as the manifest has it. Its file is `playbooks/<id>.yaml`.

    `role` is a number in `roles` or `beyond`. `requires` are files of sub-playbooks, relative to `playbooks/`.
    `fails` are the steps that fail in a case that is expected to fail. `timeout` is in seconds. `shares` names what
    lies outside the lanes, a service or an account: of all legs that share one, no two run at once.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*$")]
    role: Annotated[int, Field(ge=1)] | Literal["beyond"] = "beyond"
    sets: Annotated[tuple[Literal["smoke", "core", "full"], ...], Field(min_length=1)] = ("full",)
    needs: tuple[Literal["postgres", "test-server", "script-server"], ...] = ()
    credentials: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    payload: dict[str, Any] = {}
    requires: tuple[str, ...] = ()
    expect: Literal["completed", "failed", "refused"] = "completed"
    fails: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    shares: tuple[str, ...] = ()
    timeout: Annotated[float, Field(gt=0, le=3600)] = 30.0
    tables: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """Relative to `playbooks/`."""
        return f"{self.id}.yaml"


class Manifest(BaseModel):
    """`playbooks/suite.yaml`. `roles` are the catalog paths of NoETL's regression playbooks by their number there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    roles: dict[int, str] = {}
    cases: Annotated[tuple[CaseEntry, ...], Field(min_length=1)]


SUITE = "suite.yaml"
EXTERNAL = "external.yaml"
"""The manifest of cases that talk to services of the internet. They have a score of their own, never the suite's."""


def load_suite(root: Path | None = None, *, only: Path | None = None, manifest_name: str = SUITE) -> Suite:
    """The project's suite, in the order of its manifest; with `only`, no other case than that of this file.

    Raises one `HarnessError` that lists all that is wrong: ids that stand twice, files that are missing, playbook files
    that no case names, roles that nobody plays or that do not exist, two files with one catalog path.
    """
    folder = (root or project_root()) / "playbooks"
    document = load_yaml(folder / manifest_name)
    manifest = checked(document, Manifest)
    problems = [*_ids(document, manifest), *_missing(document, manifest, folder), *_unplayed(document, manifest)]
    problems += _extra(document, manifest, folder)
    if problems:
        raise several(problems, f"Mend playbooks/{manifest_name} or the folder: the manifest fixes what is counted.")
    wanted = [entry for entry in manifest.cases if only is None or _is_file(folder / entry.file, only)]
    books = {name: load_playbook(folder / name) for name in sorted(_named(wanted))}
    _refuse_shared_paths(books)
    return Suite(
        cases=tuple(_case(entry, books) for entry in wanted),
        digest=_digest(folder, [manifest_name, *sorted(_named(manifest.cases))]),
        roles=manifest.roles,
        ids=frozenset(entry.id for entry in manifest.cases) | _ids_beside(folder, manifest_name),
    )


def _ids_beside(folder: Path, manifest_name: str) -> frozenset[str]:
    """Ids of the other manifest's cases: expectations of both stand in one folder."""
    other = folder / (SUITE if manifest_name == EXTERNAL else EXTERNAL)
    if not other.exists():
        return frozenset()
    return frozenset(entry.id for entry in checked(load_yaml(other), Manifest).cases)


def _is_file(file: Path, other: Path) -> bool:
    return other.exists() and file.samefile(other)


def in_project(path: Path, root: Path | None = None) -> Path:
    """`path`, or where it does not exist the path of that name in the project."""
    return path if path.exists() else (root or project_root()) / path


def load_case(path: Path, suite: Suite, root: Path | None = None) -> Case:
    """The case for one playbook file: that of the suite where it names the file, else one of its own.

    A relative path that does not exist here is looked for in the project. A file outside the suite gets its catalog
    path as id, no payload, and as sub-playbooks those that its `kind: playbook` tools name, looked up by catalog path
    in the file's own folder tree. Raises `HarnessError` for one that the server would refuse.
    """
    from harness.lint.schema import schema_problems  # loads the engine's model of a playbook, for a foreign file only

    home = root or project_root()
    file = in_project(path, root)
    if not file.is_file():
        raise HarnessError(f"there is no playbook {path}", "Give the path of a YAML file.")
    for case in suite.cases:
        if file.samefile(home / case.file):
            return case
    playbook = load_playbook(file)
    refused = schema_problems(playbook.document)
    if refused:
        raise several(refused, "Mend the playbook: the server does not take it. `noetl-harness lint` says more.")
    return Case(
        id=playbook.path,
        path=playbook.path,
        file=str(file),
        source=playbook.text,
        requires=tuple((child.path, child.text) for child in sub_playbooks(playbook, file.parent)),
        expect=None,
    )


def select(suite: Suite, selectors: Sequence[str]) -> tuple[Case, ...]:
    """The cases that any selector names (id, glob over ids, `tag:name`, `set:name`), in the suite's order; all cases
    without a selector.

    A selector that matches nothing is an error.
    """
    chosen: set[str] = set()
    for selector in selectors:
        found = {case.id for case in suite.cases if _matches(case, selector)}
        if not found:
            from difflib import get_close_matches

            near = get_close_matches(selector, [case.id for case in suite.cases], n=3)
            hint = f"Did you mean {' or '.join(near)}? " if near else ""
            raise HarnessError(f"no case matches {selector!r}", f"{hint}`noetl-harness list` shows all of them.")
        chosen |= found
    return tuple(case for case in suite.cases if not selectors or case.id in chosen)


def _matches(case: Case, selector: str) -> bool:
    if selector.startswith("tag:"):
        return selector.removeprefix("tag:") in case.tags
    if selector.startswith("set:"):
        return selector.removeprefix("set:") in case.sets
    return fnmatchcase(case.id, selector)


def _named(entries: Iterable[CaseEntry]) -> set[str]:
    return {name for entry in entries for name in (entry.file, *entry.requires)}


def _ids(document: Document, manifest: Manifest) -> Iterator[tuple[Location, str]]:
    first: dict[str, int] = {}
    for index, entry in enumerate(manifest.cases):
        if first.setdefault(entry.id, index) != index:
            other = document.where(["cases", first[entry.id], "id"])
            yield document.where(["cases", index, "id"]), f"the id {entry.id} stands twice, first at {other}"


def _missing(document: Document, manifest: Manifest, folder: Path) -> Iterator[tuple[Location, str]]:
    for index, entry in enumerate(manifest.cases):
        places = [("id",), *(("requires", at) for at in range(len(entry.requires)))]
        for place, name in zip(places, (entry.file, *entry.requires), strict=True):
            inside = (folder / name).resolve().is_relative_to(folder.resolve())
            if not inside or not (folder / name).is_file():
                yield document.where(["cases", index, *place]), f"there is no file playbooks/{name}"


def _extra(document: Document, manifest: Manifest, folder: Path) -> Iterator[tuple[Location, str]]:
    named = {(folder / name).resolve() for name in _named(manifest.cases)}
    external = Path(document.name).name == EXTERNAL
    for file in yaml_files(folder):
        first = file.relative_to(folder).parts[0]
        apart = first in (SUITE, EXTERNAL, "expectations") or (first == "external") is not external
        if not apart and file.resolve() not in named:
            yield document.where(["cases"]), f"no case names playbooks/{file.relative_to(folder).as_posix()}"


def _unplayed(document: Document, manifest: Manifest) -> Iterator[tuple[Location, str]]:
    played = {entry.role for entry in manifest.cases}
    for number, path in manifest.roles.items():
        if number not in played:
            yield document.where(["roles", number]), f"no case plays role {number}, {path}"
    for index, entry in enumerate(manifest.cases):
        if isinstance(entry.role, int) and entry.role not in manifest.roles:
            yield document.where(["cases", index, "role"]), f"there is no role {entry.role}"


def _case(entry: CaseEntry, books: dict[str, Playbook]) -> Case:
    playbook = books[entry.file]
    return Case(
        id=entry.id,
        path=playbook.path,
        file=f"playbooks/{entry.file}",
        source=playbook.text,
        payload=entry.payload,
        requires=tuple((books[name].path, books[name].text) for name in entry.requires),
        credentials=entry.credentials,
        tags=entry.tags,
        role=entry.role if isinstance(entry.role, int) else None,
        sets=entry.sets,
        needs=entry.needs,
        tables=entry.tables,
        expect=Terminal(entry.expect),
        fails=entry.fails,
        shares=entry.shares,
        timeout=entry.timeout,
    )


def _refuse_shared_paths(books: dict[str, Playbook]) -> None:
    owner: dict[str, str] = {}
    for name, playbook in books.items():
        if owner.setdefault(playbook.path, name) != name:
            raise HarnessError(
                f"the catalog path {playbook.path} is that of playbooks/{owner[playbook.path]} too",
                "Give each playbook a metadata.path of its own.",
                where=playbook.document.where(["metadata", "path"]),
            )


def _digest(folder: Path, names: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for name in names:
        content = (folder / name).read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
