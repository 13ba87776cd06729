"""Identifiers that grow with time (RFC 9562, 5.7), so that an index of them grows at its end."""

from __future__ import annotations

import os
import sys
import threading
import time
from uuid import UUID

if sys.version_info >= (3, 14):
    from uuid import uuid7 as uuid7
else:
    _COUNTER_BITS = 42

    class _Generator:
        """Counts up within a millisecond (RFC 9562, 6.2, method 1), as Python 3.14 does."""

        def __init__(self) -> None:
            self.lock = threading.Lock()
            self.milliseconds = 0
            self.counter = 0

        def next(self) -> tuple[int, int]:
            with self.lock:
                now = time.time_ns() // 1_000_000
                if now > self.milliseconds:
                    self.milliseconds = now
                    # The highest bit is left for counting.
                    self.counter = int.from_bytes(os.urandom(6)) >> 7
                else:  # also when the clock was set back
                    self.counter += 1
                    if self.counter >> _COUNTER_BITS:
                        self.milliseconds += 1
                        self.counter = 0
                return self.milliseconds, self.counter

    _generator = _Generator()

    def _renew() -> None:
        global _generator  # noqa: PLW0603
        _generator = _Generator()

    # Another thread may have held the lock when the process was forked.
    os.register_at_fork(after_in_child=_renew)

    def uuid7() -> UUID:
        """Return a UUID of version 7, greater than those that the process has made before."""
        milliseconds, counter = _generator.next()
        tail = int.from_bytes(os.urandom(4))
        value = (milliseconds & (1 << 48) - 1) << 80
        value |= 7 << 76 | (counter >> 30) << 64
        value |= 0b10 << 62 | (counter & (1 << 30) - 1) << 32 | tail
        return UUID(int=value)
