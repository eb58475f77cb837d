"""Casts that could not be handled and are given up: whose polls hear of it."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

import orjson

from services.ballots import contract
from services.common.bus.letters import DeadLetter
from services.common.database import Transaction
from services.common.outbox import emit


def polls_of(body: bytes, known: Callable[[Collection[str]], set[str]]) -> Mapping[str, int]:
    """How many casts of which polls this message holds, as far as it can be read; only polls that are `known`.

    Whatever else stands there as a poll's id may be anything and is not repeated.
    """
    try:
        message = orjson.loads(body)
    except ValueError:
        return {}
    items = message.get("items") if isinstance(message, dict) else None
    named = Counter(
        item["poll_id"]
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict) and isinstance(item.get("poll_id"), str)
    )
    real = known(list(named)[:1000])
    return {poll_id: count for poll_id, count in named.items() if poll_id in real}


def announce(tx: Transaction, letters: Sequence[DeadLetter], reason: str, moment: datetime) -> None:
    """One event for each poll that loses ballots; it leaves with the transaction that keeps the reason."""
    lost: Counter[str] = Counter()
    for letter in letters:
        if letter.source == contract.CAST.queue:
            lost.update(letter.about)
    for poll_id, count in sorted(lost.items()):
        told = {"poll_id": poll_id, "count": count, "reason": reason, "discarded_at": moment}
        emit(tx, contract.DEAD_LETTERS_DISCARDED, told)
