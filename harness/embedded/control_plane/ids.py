"""Snowflake ids, made in the one process that owns a lane's database."""

from __future__ import annotations

import time
from collections.abc import Callable

_EPOCH_MS = 1_704_067_200_000
_SHARD = 1 << 18
_SEQUENCES = 1 << 18


class Snowflakes:
    """`((ms - 1704067200000) << 23) | (1 << 18) | seq` (spec: noetl-python 5.4).

    Unlike NoETL's own, these are strictly increasing within the process: the sequence starts anew each millisecond and
    the clock never goes back.
    """

    def __init__(self, now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._now_ms = now_ms
        self._last_ms = 0
        self._sequence = 0

    def next(self) -> int:
        """A new id, greater than every id before it."""
        now = self._now_ms()
        if now > self._last_ms:
            self._last_ms, self._sequence = now, 0
        else:
            self._sequence += 1
            if self._sequence == _SEQUENCES:
                self._last_ms, self._sequence = self._last_ms + 1, 0
        return ((self._last_ms - _EPOCH_MS) << 23) | _SHARD | self._sequence
