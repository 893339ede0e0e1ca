"""How NoETL's databases are reached: names from a ConfigMap, passwords from a Secret. Neither is ever shown."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from urllib.parse import quote

from harness.deployments.kubernetes.api import Api, path_of
from harness.model.errors import Exit, HarnessError
from harness.model.kubernetes import Settings


@dataclass(frozen=True, slots=True)
class Access:
    """Users, databases and passwords of NoETL's PostgreSQL, and the names of its schema and command stream."""

    user: str
    password: str
    database: str
    tenant_user: str
    tenant_password: str
    tenant_database: str
    schema: str
    stream: str

    def __repr__(self) -> str:
        return f"Access({self.user}@{self.database}, {self.tenant_user}@{self.tenant_database})"

    def dsn(self, address: str) -> str:
        """The platform database at `address` (host:port)."""
        return _dsn(self.user, self.password, address, self.database)

    def tenant_dsn(self, address: str) -> str:
        """The database that playbooks write to, at `address`."""
        return _dsn(self.tenant_user, self.tenant_password, address, self.tenant_database)


async def read_access(api: Api, settings: Settings) -> Access:
    """Raises `HarnessError` (environment) that names what is missing, never what is there."""
    config = (await api.get(path_of("v1", "configmaps", settings.namespace, settings.config))).get("data") or {}
    secret = (await api.get(path_of("v1", "secrets", settings.namespace, settings.secret))).get("data") or {}
    return Access(
        user=config.get("NOETL_USER", "noetl"),
        password=_password(settings, secret, "NOETL_PASSWORD"),
        database=config.get("NOETL_POSTGRES_DB", "noetl"),
        tenant_user=settings.tenant_user,
        tenant_password=_password(settings, secret, "POSTGRES_PASSWORD"),
        tenant_database=settings.tenant_database,
        schema=config.get("NOETL_SCHEMA", "noetl"),
        stream=config.get("NATS_STREAM", "NOETL_COMMANDS"),
    )


def _password(settings: Settings, secret: dict[str, str], key: str) -> str:
    try:
        return base64.b64decode(secret[key], validate=True).decode("utf-8")
    except (KeyError, binascii.Error, UnicodeDecodeError):
        raise HarnessError(
            f"The Secret {settings.secret} in namespace {settings.namespace} has no {key} that can be read.",
            "Name the Secret that has it, as `secret` in the target's file.",
            Exit.ENVIRONMENT,
        ) from None


def _dsn(user: str, password: str, address: str, database: str) -> str:
    return f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@{address}/{quote(database, safe='')}"
