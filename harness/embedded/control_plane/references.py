"""Data that is too big to travel inline, under `noetl://execution/<id>/result/<name>/<8 hex>` (spec: noetl-python 7.4).

A command's context field over 8192 bytes is replaced by a reference (5.7). A real Python worker looks for its data in
the NATS bucket, everybody else asks `/api/result/resolve`; so what fits into a bucket's value is in both places.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from nats.js.errors import NotFoundError
from nats.js.kv import KeyValue
from psycopg.types.json import Jsonb

from harness.embedded.control_plane.database import Cursor, Database
from harness.embedded.control_plane.ids import Snowflakes
from harness.embedded.control_plane.publisher import Publisher
from harness.embedded.nats import RESULT_BUCKET, made_for
from harness.reference.results import json_size

_TTL_SECONDS = 7200
_VALUE_MAX_BYTES = 1024 * 1024
_COMPRESSED_FROM_BYTES = 10_240
_FIELDS = ("tool_config", "render_context", "spec", "input")
_FIELD_MAX_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Reference:
    """Where stored data is. `bytes` is its size as it is stored, `compression` `none` or `gzip`."""

    ref: str
    store: str
    scope: str
    expires_at: datetime | None
    bytes: int
    sha256: str
    compression: str


class References:
    """The store behind references."""

    def __init__(self, database: Database, publisher: Publisher, ids: Snowflakes) -> None:
        self._database = database
        self._publisher = publisher
        self._ids = ids
        self._bucket: KeyValue | None = None

    async def put(
        self,
        execution_id: int,
        name: str,
        data: Any,
        scope: str = "execution",
        source_step: str | None = None,
        correlation: Mapping[str, Any] | None = None,
    ) -> Reference:
        """Keep `data` under a new reference."""
        raw = json.dumps(data).encode()
        small = len(raw) <= _COMPRESSED_FROM_BYTES
        stored = raw if small else gzip.compress(raw)
        reference = Reference(
            ref=f"noetl://execution/{execution_id}/result/{name}/{secrets.token_hex(4)}",
            store="kv" if len(stored) <= _VALUE_MAX_BYTES else "db",
            scope=scope,
            expires_at=None if scope == "permanent" else datetime.now(UTC) + timedelta(seconds=_TTL_SECONDS),
            bytes=len(stored),
            sha256=hashlib.sha256(stored).hexdigest(),
            compression="none" if small else "gzip",
        )
        if reference.store == "kv":
            await (await self._open_bucket()).put(_key(reference.ref), stored)
        async with self._database.transaction() as cursor:
            await self._insert(cursor, reference, execution_id, name, data, source_step, correlation)
        return reference

    async def _open_bucket(self) -> KeyValue:
        """In a NATS server that was given, the other lane, or a NoETL, may have made it: then it is used as it is."""
        if self._bucket is None:
            stream = self._publisher.jetstream
            try:
                self._bucket = await stream.key_value(RESULT_BUCKET)
            except NotFoundError:
                self._bucket = await stream.create_key_value(
                    bucket=RESULT_BUCKET,
                    description=made_for(self._publisher.stream_name),
                    ttl=_TTL_SECONDS,
                    max_value_size=_VALUE_MAX_BYTES,
                    history=1,
                )
        return self._bucket

    async def _insert(
        self,
        cursor: Cursor,
        reference: Reference,
        execution_id: int,
        name: str,
        data: Any,
        source_step: str | None,
        correlation: Mapping[str, Any] | None,
    ) -> None:
        await cursor.execute(
            """
            INSERT INTO noetl.result_ref (ref_id, ref, execution_id, name, scope, source_step, store_tier, bytes_size,
                sha256, compression, expires_at, correlation)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            (
                self._ids.next(),
                reference.ref,
                execution_id,
                name,
                reference.scope,
                source_step,
                reference.store,
                reference.bytes,
                reference.sha256,
                reference.compression,
                reference.expires_at,
                None if correlation is None else Jsonb(correlation),
            ),
        )
        await cursor.execute("INSERT INTO noetl.result_data (ref, data) VALUES (%s, %s)", (reference.ref, Jsonb(data)))

    async def get(self, ref: str) -> Any:
        """The data behind a reference. Raises `KeyError`."""
        async with self._database.transaction() as cursor:
            await cursor.execute("SELECT data FROM noetl.result_data WHERE ref = %s", (ref,))
            row = await cursor.fetchone()
        if row is None:
            raise KeyError(ref)
        return row["data"]

    async def latest(self, execution_id: int, name: str) -> Any:
        """The data that was stored last under a name. Raises `KeyError`."""
        async with self._database.transaction() as cursor:
            await cursor.execute(
                """
                SELECT data FROM noetl.result_ref JOIN noetl.result_data USING (ref)
                WHERE execution_id = %s AND name = %s ORDER BY ref_id DESC LIMIT 1
                """,
                (execution_id, name),
            )
            row = await cursor.fetchone()
        if row is None:
            raise KeyError(name)
        return row["data"]

    async def compacted(
        self, execution_id: int, step: str, command_id: int, context: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A command's context with references in the place of its big fields."""
        compact = dict(context)
        for name in _FIELDS:
            value = compact.get(name)
            if not value or json_size(value) <= _FIELD_MAX_BYTES:
                continue
            correlation = {
                "command_id": command_id,
                "kind": "command_context_field",
                "field": name,
                "step": step,
            }
            kept = await self.put(execution_id, f"{step}_{name}", value, source_step=step, correlation=correlation)
            compact[name] = {
                "kind": "result_ref",
                "ref": kept.ref,
                "store": kept.store,
                "scope": kept.scope,
                "meta": {
                    "content_type": "application/json",
                    "bytes": kept.bytes,
                    "sha256": kept.sha256,
                    "compression": kept.compression,
                    "encoding": "utf-8",
                },
                "correlation": correlation,
            }
        return compact


def _key(ref: str) -> str:
    """A reference as a key of the bucket, by the rule that NoETL's workers use to look it up."""
    return ref.removeprefix("noetl://").replace("/", "_").replace(":", ".")
