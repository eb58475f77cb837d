"""The document that is frozen, hashed and published when a poll opens."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from services.polls.domain.poll import Poll

VERSION = 1
_AS_THEY_ARE = [
    "id",
    "kind",
    "organization",
    "title",
    "purpose",
    "reference_url",
    "image",
    "language",
    "results",
    "identity",
    "revoting",
    "witnesses",
]


def definition(poll: Poll, eligibility: Mapping[str, Any], roll_size: int | None) -> dict[str, Any]:
    """`eligibility` is the public form. `roll_size`: how many may vote, if only a voter roll admits.

    The closing time and the notice are not part of it: they may change later, through the change log.
    """
    document = {name: getattr(poll, name) for name in _AS_THEY_ARE}
    if poll.breakdown is not None:
        document["breakdown"] = poll.breakdown
    questions = [dict(question) for question in poll.questions]
    return document | {
        "v": VERSION,
        "opens_at": timestamp(poll.opens_at),
        "eligibility": dict(eligibility),
        "questions": questions,
        "roll_size": roll_size,
    }


def timestamp(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC with `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
