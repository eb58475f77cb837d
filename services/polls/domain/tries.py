"""How often one voter may guess a poll's password."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil


@dataclass(frozen=True, slots=True)
class TryLimits:
    """After `most` wrong guesses a voter waits `pause` seconds; then, or after a right one, counting starts anew."""

    most: int = 5
    pause: float = 900.0


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong guesses so far, and when they are forgotten."""

    count: int = 0
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of one guess: `tries` is what to remember; `retry_after` is set when it is refused unheard."""

    tries: Tries
    tries_left: int
    retry_after: int | None = None


def guess(tries: Tries, right: bool | None, now: datetime, limits: TryLimits) -> Counted:
    """Counts one guess. `right` None: not known yet; it counts as wrong until it has proved right.

    A voter who is pausing is refused whatever the guess, else the pause would tell right from wrong.
    """
    current = Tries() if tries.until is None or tries.until <= now else tries
    if current.count >= limits.most and current.until is not None:
        return Counted(current, 0, max(1, ceil((current.until - now).total_seconds())))
    if right:
        return Counted(Tries(), limits.most)
    count = current.count + 1
    return Counted(Tries(count, now + timedelta(seconds=limits.pause)), limits.most - count)
