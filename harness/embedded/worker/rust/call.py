"""One call of a tool on a Rust worker, and what such a tool is."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from harness.embedded.worker.rust.errors import ToolError
from harness.embedded.worker.rust.releases import ToolsRelease
from harness.embedded.worker.rust.result import ToolResult
from harness.embedded.worker.rust.serde import DecodeError, Field, decode
from harness.embedded.worker.rust.templates import render
from harness.embedded.worker.services import Services
from harness.reference.credentials import Secrets


@dataclass(frozen=True, slots=True)
class RustCall:
    """`config` is the tool's own part, not rendered; `auth` and `timeout` (seconds) are the common struct's.

    `variables` are those of the command, `template_context` is what templates see; `secrets` are by alias.
    """

    kind: str
    config: Mapping[str, Any] = field(repr=False)
    auth: Mapping[str, Any] | None = field(repr=False)
    timeout: int | None
    variables: Mapping[str, Any] = field(repr=False)
    secrets: Secrets
    execution_id: int
    command_id: int | str
    step: str
    release: ToolsRelease
    services: Services

    @property
    def template_context(self) -> dict[str, Any]:
        """The variables with what is known of the command over them."""
        settings = self.services.settings
        return {
            **self.variables,
            "execution_id": self.execution_id,
            "step": self.step,
            "server_url": settings.server_url,
            "worker_id": settings.worker_id,
            "command_id": str(self.command_id),
        }

    def rendered(self, name: str, fields: Mapping[str, Field]) -> dict[str, Any]:
        """The tool's configuration, rendered and decoded as `struct {name}`. Raises `ToolError`."""
        config = render(dict(self.config), self.template_context, since_3_1=self.release.templates_3_1)
        try:
            return decode(name, fields, config)
        except DecodeError as error:
            raise ToolError.configuration(f"Invalid {self.kind} config: {error}") from None


class RustTool(Protocol):
    """A tool kind's function `rust`. Raises `ToolError` for what the release gives back as `Err`."""

    def __call__(self, call: RustCall) -> Awaitable[ToolResult]: ...
