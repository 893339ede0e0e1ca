"""What a real cluster's controllers do: pods follow their deployments, KEDA follows its own mind.

Everything happens at once and in order, so that a test sees what it asks for.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from api_server.environment import environment
from api_server.kinds import Kind, named
from api_server.objects import Body, Objects, merged, now

PAUSED = "autoscaling.keda.sh/paused-replicas"
CLUSTER_ID = "11111111-2222-4333-8444-555555555555"

POD, DEPLOYMENT, STATEFUL_SET = named("Pod"), named("Deployment"), named("StatefulSet")
WORKLOADS = (DEPLOYMENT, STATEFUL_SET)


class Running(Protocol):
    """What runs in a container. `ports` maps its ports to ports of 127.0.0.1."""

    @property
    def ports(self) -> Mapping[int, int]: ...

    def stop(self) -> None: ...


class Program(Protocol):
    """What a deployment's containers run. It writes its log through `container.say`."""

    def start(self, pod: str, environment: Mapping[str, str], container: Container) -> Running: ...


class Nothing:
    """A program that does nothing, and that listens where the test says."""

    def __init__(self, ports: Mapping[int, int] | None = None) -> None:
        self.ports = dict(ports or {})

    def start(self, pod: str, environment: Mapping[str, str], container: Container) -> Running:
        return self

    def stop(self) -> None:
        return


@dataclass(slots=True)
class Container:
    """One container from start to end, and what it has said."""

    started: str = field(default_factory=now)
    lines: list[tuple[datetime, str]] = field(default_factory=list)
    ended: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)
    running: Running = field(default_factory=lambda: Nothing())

    def say(self, *lines: str, at: datetime | None = None) -> None:
        self.lines += [(at or datetime.now(UTC), line) for line in lines]
        self._ring()

    def end(self) -> None:
        self.running.stop()
        self.ended = True
        self._ring()

    def rotate(self, keep: int) -> None:
        """All but the last `keep` lines are gone, as when a log file has been rotated."""
        del self.lines[: len(self.lines) - keep]

    def _ring(self) -> None:
        self.news.set()
        self.news = asyncio.Event()


