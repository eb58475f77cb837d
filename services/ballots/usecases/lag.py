"""How far the log is behind intake, in ballots and in seconds.

Times of recording are stored by the minute only, so the seconds are measured here: at each look it is noted how many
ballots will have a place once all of now's have one; the lag is the age of the oldest such note that is not reached yet.
"""

import time
from collections import deque
from collections.abc import Callable

from prometheus_client import Gauge

ENTRIES = Gauge("sequencer_lag_entries", "Recorded ballots that have no place in a log yet")
SECONDS = Gauge("sequencer_lag_seconds", "How long ago the oldest ballot without a place was seen first")
MOST_NOTES = 10_000


class Lag:
    """The two gauges and what they need to remember."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._notes: deque[tuple[float, int]] = deque()

    def look(self, waiting: int, placed: int) -> None:
        """`waiting` ballots have no place and `placed` have one, in all logs together, whoever placed them."""
        ENTRIES.set(waiting)
        while self._notes and self._notes[0][1] <= placed:
            self._notes.popleft()
        now = self._clock()
        newest = self._notes[-1][1] if self._notes else placed
        if waiting + placed > newest and len(self._notes) < MOST_NOTES:
            self._notes.append((now, waiting + placed))
        SECONDS.set(now - self._notes[0][0] if self._notes else 0.0)
