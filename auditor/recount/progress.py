"""Progress for whoever waits."""

import sys
import time
from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Is told how many leaves of how many are done."""


class Said:
    """Progress on stderr, a few times a second."""

    def __init__(self) -> None:
        self._next = time.monotonic() + 0.5
        self._shown = False

    def __call__(self, done: int, size: int) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next, self._shown = now + 0.3, True
            sys.stderr.write(f"\r{done:,} / {size:,}")
            sys.stderr.flush()

    def end(self) -> None:
        if self._shown:
            sys.stderr.write("\r\033[K" if sys.stderr.isatty() else "\n")
