"""The detector against histories whose labels it had no hand in."""

from __future__ import annotations

import pytest
from zombie_histories import SEED, histories, score, table

from harness.model.finding import Edge


def test_there_are_enough_histories_of_each_kind() -> None:
    labels = [one.label for one in histories()]
    assert len(labels) >= 200
    assert all(labels.count(edge) >= 8 for edge in Edge)
    assert labels.count(None) >= 100


@pytest.mark.parametrize("seed", [SEED, 1, 2, 3])
def test_who_is_called_a_zombie_is_one_and_of_the_right_kind(seed: int) -> None:
    """Recall is less: a command that hangs in a live worker, or in one whose death nobody noticed yet, can not be told
    from a slow one."""
    found = score(seed)
    print(table(found))
    assert found.precision >= 0.99, table(found)
    assert found.right_class >= 0.95, table(found)
    assert found.recall >= 0.85, table(found)
