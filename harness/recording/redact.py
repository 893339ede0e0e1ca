"""Secrets are taken out before anything is written. What stands for one is the same for equal secrets of a run, and
for no others: two sides that hold different secrets stay different."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from harness.model.event import CommandRow, EventRow
from harness.model.evidence import Effect, Evidence, Stored
from harness.model.secrets import LEAKED, SECRET_TEXTS, names_secret
from harness.model.suite import Case

_SHORTEST = 8
"""Characters. A shorter secret would be found inside harmless text."""

_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character, which no UTF-8 file can hold."""


class Redactor:
    """Takes the secrets of one run out of its evidence.

    `known` are values that the harness itself handed to a lane; wherever one shows, something leaked it. `key` is made
    up for the run and kept nowhere, so that nobody can try out secrets on what stands for them.
    """

    def __init__(self, known: Iterable[str], key: bytes) -> None:
        self._key = key
        values = sorted({one for one in known if len(one) >= _SHORTEST}, key=lambda one: (-len(one), one))
        self._known = re.compile("|".join(map(re.escape, values))) if values else None

    def __repr__(self) -> str:
        return "Redactor()"

    def evidence(self, evidence: Evidence) -> Evidence:
        """The same evidence without a secret."""
        return replace(
            evidence,
            events=tuple(map(self._event, evidence.events)),
            commands=tuple(map(self._command, evidence.commands)),
            api_status=self.value(evidence.api_status),
            log=tuple(replace(line, text=self.text(line.text)) for line in evidence.log),
            addresses=tuple((self.text(text), token) for text, token in evidence.addresses),
            refusal=self._maybe(evidence.refusal),
            problem=self._maybe(evidence.problem),
            effects=tuple(map(self._effect, evidence.effects)),
            stored=tuple(map(self._stored, evidence.stored)),
        )

    def case(self, case: Case) -> Case:
        """The same case without a secret that somebody wrote into its playbooks or its payload."""
        return replace(
            case,
            source=self.text(case.source),
            requires=tuple((path, self.text(source)) for path, source in case.requires),
            payload=self.value(case.payload),
        )

    def text(self, text: str) -> str:
        """`text` without known secrets and without what has the form of one."""
        text = _SURROGATE.sub("\ufffd", text)
        if self._known is not None:
            text = self._known.sub(lambda found: f"{LEAKED}{self._digest(found[0])}***", text)
        for pattern in SECRET_TEXTS:
            text = pattern.sub(lambda found: f"{found[1]}{self._mark(found[2])}{found[3]}", text)
        return text

    def value(self, value: Any) -> Any:
        """A JSON value with the same done to every text in it, and to every value under a secret's name."""
        match value:
            case str():
                return self.text(value)
            case Mapping():
                return {self.text(str(key)): self._entry(str(key), part) for key, part in value.items()}
            case list() | tuple():
                return [self.value(part) for part in value]
            case float() if not math.isfinite(value):
                return f"<number {value}>"  # JSON has no such number, and would make null of it
            case _:
                return value

    def _entry(self, key: str, value: Any) -> Any:
        if value in (None, "", True, False) or isinstance(value, Mapping | list | tuple) or not names_secret(key):
            return self.value(value)
        if isinstance(value, str):
            found = self.text(value)
            return found if LEAKED in found else self._mark(value)
        return self._mark(json.dumps(value))

    def _event(self, event: EventRow) -> EventRow:
        return replace(
            event,
            error=self._maybe(event.error),
            context=self.value(event.context),
            result=self.value(event.result),
            meta=self.value(event.meta),
        )

    def _command(self, command: CommandRow) -> CommandRow:
        return replace(
            command,
            error=self._maybe(command.error),
            context=self.value(command.context),
            result=self.value(command.result),
            meta=self.value(command.meta),
        )

    def _effect(self, effect: Effect) -> Effect:
        return replace(effect, rows=tuple(map(self.value, effect.rows)), problem=self._maybe(effect.problem))

    def _stored(self, stored: Stored) -> Stored:
        return replace(stored, data=self.value(stored.data), problem=self._maybe(stored.problem))

    def _maybe(self, text: str | None) -> str | None:
        return None if text is None else self.text(text)

    def _mark(self, secret: str) -> str:
        return secret if secret.startswith("***") else f"***{self._digest(secret)}***"

    def _digest(self, secret: str) -> str:
        return hmac.new(self._key, secret.encode(errors="replace"), hashlib.sha256).hexdigest()[:8]
