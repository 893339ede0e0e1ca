"""Who may do what: everything, but for what a test takes away."""

from __future__ import annotations

from typing import Any

from api_server.address import Address
from api_server.answers import forbidden


class Rights:
    """`deny("patch", "deployments/scale")` takes a right away."""

    def __init__(self) -> None:
        self._denied: set[tuple[str, str]] = set()

    def deny(self, verb: str, resource: str) -> None:
        self._denied.add((verb, resource))

    def check(self, address: Address, verb: str) -> None:
        """Raises `Refusal` (403)."""
        if (verb, address.resource) in self._denied:
            raise forbidden(verb, address.resource, address.kind.group, address.namespace)

    def review(self, body: dict[str, Any]) -> dict[str, Any]:
        """A SelfSubjectAccessReview with its answer."""
        asked = body["spec"]["resourceAttributes"]
        resource = "/".join(filter(None, (asked["resource"], asked.get("subresource"))))
        allowed = (asked["verb"], resource) not in self._denied
        return body | {"status": {"allowed": allowed}}
