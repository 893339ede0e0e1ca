"""The credentials that every lane is given: `fixtures/credentials/`, one file each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from harness.files.project import project_root
from harness.files.yaml import Document, checked, load_yaml
from harness.model.errors import HarnessError

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


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
    """One credential as its file has it. Texts in `data` may hold placeholders, `${tenant_host}`. To be stored without
    tags it must say so: `tags: null`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    type: Annotated[str, Field(min_length=1)]
    tags: Annotated[tuple[str, ...], Field(min_length=1)] | None
    data: Annotated[dict[str, str], Field(min_length=1, repr=False)]


def load_credentials(values: Mapping[str, str], folder: Path | None = None) -> tuple[CredentialBody, ...]:
    """All credentials by name, their placeholders filled from `values`, which differ from lane to lane.

    Raises `HarnessError` for a file that is not sound and for a placeholder without a value, with line and column.
    """
    files = sorted((folder or project_root() / "fixtures" / "credentials").glob("*.yaml"))
    return tuple(_load(file, values) for file in files)


def _load(file: Path, values: Mapping[str, str]) -> CredentialBody:
    document = load_yaml(file)
    parsed = checked(document, CredentialFile)
    data = {key: _fill(text, values, document, key) for key, text in parsed.data.items()}
    return CredentialBody(parsed.name, parsed.type, parsed.tags, data)


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
