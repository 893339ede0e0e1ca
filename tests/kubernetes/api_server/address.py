"""What a URL of the API stands for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from api_server.answers import Refusal
from api_server.kinds import Kind, kind_of

_PATH = re.compile(
    r"^/(?:api|apis/(?P<group>[^/]+))/(?P<version>[^/]+)"
    r"(?:/namespaces/(?P<namespace>[^/]+)(?=/[^/]))?"
    r"/(?P<plural>[^/]+)(?:/(?P<name>[^/]+)(?:/(?P<sub>[^/]+))?)?$"
)
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@dataclass(frozen=True, slots=True)
class Address:
    """An object, a sub-resource of one, or a collection (`name` is None)."""

    kind: Kind
    namespace: str | None
    name: str | None
    sub: str | None

    @property
    def resource(self) -> str:
        """As rights name it: `pods`, `pods/log`."""
        return f"{self.kind.plural}/{self.sub}" if self.sub else self.kind.plural

    def verb(self, method: str, *, watching: bool) -> str:
        """The verb of a request, as rights name it. The official client and kubectl open a forward with GET."""
        if method == "GET":
            return "watch" if watching else "get" if self.name else "list"
        return _VERBS[method]


def parse(path: str) -> Address:
    """Raises `Refusal` (404) for what this API does not have."""
    found = _PATH.match(path)
    kind = found and kind_of(found["group"] or "", found["version"], found["plural"])
    if not found or not kind:
        raise Refusal(404, "NotFound", "the server could not find the requested resource")
    return Address(kind, found["namespace"], found["name"], found["sub"])
