"""The kinds of object that this API has."""

from __future__ import annotations

from dataclasses import dataclass

ALL = ("create", "delete", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind and how it is addressed. `subresources` maps a name to the verbs that it knows."""

    group: str
    version: str
    plural: str
    name: str
    namespaced: bool = True
    short: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL
    subresources: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """Name, kind and verbs of each."""

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


_SCALE = ("scale", "Scale", ("get", "patch", "update"))
_REVIEW = ("create",)

KINDS = (
    Kind("", "v1", "namespaces", "Namespace", namespaced=False, short=("ns",)),
    Kind("", "v1", "nodes", "Node", namespaced=False, short=("no",)),
    Kind(
        "",
        "v1",
        "pods",
        "Pod",
        short=("po",),
        subresources=(("log", "Pod", ("get",)), ("portforward", "PodPortForwardOptions", ("create", "get"))),
    ),
    Kind("", "v1", "services", "Service", short=("svc",)),
    Kind("", "v1", "secrets", "Secret"),
    Kind("", "v1", "configmaps", "ConfigMap", short=("cm",)),
    Kind("", "v1", "events", "Event", short=("ev",)),
    Kind("apps", "v1", "deployments", "Deployment", short=("deploy",), subresources=(_SCALE,)),
    Kind("apps", "v1", "statefulsets", "StatefulSet", short=("sts",), subresources=(_SCALE,)),
    Kind("coordination.k8s.io", "v1", "leases", "Lease"),
    Kind("keda.sh", "v1alpha1", "scaledobjects", "ScaledObject", short=("so",)),
    Kind(
        "authorization.k8s.io",
        "v1",
        "selfsubjectaccessreviews",
        "SelfSubjectAccessReview",
        namespaced=False,
        verbs=_REVIEW,
    ),
)


def kind_of(group: str, version: str, plural: str) -> Kind | None:
    """The kind behind a URL, if there is one."""
    wanted = (group, version, plural)
    return next((kind for kind in KINDS if (kind.group, kind.version, kind.plural) == wanted), None)


def named(name: str) -> Kind:
    """The kind of that name."""
    return next(kind for kind in KINDS if kind.name == name)
