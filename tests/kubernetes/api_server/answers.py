"""What the API says instead of an object: bodies of kind `Status`."""

from __future__ import annotations

from typing import Any

USER = "noetl-harness"


class Refusal(Exception):
    """An answer with a `Status` body. `reason` is the API's own word for it."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message

    def body(self) -> dict[str, Any]:
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
        }


def not_found(plural: str, name: str) -> Refusal:
    return Refusal(404, "NotFound", f'{plural} "{name}" not found')


def conflict(plural: str, name: str) -> Refusal:
    message = f'Operation cannot be fulfilled on {plural} "{name}": the object has been modified'
    return Refusal(409, "Conflict", message)


def exists(plural: str, name: str) -> Refusal:
    return Refusal(409, "AlreadyExists", f'{plural} "{name}" already exists')


def gone() -> Refusal:
    return Refusal(410, "Expired", "too old resource version")


def forbidden(verb: str, resource: str, group: str, namespace: str | None) -> Refusal:
    place = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    return Refusal(
        403,
        "Forbidden",
        f'{resource} is forbidden: User "{USER}" cannot {verb} resource "{resource}" in API group "{group}" {place}',
    )
