"""The shape of a playbook, and what registering one refuses (spec: noetl-python 1.1 to 1.6).

Class names, field names and messages are those of NoETL 4.12.0, because the answer to a refused registration shows
them. Unknown keys are ignored, as there. What a step does is the business of the rest of this package.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from harness.embedded.control_plane.engine.tool_spec import ToolSpec

API_VERSION = "noetl.io/v2"
"""The one version that runs; `noetl.io/v10` can be registered only."""

_LEGACY_STEP_KEYS = ("args", "set_ctx", "set_iter", "result", "outcome")


class LoopPolicy(BaseModel):
    exec: Literal["distributed", "local"] = "local"


class LoopSpec(BaseModel):
    mode: Literal["sequential", "parallel", "cursor"] = "sequential"
    max_in_flight: int | str | None = None
    policy: LoopPolicy | None = None


class CursorSpec(BaseModel):
    kind: str
    auth: str
    claim: str
    options: dict[str, Any] | None = None


class Loop(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    in_: str | None = Field(None, alias="in")
    cursor: CursorSpec | None = None
    iterator: str
    spec: LoopSpec | None = None

    @property
    def mode(self) -> str:
        return self.spec.mode if self.spec else "sequential"

    @model_validator(mode="after")
    def _one_source(self) -> Loop:
        collection = bool(self.in_)
        if collection and self.cursor:
            raise ValueError("loop: specify either `in` (collection) or `cursor` (pull), not both")
        if not collection and not self.cursor:
            raise ValueError("loop: one of `in` (collection) or `cursor` (pull) is required")
        if self.cursor and self.mode != "cursor":
            raise ValueError(f"loop.cursor requires spec.mode='cursor' (got mode={self.mode!r})")
        if collection and self.mode == "cursor":
            raise ValueError(
                "loop.spec.mode='cursor' requires a loop.cursor source (got collection source via loop.in)"
            )
        return self


class NextSpec(BaseModel):
    mode: Literal["exclusive", "inclusive"] = "exclusive"
    on_no_match: Literal["complete", "quiet"] = "complete"
    policy: dict[str, Any] | None = None


class Arc(BaseModel):
    step: str
    when: str | None = None
    set: dict[str, Any] | None = None
    spec: dict[str, Any] | None = None

    @model_validator(mode="before")
    @classmethod
    def _no_legacy_keys(cls, written: Any) -> Any:
        if isinstance(written, dict) and "args" in written:
            raise ValueError("next.arcs[] must use 'set' (legacy 'args' is not allowed)")
        return written


class NextRouter(BaseModel):
    spec: NextSpec | None = Field(default_factory=NextSpec)
    arcs: list[Arc] = Field(default_factory=list)

    @property
    def mode(self) -> str:
        return self.spec.mode if self.spec else "exclusive"

    @property
    def quiet(self) -> bool:
        return self.spec is not None and self.spec.on_no_match == "quiet"


class AdmitPolicy(BaseModel):
    mode: Literal["exclusive", "inclusive"] = "exclusive"
    rules: list[dict[str, Any]] = Field(default_factory=list)


class StepPolicy(BaseModel):
    admit: AdmitPolicy | None = None
    lifecycle: dict[str, Any] | None = None
    failure: dict[str, Any] | None = None
    emit: dict[str, Any] | None = None


class StepSpec(BaseModel):
    model_config = ConfigDict(extra="allow")

    policy: StepPolicy | None = None
    timeout: str | None = None


class Step(BaseModel):
    step: str
    desc: str | None = None
    spec: StepSpec | None = None
    input: dict[str, Any] | None = None
    loop: Loop | None = None
    tool: ToolSpec | list[dict[str, Any]] | None = None
    next: NextRouter | None = None
    set: dict[str, Any] | None = None

    @field_validator("tool", mode="before")
    @classmethod
    def _tool_or_tasks(cls, written: Any) -> Any:
        if written is None or (isinstance(written, dict) and "kind" in written):
            return written
        if not isinstance(written, list):
            raise ValueError("tool must be an object with 'kind' or a list of tasks")
        for place, task in enumerate(written):
            if not isinstance(task, dict):
                raise ValueError(f"tool[{place}] must be an object")
            if "kind" not in task:
                raise ValueError(
                    f"tool[{place}] must be either:\n"
                    "  1. Canonical: { name: 'task_name', kind: 'http', ... }\n"
                    "  2. Unnamed: { kind: 'http', ... }\n"
                    f"Got: {list(task.keys())}"
                )
        return written

    @field_validator("next", mode="before")
    @classmethod
    def _router(cls, written: Any) -> Any:
        if not isinstance(written, dict) or "arcs" in written:
            return written
        if "spec" in written:
            raise ValueError("next router must have 'arcs' field")
        raise ValueError("next must use canonical router format with 'arcs'")

    @model_validator(mode="before")
    @classmethod
    def _no_legacy_keys(cls, written: Any) -> Any:
        if isinstance(written, dict) and any(key in written for key in _LEGACY_STEP_KEYS):
            raise ValueError(
                "step must use canonical fields only (legacy args/set_ctx/set_iter/result/outcome are not allowed; "
                "use input/set and tool.output)"
            )
        return written


class WorkbookTask(BaseModel):
    name: str
    tool: ToolSpec


class PlaybookMetadata(BaseModel):
    model_config = ConfigDict(extra="allow")

    name: str
    path: str | None = None
    description: str | None = None
    tags: list[str] | None = None
    exposed_in_ui: bool | None = None
    exposes_as_mcp: bool | None = None
    agent: bool | None = None
    capabilities: list[str] | None = None

    @field_validator("tags", "capabilities", mode="before")
    @classmethod
    def _texts(cls, written: Any) -> Any:
        if isinstance(written, str):
            return [written]
        if written is not None and not isinstance(written, list):
            raise ValueError("must be a list of strings (or a single string)")
        return written


class ExecutorPolicy(BaseModel):
    defaults: dict[str, Any] | None = None
    results: dict[str, Any] | None = None
    limits: dict[str, Any] | None = None


class ExecutorSpecFull(BaseModel):
    entry_step: str | None = None
    final_step: str | None = None
    no_next_is_error: bool | None = None
    policy: ExecutorPolicy | None = None


class ExecutorRequires(BaseModel):
    tools: list[str] | None = None
    features: list[str] | None = None


class Executor(BaseModel):
    profile: Literal["local", "distributed", "auto"] = "auto"
    version: str = "noetl-runtime/1"
    requires: ExecutorRequires | None = None
    spec: ExecutorSpecFull | None = None


class Playbook(BaseModel):
    """A playbook as it runs. Of two steps with one name the first counts."""

    apiVersion: Literal["noetl.io/v2", "noetl.io/v10"]
    kind: Literal["Playbook"]
    metadata: dict[str, Any]
    executor: Executor | None = None
    workload: dict[str, Any] | None = None
    keychain: list[dict[str, Any]] | None = None
    workbook: list[WorkbookTask] | None = None
    workflow: list[Step]

    @field_validator("workflow")
    @classmethod
    def _some_step(cls, steps: list[Step]) -> list[Step]:
        if not steps:
            raise ValueError("Workflow must have at least one step")
        return steps

    @field_validator("metadata")
    @classmethod
    def _known_metadata(cls, metadata: dict[str, Any]) -> dict[str, Any]:
        PlaybookMetadata.model_validate(metadata)
        return metadata

    def step(self, name: str) -> Step | None:
        return next((step for step in self.workflow if step.step == name), None)

    @property
    def entry_step(self) -> str:
        named = self.executor.spec.entry_step if self.executor and self.executor.spec else None
        return named or self.workflow[0].step


def validate(document: Mapping[str, Any]) -> list[str]:
    """Everything that registering `document` would be refused for, as `<field path>: <message>`; empty if nothing."""
    try:
        Playbook.model_validate(document)
    except ValidationError as refused:
        return [_problem(error["loc"], error["msg"]) for error in refused.errors()]
    return []


def refusal(path: str, problems: list[str], resource_type: str = "playbook") -> str:
    """The `detail` of the 422 answer for `problems`: the first three, and how many more there are."""
    more = f" (+{len(problems) - 3} more)" if len(problems) > 3 else ""
    return f"register_resource: '{path}' is not a valid {resource_type}: {'; '.join(problems[:3])}{more}"


def _problem(location: tuple[int | str, ...], message: str) -> str:
    path = ".".join(str(part) for part in location)
    return f"{path}: {message}" if path else message


def parsed(document: Mapping[str, Any]) -> Playbook:
    """`document` as a playbook. Raises pydantic's `ValidationError`; ask `validate` first."""
    return Playbook.model_validate(document)
