"""What the harness must be allowed to do in the cluster, asked for before anything is done."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from harness.deployments.kubernetes.api import Api, JsonBody, path_of
from harness.model.errors import Exit, HarnessError
from harness.model.kubernetes import Pin, Settings

KEDA = "keda.sh"


@dataclass(frozen=True, slots=True)
class Right:
    """A verb on a resource (`pods`, `pods/log`) of an API group. `name` narrows it to one object, `optional` marks what
    belongs to an extension that the cluster need not have."""

    namespace: str | None
    group: str
    resource: str
    verb: str
    name: str = ""
    optional: bool = False

    def __str__(self) -> str:
        place = f"in namespace {self.namespace}" if self.namespace else "in the whole cluster"
        return f"{self.verb} {self.resource}{'.' if self.group else ''}{self.group} {place}"


def needed(settings: Settings) -> tuple[Right, ...]:
    """Every right that a run with these settings uses."""
    own = settings.namespace
    rights = [
        Right(None, "", "namespaces", "get", "kube-system"),
        *_rights(own, "", "configmaps", "get", name=settings.config),
        *_rights(own, "", "secrets", "get", name=settings.secret),
        *_rights(own, "coordination.k8s.io", "leases", "create", "get", "update", "delete"),
        *_rights(own, "apps", "deployments", "get"),
    ]
    parts = (settings.server, settings.postgres, settings.nats, settings.test_server)
    for namespace in sorted({own, *(part.namespace for part in parts)}):
        rights += _rights(namespace, "", "pods", "list", "watch")
        rights += _rights(namespace, "", "pods/portforward", "get", "create")
    rights += _rights(own, "", "pods/log", "get")
    if settings.changes:
        rights += _rights(own, "apps", "deployments/scale", "patch")
        rights += _rights(own, KEDA, "scaledobjects", "list", "patch", optional=True)
    if settings.pin is Pin.SEGMENTS:
        rights += _rights(own, "apps", "deployments", "patch")
    return tuple(rights)


async def check_rights(api: Api, rights: Iterable[Right]) -> None:
    """Raises `HarnessError` (environment) that names every right that is missing."""
    asked = tuple(rights)
    answers = await asyncio.gather(*(_allowed(api, right) for right in asked))
    missing = [right for right, allowed in zip(asked, answers, strict=True) if not allowed and not right.optional]
    if missing:
        raise HarnessError(
            f"The cluster does not let this user: {'; '.join(map(str, missing))}.",
            "Give it the Role in docs/targets.md, or take a mode that needs less (pin: observe).",
            Exit.ENVIRONMENT,
        )


def roles(rights: Iterable[Right]) -> list[JsonBody]:
    """A Role for each namespace and a ClusterRole, as manifests, with exactly these rights."""
    by_namespace: dict[str | None, dict[tuple[str, str, str], list[str]]] = {}
    for right in rights:
        rules = by_namespace.setdefault(right.namespace, {})
        rules.setdefault((right.group, right.resource, right.name), []).append(right.verb)
    return [_role(namespace, rules) for namespace, rules in by_namespace.items()]


async def _allowed(api: Api, right: Right) -> bool:
    resource, _, sub = right.resource.partition("/")
    attributes = {"group": right.group, "resource": resource, "subresource": sub, "verb": right.verb}
    attributes |= {"namespace": right.namespace or "", "name": right.name}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    answer = await api.create(path_of("authorization.k8s.io/v1", "selfsubjectaccessreviews"), review)
    return bool(answer["status"]["allowed"])


def _rights(
    namespace: str, group: str, resource: str, *verbs: str, name: str = "", optional: bool = False
) -> list[Right]:
    return [Right(namespace, group, resource, verb, name, optional) for verb in verbs]


def _role(namespace: str | None, rules: dict[tuple[str, str, str], list[str]]) -> JsonBody:
    kind = "Role" if namespace else "ClusterRole"
    metadata = {"name": "noetl-harness"} | ({"namespace": namespace} if namespace else {})
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": kind,
        "metadata": metadata,
        "rules": [
            {"apiGroups": [group], "resources": [resource], "verbs": verbs}
            | ({"resourceNames": [name]} if name else {})
            for (group, resource, name), verbs in rules.items()
        ],
    }
