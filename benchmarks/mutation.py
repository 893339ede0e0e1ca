"""Which share of the mistakes that mutmut made in the judging core failed a test. The exit code is 1 below the aim."""

from __future__ import annotations

import json
import sys
from pathlib import Path

AIM = 0.9
_STATS = Path("mutants/mutmut-cicd-stats.json")


def main() -> int:
    """Read what `mutmut export-cicd-stats` wrote. A mutant that runs for ever was noticed; one that no test reaches, or
    that was not tried, was not."""
    stats = json.loads(_STATS.read_text())
    noticed, made = stats["killed"] + stats["timeout"], stats["total"] - stats["skipped"]
    share = noticed / made if made else 0.0
    print(f"{noticed} of {made} mutants failed a test: {share:.1%}, the aim is {AIM:.0%}")
    return 0 if share >= AIM else 1


if __name__ == "__main__":
    sys.exit(main())
