"""A kind cluster of one's own: which images run in it, and what is known of its parts."""

from __future__ import annotations

from dataclasses import dataclass, fields

CLUSTER = "noetl"
"""The name of NoETL's kind cluster, whose context is `kind-noetl` (spec: noetl-operations 1.1)."""


@dataclass(frozen=True, slots=True)
class Images:
    """An image each, with a tag or a digest. `node` is kind's own; `local` names those that this machine has built."""

    node: str
    postgres: str
    nats: str
    server: str
    python_worker: str
    rust_worker: str
    test_server: str
    local: tuple[str, ...] = ()

    def loaded(self) -> tuple[str, ...]:
        """The images that kind has to copy from this machine into the cluster, each once."""
        return tuple(dict.fromkeys(str(getattr(self, part)) for part in self.local))


PARTS: tuple[str, ...] = tuple(one.name for one in fields(Images) if one.name not in ("node", "local"))
"""What has an image in the manifests, which stand for it by this name."""


@dataclass(frozen=True, slots=True)
class PartState:
    """One part of the cluster: whether it is ready, and what is seen of it."""

    name: str
    ready: bool
    seen: str
