"""The intake queue as voters and workers may meet it: it can lose, repeat and reorder, and keeps what it has confirmed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Sent(Enum):
    """What becomes of a message on its way in, and what its senders hear."""

    LOST = "lost"
    """Never arrived: 503."""
    UNCONFIRMED = "unconfirmed"
    """Arrived, and its confirm did not come back: 503."""
    PENDING = "pending"
    """Confirmed, and nobody waits for its answer: 202."""
    AWAITED = "awaited"
    """Confirmed; its senders wait and hear the answer, or 202 when there is none."""


class Fate(Enum):
    """What becomes of the worker that has messages in hand."""

    DONE = "done"
    BEFORE_COMMIT = "ends before its commit"
    BEFORE_REPLY = "ends after the commit"
    BEFORE_ACK = "ends after the answers"


Answer = Callable[[dict[str, Any], dict[str, Any]], None]


@dataclass
class Message:
    items: list[dict[str, Any]]
    awaited: bool


class Bus:
    """`answered(item, outcome)` is told what a sender hears who still waits, `judge(item, outcome)` what any would hear."""

    def __init__(self, answered: Answer, judge: Answer) -> None:
        self.queue: list[Message] = []
        self.dead: list[dict[str, Any]] = []
        self._answered, self._judge = answered, judge

    def send(self, items: Iterable[dict[str, Any]], sent: Sent) -> None:
        if sent is not Sent.LOST:
            self.queue.append(Message(list(items), sent is Sent.AWAITED))

    def deliver(
        self,
        places: Iterable[int],
        work: Callable[[list[dict[str, Any]], Fate], list[dict[str, Any]] | None],
        fate: Fate,
    ) -> list[dict[str, Any]]:
        """Messages at these places, in this order, joined for one worker; the items that it acknowledged.

        `work` gives the outcomes, or nothing when the worker ended before its commit.
        """
        taken = [self.queue[place] for place in places]
        outcomes = work([item for message in taken for item in message.items], fate)
        if outcomes is None:
            return []
        for item, outcome in zip(
            (item for message in taken for item in message.items), outcomes, strict=True
        ):
            self._judge(item, outcome)
        if fate is Fate.BEFORE_REPLY:
            return []
        left = iter(outcomes)
        for message in taken:
            for item in message.items:
                outcome = next(left)
                if message.awaited:
                    self._answered(item, outcome)
            message.awaited = False
        if fate is Fate.BEFORE_ACK:
            return []
        self.queue = [message for message in self.queue if not any(message is one for one in taken)]
        return [item for message in taken for item in message.items]

    def give_up_waiting(self) -> list[dict[str, Any]]:
        """Deadlines pass; the items whose senders hear 202 now."""
        late = [message for message in self.queue if message.awaited]
        for message in late:
            message.awaited = False
        return [item for message in late for item in message.items]

    def holds(self, ballot_id: str) -> bool:
        """Whether it is in the queue or among the dead letters."""
        items = [*self.dead, *(item for message in self.queue for item in message.items)]
        return any(item["ballot_id"] == ballot_id for item in items)
