"""What a service does with its dead letters when an administrator asks."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import Any

from prometheus_client import Gauge

from services.common.bus import dead_letters
from services.common.bus.dead_letters import InHand
from services.common.bus.letters import About, DeadLetter
from services.common.database import Transaction
from services.common.ids import format_utc
from services.common.operations.book import DiscardBook, Discarded, enter
from services.common.operations.contract import ADMIN, LettersInHand, NotAdministrator, QueueNotFound
from services.common.telemetry.logs import get_logger

WAITING = Gauge("dead_letters", "Dead letters that wait for a person's decision", ["queue"])

log = get_logger(__name__)

Actor = Mapping[str, Any] | None
Announce = Callable[[Transaction, Sequence[DeadLetter], str, datetime], None]
"""Tells, within the transaction that keeps the reason, those whom the discarded letters concern."""


def nobody_is_concerned(
    _tx: Transaction, _letters: Sequence[DeadLetter], _reason: str, _moment: datetime
) -> None:
    """For queues whose letters concern nobody but the service itself."""


def nothing_is_told(_body: bytes) -> Mapping[str, int]:
    """For bodies that name nothing public."""
    return {}


class DeadLetterDesk:
    """The dead letters of the queues that one service takes messages from."""

    def __init__(
        self,
        uri: str,
        sources: Collection[str],
        book: DiscardBook,
        about: About = nothing_is_told,
        announce: Announce = nobody_is_concerned,
    ) -> None:
        self._uri, self.sources, self._book = uri, tuple(sources), book
        self._about, self._announce = about, announce

    def listing(self, actor: Actor) -> dict[str, Any]:
        """Every queue, its letters, and what was discarded lately.  Raises ``NotAdministrator``, ``Unavailable``."""
        require_admin(actor)
        queues: list[dict[str, Any]] = []
        items: list[dict[str, Any]] = []
        for queue, number in self.count().items():
            found = self._letters(queue)
            queues.append({"queue": queue, "count": max(number, len(found or ())), "busy": found is None})
            going = self._book.unfinished(queue) if found else ()
            items += [letter_view(letter, letter.id in going) for letter in found or ()]
        return {"queues": queues, "items": items, "discarded": [*map(discarded_view, self._book.latest())]}

    def replay(self, actor: Actor, queue: str, ids: Sequence[str]) -> dict[str, Any]:
        """Sends these letters to their handler again, but for those that are being discarded."""
        require_admin(actor)
        self._require_own(queue)
        chosen = set(ids) - self._book.unfinished(queue)
        done = self._in_hand(lambda: dead_letters.replay(self._uri, queue, chosen))
        log.warning("dead letters replayed", queue=queue, count=len(done))
        return handled_view(ids, done)

    def discard(self, actor: Actor, queue: str, ids: Sequence[str], reason: str) -> dict[str, Any]:
        """Removes these letters; the reason is kept first, and told to those whom they concern."""
        by = require_admin(actor)
        self._require_own(queue)

        def keep(letters: Sequence[DeadLetter]) -> None:
            with self._book.write() as tx:
                moment, new = enter(tx, queue, letters, reason, by)
                if new:
                    self._announce(tx, new, reason, moment)
                tx.commit()

        done = self._remove(queue, set(ids), keep)
        log.warning("dead letters discarded", queue=queue, count=len(done))
        return handled_view(ids, done)

    def count(self) -> dict[str, int]:
        """Letters of each queue but those in somebody's hand.  Raises ``Unavailable``."""
        return dead_letters.count(self._uri, self.sources)

    def watch(self) -> None:
        """Tells how many wait, and finishes what a crash left half done: letters whose reason is kept go."""
        counts = self.count()
        for queue, number in counts.items():
            WAITING.labels(queue).set(number)
        for queue in set(self._book.unfinished_queues()) & set(self.sources):
            with suppress(LettersInHand):
                going = self._book.unfinished(queue)
                self._remove(queue, going, lambda _letters: None)
                if counts[queue] < dead_letters.MOST_LETTERS:
                    self._book.finish(queue, going)

    def _remove(self, queue: str, ids: Collection[str], keep: dead_letters.Keep) -> list[DeadLetter]:
        done = self._in_hand(lambda: dead_letters.discard(self._uri, queue, ids, keep, self._about))
        self._book.finish(queue, [letter.id for letter in done])
        return done

    def _letters(self, queue: str) -> list[DeadLetter] | None:
        """Nothing when somebody else has them in hand."""
        try:
            return dead_letters.inspect(self._uri, queue, self._about)
        except InHand:
            return None

    def _in_hand(self, work: Callable[[], list[DeadLetter]]) -> list[DeadLetter]:
        try:
            return work()
        except InHand:
            raise LettersInHand(retry_after=int(dead_letters.PATIENCE)) from None

    def _require_own(self, queue: str) -> None:
        if queue not in self.sources:
            raise QueueNotFound


def require_admin(actor: Actor) -> str:
    """The person's id.  Raises ``NotAdministrator``."""
    if actor is None or ADMIN not in actor["roles"]:
        raise NotAdministrator
    return str(actor["person_id"])


def letter_view(letter: DeadLetter, discarding: bool) -> dict[str, Any]:
    """``DeadLetterSchema``."""
    view = asdict(letter)
    died_at = format_utc(letter.died_at) if letter.died_at else None
    return {**view, "queue": view.pop("source"), "died_at": died_at, "discarding": discarding}


def discarded_view(one: Discarded) -> dict[str, Any]:
    """``DiscardedSchema``."""
    view = asdict(one)
    return {**view, "id": view.pop("letter_id"), "discarded_at": format_utc(one.discarded_at)}


def handled_view(ids: Sequence[str], done: Sequence[DeadLetter]) -> dict[str, Any]:
    """``HandledSchema``."""
    gone = {letter.id for letter in done}
    return {
        "done": [each for each in ids if each in gone],
        "left": [each for each in ids if each not in gone],
    }
