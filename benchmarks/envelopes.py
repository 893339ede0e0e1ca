"""Two sets of envelopes of 1 MB each, compared by the harness and by deepdiff with the same rules."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

from deepdiff import DeepDiff

from benchmarks.measure import Row, cpu
from harness.files.rules import load_rules
from harness.judge.compare import differences
from harness.judge.normalise import Rule, normalise_both
from harness.judge.paths import parts, pointer

SIZE = 1_000_000
CHANGES = 100
AIM = 30.0

Steps = tuple[str | int, ...]


def rows() -> Iterator[Row]:
    """How many times faster than deepdiff, and which share of the true differences each finds."""
    random.seed(1)
    rules = load_rules()
    left = list(_envelopes())
    right, true = _changed(left)
    ours, found = cpu(lambda: _ours(left, right, rules))
    theirs, found_by_deepdiff = cpu(lambda: _theirs(left, right, rules))
    megabytes = len(json.dumps(left)) / 1e6
    what = f"two envelope sets of {megabytes:.1f} MB"
    yield Row(
        what, f"{ours:.3f} s, deepdiff {theirs:.2f} s: {theirs / ours:.0f} x", f"{AIM:.0f} x", theirs / ours / AIM
    )
    share = len(found & true) / len(true)
    surplus = len(found - true)
    yield Row(
        f"  {len(true)} differences in them",
        f"{len(found & true)} found, {surplus} false; deepdiff {len(found_by_deepdiff & true)}, "
        f"{len(found_by_deepdiff - true)} false",
        "all, none false",
        share if not surplus else 0.0,
    )


def _ours(left: list[Any], right: list[Any], rules: tuple[Rule, ...]) -> set[str]:
    return {
        pointer(number, *one.path)
        for number, (mine, other) in enumerate(zip(left, right, strict=True))
        for one in differences(*normalise_both(mine, other, "python", rules))
    }


def _theirs(left: list[Any], right: list[Any], rules: tuple[Rule, ...]) -> set[str]:
    skipped = [rf"\['{rule.path.segments[-1].key}'\]" for rule in rules if rule.tool in (None, "python")]
    found = DeepDiff(left, right, exclude_regex_paths=skipped, view="tree")
    return {pointer(*one.path(output_format="list")) for ones in found.values() for one in ones}


def _envelopes() -> Iterator[Any]:
    size = 0
    while size < SIZE:
        envelope = {
            "execution_id": str(random.randrange(10**18)),
            "duration_ms": random.random(),
            "rows": [
                {"id": n, "name": _word(), "amount": random.random(), "tags": [_word(), _word()], "none": None}
                for n in range(20)
            ],
            "meta": {"page": random.randrange(9), "next": {"token": _word(), "more": random.random() < 0.5}},
            "text": " ".join(_word() for _ in range(20)),
        }
        size += len(json.dumps(envelope))
        yield envelope


def _word() -> str:
    return "".join(random.choices("abcdefghij", k=8))


def _changed(left: list[Any]) -> tuple[list[Any], set[str]]:
    """A copy in which every id is another, and some places have another value, type or key; and their pointers."""
    right = copy.deepcopy(left)
    for envelope in right:
        envelope["execution_id"] = str(random.randrange(10**18))
        envelope["duration_ms"] = random.random()
    true: set[str] = set()
    for number in random.sample(range(len(right)), min(CHANGES, len(right))):
        row = random.randrange(20)
        kind = random.choice(["value", "type", "missing", "extra", "deep"])
        item = right[number]["rows"][row]
        place: Steps = (number, "rows", row)
        match kind:
            case "value":
                item["amount"] += 1e-12
                place = (*place, "amount")
            case "type":
                item["id"] = float(item["id"])
                place = (*place, "id")
            case "missing":
                del item["none"]
                place = (*place, "none")
            case "extra":
                item["more"] = None
                place = (*place, "more")
            case _:
                right[number]["meta"]["next"]["more"] ^= True
                place = (number, "meta", "next", "more")
        true.add(pointer(*place))
    assert all(parts(one) for one in true)
    return right, true
