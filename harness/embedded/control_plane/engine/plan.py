"""Where a playbook forks and joins: static facts that go into the meta of commands (spec: noetl-python 1.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.embedded.control_plane.engine.playbook import Playbook

_PLANNER_VERSION = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """`reducers`: each step with two or more upstream steps, and those. `forks`: each inclusive router with two or more
    targets, and the first joins that can be reached from them. All in the order of the workflow."""

    reducers: Mapping[str, tuple[str, ...]]
    forks: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, playbook: Playbook) -> Plan:
        order = {step.step: place for place, step in enumerate(playbook.workflow)}
        targets = {
            step.step: tuple(
                dict.fromkeys(arc.step.strip() for arc in (step.next.arcs if step.next else ()) if arc.step in order)
            )
            for step in playbook.workflow
        }
        upstream = {name: tuple(source for source in order if name in targets[source]) for name in order}
        reducers = {name: sources for name, sources in upstream.items() if len(sources) > 1}
        forks = {
            step.step: tuple(sorted(_first_joins(targets, reducers, targets[step.step]), key=order.__getitem__))
            for step in playbook.workflow
            if step.next and step.next.mode == "inclusive" and len(targets[step.step]) > 1
        }
        return cls(reducers=reducers, forks=forks)

    def fork_meta(self, source: str, target: str, issued_targets: Sequence[str]) -> dict[str, Any]:
        """`fanout_reduce` of a command for `target`, where `source` really issued two or more of its targets."""
        if len(issued_targets) < 2 or source not in self.forks:
            return {}
        return {
            "fanout_reduce": {
                "planner_version": _PLANNER_VERSION,
                "fanout_step": source,
                "fanout_targets": list(issued_targets),
                "target_step": target,
                "target_index": issued_targets.index(target),
                "reduce_steps": list(self.forks[source]),
            }
        }

    def reducer_meta(self, source: str, target: str) -> dict[str, Any]:
        """`planner_reducer` of a command for the join `target`."""
        if target not in self.reducers:
            return {}
        return {
            "planner_reducer": {
                "planner_version": _PLANNER_VERSION,
                "reducer_step": target,
                "upstream_steps": list(self.reducers[target]),
                "source_step": source,
            }
        }


def _first_joins(
    targets: Mapping[str, tuple[str, ...]], reducers: Mapping[str, tuple[str, ...]], roots: tuple[str, ...]
) -> set[str]:
    found: set[str] = set()
    seen: set[str] = set()
    waiting = list(roots)
    while waiting:
        step = waiting.pop()
        if step in seen:
            continue
        seen.add(step)
        if step in reducers:
            found.add(step)
        else:
            waiting.extend(targets[step])
    return found
