"""Bodies that workers and clients send (spec: noetl-python 6, noetl-rust 2.3). Unknown keys are ignored."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from harness.reference.results import json_size

_BATCH_EVENTS = 256
_BATCH_BYTES = 2 * 1024 * 1024

Id = Annotated[str, BeforeValidator(lambda value: value if value is None else str(value))]
"""An id as text; the Rust worker sends an integer."""


class ExecuteRequest(BaseModel):
    """`POST /execute`. `workload` is another name for `payload`."""

    model_config = ConfigDict(populate_by_name=True)

    path: str | None = None
    catalog_id: int | None = None
    version: int | None = None
    resource_kind: str | None = None
    payload: dict[str, Any] = Field(default_factory=dict, alias="workload")
    parent_execution_id: int | None = None
    execution_pool: str | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        if not self.path and not self.catalog_id:
            raise ValueError("Either 'path' or 'catalog_id' must be provided")
        return self


class EventItem(BaseModel):
    """One event of a batch: the names of both workers' dialects are understood."""

    model_config = ConfigDict(populate_by_name=True)

    step: str = Field(validation_alias=AliasChoices("step", "node_name"))
    name: str = Field(validation_alias=AliasChoices("name", "event_type"))
    payload: dict[str, Any] = Field(default_factory=dict, validation_alias=AliasChoices("payload", "context"))
    actionable: bool = False
    informative: bool = True
    meta: dict[str, Any] | None = None


class EventRequest(EventItem):
    """`POST /events`: a single event, actionable unless it says otherwise."""

    execution_id: Id
    worker_id: str | None = None
    actionable: bool = True


class BatchRequest(BaseModel):
    """`POST /events/batch`: at most 256 events and 2 MiB of payload."""

    execution_id: Id
    events: list[EventItem]
    worker_id: str | None = None
    catalog_id: int | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if len(self.events) > _BATCH_EVENTS:
            raise ValueError(f"Batch contains {len(self.events)} events; limit is {_BATCH_EVENTS}")
        if json_size([event.payload for event in self.events]) > _BATCH_BYTES:
            raise ValueError(f"Batch payload exceeds configured limit ({_BATCH_BYTES} bytes)")
        return self


class ClaimRequest(BaseModel):
    """`POST /commands/{event_id}/claim`."""

    worker_id: str
    locality: dict[str, Any] | None = None
