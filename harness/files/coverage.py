"""Which tool kinds and features the cases reach together, how those cases end, and what a pool has that none uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.files.features import Feature, features, tool_kinds
from harness.files.yaml import parse_yaml
from harness.model.pool import PoolSpec
from harness.model.suite import Case, Terminal


@dataclass(frozen=True, slots=True)
class Coverage:
    """`cells` count cases by (tool kind, feature, how the reference ends). `missing` are, by pool, the kinds that its
    registry has and no case uses."""

    cells: Mapping[tuple[str, Feature, Terminal], int]
    kinds: tuple[str, ...]
    missing: Mapping[str, tuple[str, ...]]

    def unreached(self) -> tuple[tuple[str, Feature], ...]:
        """Pairs of a kind that is used and a feature that no case uses together with it."""
        return tuple(
            (kind, feature)
            for kind in self.kinds
            for feature in Feature
            if not any(self.cells.get((kind, feature, end)) for end in Terminal)
        )


def coverage(cases: Sequence[Case], pools: Sequence[PoolSpec]) -> Coverage:
    """Count over playbooks and their sub-playbooks. A case counts once in a cell."""
    cells: Counter[tuple[str, Feature, Terminal]] = Counter()
    used: set[str] = set()
    for case in cases:
        if case.expect is None:
            continue
        documents = [parse_yaml(text, case.file).value for text in (case.source, *(text for _, text in case.requires))]
        kinds = frozenset().union(*map(tool_kinds, documents))
        used |= kinds
        for kind in kinds:
            for feature in frozenset().union(*map(features, documents)):
                cells[kind, feature, case.expect] += 1
    missing = {pool.id: tuple(sorted(pool.behaviour.tools - used)) for pool in pools if pool.behaviour is not None}
    return Coverage(dict(cells), tuple(sorted(used)), missing)
