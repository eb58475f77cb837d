"""What the city log is told of a poll (docs/record.md).

A poll's record begins with its opening: what its change log had before is told then. Everything here is public already
or becomes so by opening; neither a password's hash, nor a roll's hashes, nor a secret is among it.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from services.polls.contract.record import CHANGE, ROLL, Fact, fact, opened
from services.polls.domain.poll import Change, Poll


def opening(poll: Poll, at: datetime, before: Iterable[Change]) -> list[Fact]:
    """All that is told when the poll opens, in order; `poll` is frozen, `before` its change log so far."""
    facts = opened(poll.id, at, poll.definition or "", poll.definition_hash or "")
    if poll.roll_commitment is not None:
        facts.append(roll(poll, at))
    return facts + [change(poll.id, one) for one in before]


def roll(poll: Poll, at: datetime) -> Fact:
    """How many the roll has and what it commits to. The number of the upload tells one roll of the poll from another."""
    body = {"size": poll.roll_size, "commitment": poll.roll_commitment}
    return fact(poll.id, f"roll:{poll.roll}", ROLL, at, body)


def change(poll_id: str, one: Change) -> Fact:
    """An entry of the change log."""
    body = asdict(one)
    return fact(poll_id, f"change:{one.number}", CHANGE, body.pop("at"), body)
