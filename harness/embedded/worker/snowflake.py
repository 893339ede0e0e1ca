"""Ids that a Rust worker gives its events; the Python control plane makes its own (spec: noetl-rust 2.3)."""

from __future__ import annotations

import os

_EPOCH_MS = 1_704_067_200_000
"""2024-01-01, `NOETL_SNOWFLAKE_EPOCH_MS`."""


class Snowflake:
    """`milliseconds << 22 | node << 12 | sequence`: 41, 10 and 12 bits. The node follows from the process."""

    def __init__(self) -> None:
        self._node = os.getpid() & 0x3FF
        self._last = (0, 0)

    def next(self, now_ms: int) -> int:
        """An id above all before it."""
        moment, sequence = self._last
        self._last = (now_ms, 0) if now_ms > moment else (moment, sequence + 1)
        moment, sequence = self._last
        return (moment - _EPOCH_MS) << 22 | self._node << 12 | (sequence & 0xFFF)
