"""What the tests of alias resolution share."""

from __future__ import annotations

from typing import Any

from harness.reference.credentials import AliasError, Answer, Found, resolve

RELEASES = ("5.10.0", "5.11.2", "5.11.3", "5.15.1", "5.15.2", "5.20.1", "5.20.2", "5.21.0", "5.22.0", "5.108.1")


class Server:
    """A credential server that answers everything alike and keeps what it was asked."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def __call__(self, alias: str) -> Answer:
        self.asked.append(alias)
        return self.answer


def record(kind: str, data: dict[str, Any] | None = None, **fields: Any) -> Found:
    """A credential as the server returns it."""
    return Found({"id": "1", "name": "n", "type": kind, "data": data or {}, "tags": ["t"], **fields})


def resolved(config: Any, answer: Answer, release: str = "5.10.0") -> tuple[Any, dict[str, str]]:
    """Config and secrets of a resolution that must succeed."""
    done = resolve(config, lambda alias: answer, release=release)
    return done.config, dict(done.secrets)


def failed(config: Any, answer: Answer, release: str = "5.10.0") -> AliasError:
    """The error of a resolution that must fail."""
    try:
        done = resolve(config, lambda alias: answer, release=release)
    except AliasError as error:
        return error
    raise AssertionError(f"resolved to {done}")
