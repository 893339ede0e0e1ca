"""The credentials that every lane is given: `fixtures/credentials/`, one file each."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from harness.files.project import project_root
from harness.files.yaml import Document, checked, load_yaml
from harness.model.errors import HarnessError
from harness.model.suite import Case

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_VARIABLE = re.compile(r"\$\{env:(\w+)\}")
_EXTERNAL = "NOETL_EXTERNAL_"
"""Secrets of the person's own, for the external tier. No other variable of a shell can be asked for."""


@dataclass(frozen=True, slots=True)
class CredentialBody:
    """What `POST /api/credentials` is sent. `data` holds secrets and is never shown.

    The tags must be sent too: a Rust worker can not decode a credential without any (spec: noetl-rust 1.7). None is
    for the credential that shows it.
    """

    name: str
    type: str
    tags: tuple[str, ...] | None
    data: Mapping[str, str] = field(repr=False)


class CredentialFile(BaseModel):
    """One credential as its file has it. Texts in `data` may hold placeholders, `${tenant_host}`, or a secret of the
    person who runs it, `${env:NOETL_EXTERNAL_…}`. To be stored without tags it must say so: `tags: null`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    type: Annotated[str, Field(min_length=1)]
    tags: Annotated[tuple[str, ...], Field(min_length=1)] | None
    data: Annotated[dict[str, str], Field(min_length=1, repr=False)]


def load_credentials(
    values: Mapping[str, str], folder: Path | None = None, env: Mapping[str, str] = os.environ
) -> tuple[CredentialBody, ...]:
    """All credentials by name, their placeholders filled from `values`, which differ from lane to lane. Those whose
    variables are not set in `env` are left out.

    Raises `HarnessError` for a file that is not sound and for a placeholder without a value, with line and column.
    """
    return tuple(_body(one, values, env) for one in _read(folder) if not one.unset(env))


def refuse_unset(cases: Sequence[Case], folder: Path | None = None, env: Mapping[str, str] = os.environ) -> None:
    """Raises `HarnessError` for a case with a credential whose variable is not set."""
    unset = {one.content.name: one for one in _read(folder) if one.unset(env)}
    for case in cases:
        for name in case.credentials:
            if name in unset:
                raise HarnessError(
                    f"{case.id} needs the credential {name}, and {' and '.join(unset[name].unset(env))} is not set",
                    "Set it in the environment, or name other cases.",
                    where=unset[name].document.where(["data"]),
                )


@dataclass(frozen=True, slots=True)
class _File:
    document: Document
    content: CredentialFile

    def unset(self, env: Mapping[str, str]) -> list[str]:
        """The variables that it asks for and that are not there."""
        return [name for text in self.content.data.values() for name in _VARIABLE.findall(text) if not env.get(name)]


def _read(folder: Path | None) -> Iterator[_File]:
    for file in sorted((folder or project_root() / "fixtures" / "credentials").glob("*.yaml")):
        document = load_yaml(file)
        read = _File(document, checked(document, CredentialFile))
        for key, text in read.content.data.items():
            for name in _VARIABLE.findall(text):
                if not name.startswith(_EXTERNAL):
                    raise HarnessError(
                        f"a credential can not have the variable {name}",
                        f"Give it a name that starts with {_EXTERNAL}.",
                        where=document.where(["data", key]),
                    )
        yield read


def _body(file: _File, values: Mapping[str, str], env: Mapping[str, str]) -> CredentialBody:
    own = file.content
    filled = {key: _fill(text, values, file.document, key) for key, text in own.data.items()}
    data = {key: _VARIABLE.sub(lambda match: env[match[1]], text) for key, text in filled.items()}
    return CredentialBody(own.name, own.type, own.tags, data)


def _fill(text: str, values: Mapping[str, str], document: Document, key: str) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise HarnessError(
                f"there is no value for {match[0]}",
                f"Use one of: {', '.join(sorted(values))}.",
                where=document.where(["data", key]),
            )
        return values[match[1]]

    return _PLACEHOLDER.sub(value, text)
