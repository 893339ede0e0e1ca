"""The file behind `--target kubernetes:FILE`: which cluster, and what is called differently there."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from harness.files.yaml import checked, load_yaml
from harness.model.kubernetes import Part, Pin, Services, Settings, Urls

Text = Annotated[str, Field(min_length=1)]
Port = Annotated[int, Field(ge=1, le=65_535)]

_NAMES = Settings()

_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")
"""One token of a NATS subject."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class PartEntry(_Strict):
    """Where one of NoETL's services is; what is left out is as NoETL's operators have it."""

    namespace: Text | None = None
    labels: Text | None = None
    port: Port | None = None

    def over(self, usual: Part) -> Part:
        """`usual` with what is said here."""
        return Part(self.namespace or usual.namespace, self.labels or usual.labels, self.port or usual.port)


class UrlsEntry(_Strict):
    """Addresses that reach a service without a forward."""

    server: Text | None = None
    postgres: Text | None = None
    nats_monitor: Text | None = None
    test_server: Text | None = None


class InsideEntry(_Strict):
    """Addresses as pods know them."""

    server: Text = _NAMES.inside.server
    postgres: Text = _NAMES.inside.postgres
    test_server: Text = _NAMES.inside.test_server


class KubernetesFile(_Strict):
    """A cluster; the meaning of each field is that of `harness.model.kubernetes.Settings`."""

    context: Text = _NAMES.context
    kubeconfig: Text | None = None
    namespace: Text = _NAMES.namespace
    pin: Pin = _NAMES.pin
    server: PartEntry = PartEntry()
    postgres: PartEntry = PartEntry()
    nats: PartEntry = PartEntry()
    test_server: PartEntry = PartEntry()
    deployments: dict[Text, Text] = Field(default_factory=lambda: dict(_NAMES.deployments))
    execution_pools: dict[Text, Text] = Field(default_factory=dict)
    urls: UrlsEntry = UrlsEntry()
    inside: InsideEntry = InsideEntry()
    config: Text = _NAMES.config
    secret: Text = _NAMES.secret
    tenant_database: Text = _NAMES.tenant_database
    tenant_user: Text = _NAMES.tenant_user
    nats_account: str = _NAMES.nats_account
    server_image: Text | None = None

    @field_validator("execution_pools")
    @classmethod
    def _apart(cls, pools: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        if info.data.get("pin") is not Pin.EXECUTION_POOL:
            raise ValueError("segments of the pools' own need `pin: execution_pool`")
        for segment in pools.values():
            if not _SEGMENT.fullmatch(segment):
                raise ValueError(f"{segment!r} is no segment: write it with letters, digits, - and _")
        if len(set(pools.values())) < len(pools):
            raise ValueError("two pools have the same segment, so that either takes the other one's commands")
        return pools


def load_kubernetes(path: Path) -> Settings:
    """Raises `HarnessError` with line and column for each thing that is wrong. A relative kubeconfig is one beside the
    file."""
    entry = checked(load_yaml(path), KubernetesFile)
    kubeconfig = entry.kubeconfig and str(path.parent / os.path.expanduser(entry.kubeconfig))
    return Settings(
        context=entry.context,
        kubeconfig=kubeconfig,
        namespace=entry.namespace,
        pin=entry.pin,
        server=entry.server.over(_NAMES.server),
        postgres=entry.postgres.over(_NAMES.postgres),
        nats=entry.nats.over(_NAMES.nats),
        test_server=entry.test_server.over(_NAMES.test_server),
        deployments=tuple(entry.deployments.items()),
        execution_pools=tuple(entry.execution_pools.items()),
        urls=Urls(**entry.urls.model_dump()),
        inside=Services(**entry.inside.model_dump()),
        config=entry.config,
        secret=entry.secret,
        tenant_database=entry.tenant_database,
        tenant_user=entry.tenant_user,
        nats_account=entry.nats_account,
        server_image=entry.server_image,
    )
