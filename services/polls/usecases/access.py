"""Getting a poll for somebody, or the right refusal."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.common.errors import InvalidInput
from services.polls.contract.errors import NotAllowed, PollFrozen, PollNotFound, WrongState
from services.polls.contract.kinds import Problem
from services.polls.domain.access import Actor, may_operate, may_see
from services.polls.domain.poll import Poll, allows
from services.polls.storage import PollsReader

WireActor = Mapping[str, Any] | None


def visible(reader: PollsReader, poll_id: str, actor: WireActor) -> Poll:
    """The poll, if the actor may see it; a hidden draft looks like no poll at all."""
    poll = reader.get(poll_id)
    if not may_see(Actor.load(actor), poll):
        raise PollNotFound
    return poll


def operated(reader: PollsReader, poll_id: str, actor: WireActor) -> Poll:
    """The poll, if the actor may run it."""
    poll = visible(reader, poll_id, actor)
    if not may_operate(Actor.load(actor), poll.organization):
        raise NotAllowed
    return poll


def unfrozen(reader: PollsReader, poll_id: str, actor: WireActor, *fields: str) -> Poll:
    """The poll, if the actor may run it and it has not opened yet."""
    poll = operated(reader, poll_id, actor)
    if poll.frozen:
        raise PollFrozen(fields=list(fields))
    return poll


def require_move(poll: Poll, move: str) -> None:
    if not allows(poll.state, move):
        raise WrongState(state=poll.state)


def refuse(problems: Iterable[Problem]) -> None:
    """Raises `InvalidInput` when there is any problem; pointers are those of the poll."""
    errors = [{"pointer": p.pointer, "code": p.code, "params": p.params} for p in problems]
    if errors:
        raise InvalidInput(errors)
