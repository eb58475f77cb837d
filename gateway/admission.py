"""How many ballots may be under way at a time: beyond that a voter hears at once to come back, rather than late.

What is measured is what the gateway itself sees: how many casts it has handed on that are not answered yet, and how long
those took that have been answered, by whatever cause: passes, broker, workers, database or this process itself.  The limit
grows while casts are quick and shrinks when they are late: additive increase, multiplicative decrease
(Chiu and Jain 1989), as TCP does.  Each gateway finds its own limit; they need not know of each other.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Gauge

from gateway.errors import TryAgain

LEAST = 256
"""Casts that are always admitted together, one message full: who is idle never refuses."""
MOST = 4096
RESUME = 0.8
"""Who refuses goes on with it until the casts under way are down to this share of the limit."""
SHRINK = 0.8
GROWTH = 8.0
"""Casts by which the limit grows while as many as it holds are answered in time, but not quickly."""
QUICK = 0.5
"""The share of the target below which each answer makes the limit grow by one."""
RETRY_AFTER = (2, 6)
"""Seconds, at random between the two, so that those who are sent away do not come back together."""

REFUSALS = Counter("admission_refusals_total", "Casts refused at once, before any of it was done", ["reason"])
LIMIT = Gauge("admission_limit_casts", "Casts that may be under way at a time")
UNDER_WAY = Gauge("admission_under_way_casts", "Casts handed on and not answered")


class Bar:
    """Is down from the moment that so many are inside until they are clearly fewer, so that it does not flutter."""

    def __init__(self) -> None:
        self._down = False

    def is_down(self, inside: int, limit: float) -> bool:
        self._down = inside >= (limit * RESUME if self._down else limit)
        return self._down


class Admission:
    """`target`: seconds that a cast may take; when one takes longer, fewer are admitted."""

    def __init__(self, target: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._target, self._clock = target, clock
        self._shrunk_at = float("-inf")
        self._before_services, self._at_door = Bar(), Bar()
        self.inside = 0
        """Casts that were let in at the door and are not answered: those under way, and those that are only read yet."""
        self.limit = float(MOST)
        self.under_way = 0
        LIMIT.set_function(lambda: self.limit)
        UNDER_WAY.set_function(lambda: self.under_way)

    def check(self, broker_ready: bool) -> None:
        """Raises TryAgain when a cast would have to wait for too long, or the broker takes nothing at all."""
        if not broker_ready:
            refuse("no_broker")
        if self._before_services.is_down(self.under_way, self.limit):
            refuse("busy")

    def turns_away(self, broker_ready: bool) -> bool:
        """Whether one more cast would be refused; counts a refusal. Asked at the door, before anything is done for it."""
        full = self._at_door.is_down(max(self.inside, self.under_way), self.limit)
        if broker_ready and not full:
            return False
        REFUSALS.labels("busy" if broker_ready else "no_broker").inc()
        return True

    @contextmanager
    def cast(self) -> Iterator[None]:
        """Around a cast's way through the services, however it ends."""
        start = self._clock()
        self.under_way += 1
        try:
            yield
        finally:
            self._learn(start)
            self.under_way -= 1

    def _learn(self, start: float) -> None:
        """A late cast shrinks the limit only if it began after the last time: the others had the old one."""
        now = self._clock()
        took = now - start
        if took > self._target:
            if start >= self._shrunk_at:
                self.limit, self._shrunk_at = max(LEAST, self.limit * SHRINK), now
        elif self.under_way > self.limit / 2:
            step = 1.0 if took < self._target * QUICK else GROWTH / self.limit
            self.limit = min(MOST, self.limit + step)


def refuse(reason: str) -> None:
    """Raises TryAgain and counts it."""
    REFUSALS.labels(reason).inc()
    raise TryAgain(retry_after=random.randint(*RETRY_AFTER))  # noqa: S311 - not a secret
