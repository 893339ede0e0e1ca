"""Tokens and secrets that commands refer to: how they are kept, and how a playbook's `keychain:` section fills them
(spec: noetl-python 1.11, 4.3).

What each kind keeps, how long, and that the first failure ends the section, are from NoETL's source, read at a release
that is not known to be 4.12.0.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import aiohttp
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from psycopg import Error
from psycopg.types.json import Jsonb

from harness.embedded.control_plane.database import Cursor, Database
from harness.embedded.control_plane.log import log

Scope = Literal["local", "global", "shared"]
TTL: Mapping[str, int] = {"local": 3600, "global": 86_400, "shared": 86_400}
"""Seconds that an entry lives when nobody says how long."""

_PATIENCE = aiohttp.ClientTimeout(30.0)
_CREDENTIAL_KINDS = ("credential", "credential_ref")
_GOOGLE_KINDS = ("secret_manager", "google_id_token", "google_oauth", "google_service_account", "google")
_TEMPLATES = ImmutableSandboxedEnvironment(undefined=StrictUndefined)


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of `noetl.keychain`."""

    name: str
    catalog_id: int
    data: Mapping[str, Any] = field(repr=False)
    credential_type: str
    cache_type: Literal["token", "secret"]
    scope: Scope
    expires_at: datetime
    execution_id: int | None = None
    parent_execution_id: int | None = None
    auto_renew: bool = False
    renew_config: Mapping[str, Any] | None = field(default=None, repr=False)


def cache_key(name: str, catalog_id: int, scope: str, execution_id: int | None) -> str:
    """Where an entry is kept; one that is local or shared and names no execution is global."""
    match scope, execution_id:
        case "local", int():
            return f"{name}:{catalog_id}:{execution_id}"
        case "shared", int():
            return f"{name}:{catalog_id}:shared:{execution_id}"
    return f"{name}:{catalog_id}:global"


async def save(cursor: Cursor, entry: Entry) -> None:
    """Keep an entry, in the place of an earlier one."""
    await cursor.execute(
        """
        INSERT INTO noetl.keychain (cache_key, keychain_name, catalog_id, credential_type, cache_type, scope_type,
            execution_id, parent_execution_id, data_encrypted, expires_at, auto_renew, renew_config)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (cache_key) DO UPDATE SET data_encrypted = excluded.data_encrypted,
            credential_type = excluded.credential_type, expires_at = excluded.expires_at, accessed_at = now(),
            auto_renew = excluded.auto_renew, renew_config = excluded.renew_config
        """,
        (
            cache_key(entry.name, entry.catalog_id, entry.scope, entry.execution_id),
            entry.name,
            entry.catalog_id,
            entry.credential_type,
            entry.cache_type,
            entry.scope,
            entry.execution_id,
            entry.parent_execution_id,
            json.dumps(entry.data),
            entry.expires_at,
            entry.auto_renew,
            None if entry.renew_config is None else Jsonb(entry.renew_config),
        ),
    )


class KeychainError(Exception):
    """An entry can not be made. The text quotes no secret."""


