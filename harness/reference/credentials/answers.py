"""What goes in and out of alias resolution: the answers of the credential server, secrets, results and errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Found:
    """The server answered 2xx. `body` is the decoded JSON, or the raw text where it is no JSON. Holds secrets."""

    body: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Missing:
    """The server answered 404."""


@dataclass(frozen=True, slots=True)
class HttpFailure:
    """The server answered with a status that is neither 2xx nor 404."""

    status: int
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TransportFailure:
    """No answer came: nobody listens, the connection broke, time ran out. `text` is the client's own words."""

    text: str


Answer: TypeAlias = Found | Missing | HttpFailure | TransportFailure
Lookup: TypeAlias = Callable[[str], Answer]
"""Asks the server for one alias, verbatim: `GET /api/credentials/<alias>?include_data=true&execution_id=<id>`."""


class Secrets(Mapping[str, str]):
    """Alias to secret. Shows how many there are and whose, never one of them."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = dict(values or {})

    def __getitem__(self, alias: str) -> str:
        return self._values[alias]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(f'{alias}=***' for alias in self._values)})"


@dataclass(frozen=True, slots=True)
class Resolution:
    """A config whose aliases are resolved. `config` may hold a password, so neither it nor the secrets are shown."""

    config: Any = field(repr=False)
    secrets: Secrets
    lookups: int


class ErrorKind(StrEnum):
    """Why a command did not reach its tool."""

    NOT_FOUND = "not_found"
    HTTP = "http"
    TRANSPORT = "transport"
    DECODE = "decode"
    UNSUPPORTED_TYPE = "unsupported_type"
    PORT = "port"
    MALFORMED_CONFIG = "malformed_config"


class AliasError(Exception):
    """A command fails before its tool is called.

    `message` is the text that the worker logs as `error=` and, from 5.15.1, reports in `call.error`; `cause` is what
    lies under it and that a log before 5.108.1 does not show. Both are NoETL's words to the letter and can quote what
    the server sent, so `str()` and `repr()` of this exception hold neither. `config` is as the real resolver leaves it:
    partly changed. `transient` is True where the release waits for a redelivery instead of failing the command.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        *,
        cause: str | None = None,
        config: Any = None,
        lookups: int = 0,
        transient: bool = False,
    ) -> None:
        super().__init__(f"credential resolution failed: {kind}")
        self.kind = kind
        self.message = message
        self.cause = cause
        self.config = config
        self.lookups = lookups
        self.transient = transient
