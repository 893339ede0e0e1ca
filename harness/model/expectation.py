"""A difference that is on record: known, printed as such, and not unexpected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Expectation:
    """Excuses one fingerprint of one case, for the pools and versions that it names, until it expires.

    `runtime` is that of the candidate; `versions` is a comma-separated list of bounds, `>=5.10.0,<5.15.1`, all of which
    must hold (empty: any). `source` is where the difference is on record. `expires` is the last day on which it holds.
    """

    case_id: str
    fingerprint: str
    runtime: str
    versions: str
    reason: str
    source: str
    owner: str
    expires: date
    file: str