class Keychain:
    """Fills the keychain at the start of an execution. What needs Google is not played."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def fill(
        self, section: list[Mapping[str, Any]], catalog_id: int, execution_id: int, variables: Mapping[str, Any]
    ) -> None:
        """Make the entries in order; later ones see the earlier ones in their templates.

        The first that fails ends it, with a line in the log and no more: the execution goes on.
        """
        made: dict[str, Any] = {}
        try:
            for written in section:
                await self._make(written, catalog_id, execution_id, {"workload": variables, "keychain": made})
        except (KeychainError, TemplateError, aiohttp.ClientError, TimeoutError, ValueError, Error) as error:
            log.error("ENGINE: Failed to process keychain section: %s", error)

    async def _make(
        self, written: Mapping[str, Any], catalog_id: int, execution_id: int, context: Mapping[str, Any]
    ) -> None:
        name, kind = written.get("name"), written.get("kind") or written.get("type")
        if not name or not kind:
            log.warning("KEYCHAIN_PROCESSOR: Skipping an entry without name or kind")
            return
        data = await self._data(str(kind), str(name), written, context)
        if not data:
            log.warning("KEYCHAIN_PROCESSOR: Nothing to keep for entry '%s' (kind: %s)", name, kind)
            return
        entry = self._entry(str(kind), str(name), written, data, catalog_id, execution_id)
        async with self._database.transaction() as cursor:
            await save(cursor, entry)
        context["keychain"][str(name)] = data

    async def _data(
        self, kind: str, name: str, written: Mapping[str, Any], context: Mapping[str, Any]
    ) -> dict[str, Any]:
        match kind:
            case "static":
                return _texts(written.get("map"), context)
            case "bearer" if written.get("token"):
                return {"access_token": _text(written["token"], context), "token_type": "Bearer"}
            case "oauth2" if written.get("endpoint"):
                return await _asked(name, written, context)
            case _ if kind in _CREDENTIAL_KINDS:
                alias = written.get("ref") or written.get("credential") or name
                return await self._credential(_text(alias, context))
            case _ if kind in _GOOGLE_KINDS:
                raise KeychainError(f"harness: entry '{name}' of kind '{kind}' is not emulated")
            case _:
                return {}

    async def _credential(self, alias: str) -> dict[str, Any]:
        async with self._database.transaction() as cursor:
            await cursor.execute("SELECT data_encrypted FROM noetl.credential WHERE name = %s", (alias,))
            row = await cursor.fetchone()
        if row is None:
            raise KeychainError(f"Failed to fetch credential '{alias}': 404")
        return dict(json.loads(row["data_encrypted"]))

    def _entry(
        self,
        kind: str,
        name: str,
        written: Mapping[str, Any],
        data: Mapping[str, Any],
        catalog_id: int,
        execution_id: int,
    ) -> Entry:
        scope = written.get("scope", "global")
        if scope not in TTL:
            raise KeychainError(f"Failed to store '{name}': scope '{scope}' is none of {', '.join(TTL)}")
        seconds = written.get("ttl_seconds") or data.get("expires_in") or TTL[scope]
        renews = bool(written.get("auto_renew"))
        request = {"method": "POST", "headers": {}, "data": {}} | {
            key: written[key] for key in ("endpoint", "method", "headers", "data") if key in written
        }
        return Entry(
            name=name,
            catalog_id=catalog_id,
            data=data,
            credential_type="oauth2_client_credentials" if kind == "oauth2" else kind,
            cache_type="token" if kind in ("oauth2", "bearer") else "secret",
            scope=scope,
            expires_at=self._now() + timedelta(seconds=int(seconds)),
            execution_id=execution_id if scope == "local" else None,
            auto_renew=renews,
            renew_config=request if renews and kind == "oauth2" else None,
        )


async def _asked(name: str, written: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of an OAuth server to a form."""
    url, method = _text(written["endpoint"], context), str(written.get("method", "POST"))
    headers, form = _texts(written.get("headers"), context), _texts(written.get("data"), context)
    async with (
        aiohttp.ClientSession(timeout=_PATIENCE) as session,
        session.request(method, url, headers=headers, data=form) as response,
    ):
        if not response.ok:
            raise KeychainError(f"entry '{name}': the token endpoint answered HTTP {response.status}")
        answer = json.loads(await response.text())
    if not isinstance(answer, dict):
        raise KeychainError(f"entry '{name}': the token endpoint answered with no object")
    return answer


def _texts(written: Any, context: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _text(item, context) for key, item in written.items()} if isinstance(written, Mapping) else {}


def _text(written: Any, context: Mapping[str, Any]) -> str:
    return _TEMPLATES.from_string(str(written)).render(**context)
