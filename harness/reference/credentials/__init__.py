"""How workers turn the name of a credential into what their tools need.

`resolve` and `deserialize_check` are the Rust worker's, release by release; `harness.reference.credentials.python` is
what the Python worker does. Lookups are injected: nothing here opens a connection.
"""

from __future__ import annotations

from harness.reference.credentials.answers import (
    AliasError,
    Answer,
    ErrorKind,
    Found,
    HttpFailure,
    Lookup,
    Missing,
    Resolution,
    Secrets,
    TransportFailure,
)
from harness.reference.credentials.config import deserialize_check
from harness.reference.credentials.releases import RELEASES
from harness.reference.credentials.rust import resolve

__all__ = [
    "RELEASES",
    "AliasError",
    "Answer",
    "ErrorKind",
    "Found",
    "HttpFailure",
    "Lookup",
    "Missing",
    "Resolution",
    "Secrets",
    "TransportFailure",
    "deserialize_check",
    "resolve",
]
