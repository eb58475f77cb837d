"""Why a ballot is not recorded, for voters who were answered 202 before anybody had looked at it.

Kept are poll, ballot id, code and time: nothing that leads to a voter or a choice.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from services.ballots.domain import Refusal
from services.ballots.storage import RefusalBook

AGE = timedelta(minutes=30)
"""Longer than a gateway calls an accepted ballot pending."""
MOST = 100_000
_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
_POLL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def keep(book: RefusalBook, items: Sequence[Any], outcomes: Sequence[dict[str, Any]]) -> None:
    """Keeps the refused ones of these casts before anybody is answered. Raises `Unavailable`; then all come again."""
    found = [
        Refusal(item["poll_id"], item["ballot_id"], str(outcome["error"]["code"]))
        for item, outcome in zip(items, outcomes, strict=True)
        if "error" in outcome and is_named(item)
    ]
    if found:
        book.keep(found)


def is_named(item: Any) -> bool:
    """Whether the item says which ballot of which poll it is."""
    return (
        isinstance(item, dict) and _fits(_ID, item.get("ballot_id")) and _fits(_POLL_ID, item.get("poll_id"))
    )


def _fits(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def forget(book: RefusalBook) -> int:
    """What nobody asks for any more; how many."""
    return book.forget(AGE, MOST)