class Cluster:
    """The objects, and the pods that belong to them."""

    def __init__(self) -> None:
        self.objects = Objects()
        self.programs: dict[str, Program] = {}
        """What the containers of a deployment run, by its name; nothing where there is no entry."""
        self._containers: dict[tuple[str, str], dict[str, list[Container]]] = {}
        self._names = itertools.count(1)
        self.stubborn: set[str] = set()
        """Deployments whose pods do not go when they are told to."""
        self.deaf: set[str] = set()
        """Deployments whose pods take no connection."""
        self.create("Namespace", None, "kube-system")
        self._set_cluster_id(CLUSTER_ID)

    def create(self, kind: str, namespace: str | None, name: str, **fields: Any) -> Body:
        """An object. `labels` and `annotations` go into its metadata."""
        metadata = {"name": name} | {part: fields.pop(part) for part in ("labels", "annotations") if part in fields}
        return self.objects.create(named(kind), namespace, {"metadata": metadata, **fields})

    def deploy(
        self,
        namespace: str,
        name: str,
        program: Program | None = None,
        *,
        kind: str = "Deployment",
        labels: Mapping[str, str] | None = None,
        replicas: int = 1,
        image: str = "localhost/noetl:dev",
        ports: tuple[int, ...] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """A deployment with its pods; its label `app` is its name."""
        own = {"app": name, **(labels or {})}
        container = {
            "name": name,
            "image": image,
            "env": [{"name": key, "value": value} for key, value in (environment or {}).items()],
            "ports": [{"containerPort": port} for port in ports],
        }
        template = {"metadata": {"labels": own}, "spec": {"containers": [container]}}
        spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
        self.programs[name] = program or Nothing()
        self.objects.create(named(kind), namespace, {"metadata": {"name": name, "labels": own}, "spec": spec})
        self.reconcile()

    def autoscale(self, namespace: str, name: str, target: str, *, minimum: int = 1) -> None:
        """A ScaledObject: KEDA brings `target` back to `minimum` unless it is paused."""
        spec = {"scaleTargetRef": {"name": target}, "minReplicaCount": minimum}
        self.create("ScaledObject", namespace, name, spec=spec)

    def reconcile(self) -> None:
        """Let every controller act until none has anything to do."""
        self._autoscale()
        for kind in WORKLOADS:
            for workload in self.objects.list(kind):
                self._fit(kind, workload)

    def pods(self, app: str) -> list[str]:
        """Names of the pods of a deployment."""
        return [pod["metadata"]["name"] for pod in self.objects.list(POD, selector=f"app={app}")]

    def containers(self, namespace: str, pod: str) -> Mapping[str, list[Container]]:
        """What each container of a pod has been, in order; the last one is the current one."""
        self.objects.get(POD, namespace, pod)
        return self._containers[namespace, pod]

    def restart(self, namespace: str, pod: str, *, reason: str = "Error", code: int = 1) -> None:
        """The first container ends and another one takes its place, in the same pod."""
        body = self.objects.get(POD, namespace, pod)
        spec, status = body["spec"]["containers"][0], body["status"]["containerStatuses"][0]
        containers = self._containers[namespace, pod][spec["name"]]
        containers[-1].end()
        terminated = {"reason": reason, "exitCode": code, "finishedAt": now(), "startedAt": containers[-1].started}
        containers.append(self._start(body["metadata"], spec))
        status |= {"restartCount": status["restartCount"] + 1, "lastState": {"terminated": terminated}}
        status["state"] = {"running": {"startedAt": containers[-1].started}}
        self.objects.replace(POD, namespace, body)

    def evict(self, namespace: str, pod: str) -> None:
        """The pod goes; its deployment makes another one."""
        self._delete(namespace, pod)
        self.reconcile()

    def port(self, namespace: str, pod: str, port: int) -> int | None:
        """Where 127.0.0.1 has the pod's port."""
        app = self.objects.get(POD, namespace, pod)["metadata"]["labels"]["app"]
        running = [one.running.ports for one in self._current(namespace, pod)]
        return next((ports[port] for ports in running if port in ports and app not in self.deaf), None)

    def stop(self) -> None:
        """End whatever runs."""
        for namespace, pod in self._containers:
            self._end(namespace, pod)

    def replicas(self, name: str) -> int:
        """What a deployment is told to have."""
        found = [body for kind in WORKLOADS for body in self.objects.list(kind) if body["metadata"]["name"] == name]
        return int(found[0]["spec"]["replicas"])

    def move(self, identity: str) -> None:
        """From now on this is another cluster."""
        self._set_cluster_id(identity)

    def _set_cluster_id(self, identity: str) -> None:
        body = self.objects.get(named("Namespace"), None, "kube-system")
        body["metadata"]["uid"] = identity
        self.objects.replace(named("Namespace"), None, body)

    def _autoscale(self) -> None:
        for scaler in self.objects.list(named("ScaledObject")):
            metadata, spec = scaler["metadata"], scaler["spec"]
            target = self.objects.get(DEPLOYMENT, metadata["namespace"], spec["scaleTargetRef"]["name"])
            paused = (metadata.get("annotations") or {}).get(PAUSED)
            wanted = max(target["spec"]["replicas"], spec["minReplicaCount"]) if paused is None else int(paused)
            if wanted != target["spec"]["replicas"]:
                target["spec"]["replicas"] = wanted
                self.objects.replace(DEPLOYMENT, metadata["namespace"], target)

    def _fit(self, kind: Kind, workload: Body) -> None:
        metadata, spec = workload["metadata"], workload["spec"]
        namespace, name = metadata["namespace"], metadata["name"]
        fresh, stale = [], []
        for pod in self.objects.list(POD, namespace, f"app={name}"):
            (fresh if _made_from(pod, spec["template"]) else stale).append(pod["metadata"]["name"])
        for pod in () if name in self.stubborn else (*stale, *fresh[spec["replicas"] :]):
            self._delete(namespace, pod)
        for _ in range(spec["replicas"] - len(fresh)):
            self._create(namespace, name, spec["template"])
        count = spec["replicas"]
        status = {f"{word}Replicas": count for word in ("ready", "available", "updated")}
        status |= {"replicas": count, "observedGeneration": metadata["generation"]}
        if workload.get("status") != status:
            self.objects.replace(kind, namespace, workload | {"status": status})

    def _create(self, namespace: str, owner: str, template: Body) -> None:
        name = f"{owner}-{next(self._names):05x}"
        body = merged(template, {"metadata": {"name": name}, "spec": {"nodeName": "node"}})
        body = self.objects.create(POD, namespace, body)
        started = {spec["name"]: self._start(body["metadata"], spec) for spec in template["spec"]["containers"]}
        self._containers[namespace, name] = {part: [container] for part, container in started.items()}
        statuses = [_status(spec, started[spec["name"]]) for spec in template["spec"]["containers"]]
        conditions = [{"type": "Ready", "status": "True"}]
        body["status"] = {"phase": "Running", "conditions": conditions, "containerStatuses": statuses}
        self.objects.replace(POD, namespace, body)

    def _start(self, pod: Body, spec: Body) -> Container:
        program, container = self.programs.get(pod["labels"]["app"], Nothing()), Container()
        container.running = program.start(pod["name"], environment(self.objects, pod, spec), container)
        return container

    def _current(self, namespace: str, pod: str) -> list[Container]:
        return [containers[-1] for containers in self._containers[namespace, pod].values()]

    def _end(self, namespace: str, pod: str) -> None:
        for container in self._current(namespace, pod):
            container.end()

    def _delete(self, namespace: str, pod: str) -> None:
        self._end(namespace, pod)
        self.objects.delete(POD, namespace, pod)


def _status(spec: Body, container: Container) -> Body:
    return {
        "name": spec["name"],
        "image": spec["image"],
        "imageID": f"{spec['image']}@sha256:{'a' * 64}",
        "ready": True,
        "restartCount": 0,
        "state": {"running": {"startedAt": container.started}},
        "lastState": {},
    }


def _made_from(pod: Body, template: Body) -> bool:
    return bool(pod["spec"]["containers"] == template["spec"]["containers"])
