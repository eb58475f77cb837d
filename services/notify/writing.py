"""From a claimed message to a letter: whose address, which words. Asks the owners of both only now."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.common.crypto import Undecryptable
from services.common.errors import InternalError, Unavailable
from services.notify import domain
from services.notify.addresses import Addresses
from services.notify.directory import Directory, address_of
from services.notify.domain import Claimed, Message
from services.notify.texts import Texts

_OWNER_AWAY: Mapping[str, timedelta] = {
    domain.CODE: timedelta(seconds=1),
    domain.INVITATION: timedelta(seconds=10),
    domain.ANNOUNCEMENT: timedelta(seconds=10),
}
_STILL_TO_VOTE = ("scheduled", "open")
_PUBLISHED = "published"


@dataclass(frozen=True)
class Letter:
    """A claimed message with its words and address."""

    claimed: Claimed
    message: Message


@dataclass(frozen=True)
class GiveUp:
    """There is nothing to send, and never will be."""

    reason: str


@dataclass(frozen=True)
class Later:
    """An owner of what is needed did not answer; the message has not been tried."""

    pause: timedelta


Outcome = Letter | GiveUp | Later


@dataclass(frozen=True)
class Desk:
    """What lies ready for one batch: each owner was asked once for all of it. A missing poll or person is absent."""

    addresses: Addresses
    texts: Texts
    now: datetime
    polls: Mapping[str, Mapping[str, Any] | None]
    people: Mapping[str, Mapping[str, str]]


def write(
    directory: Directory, addresses: Addresses, texts: Texts, now: datetime, claimed: Collection[Claimed]
) -> Iterable[tuple[Claimed, Outcome]]:
    """What is to be done with each message."""
    bulk = [each for each in claimed if each.kind != domain.CODE]
    for each in claimed:
        if each.kind == domain.CODE:
            yield each, _code(directory, texts, now, each)
    if not bulk:
        return
    try:
        desk = _lay_out(directory, addresses, texts, now, bulk)
    except (Unavailable, InternalError):
        yield from ((each, Later(_OWNER_AWAY[each.kind])) for each in bulk)
        return
    for each in bulk:
        yield each, _invitation(desk, each) if each.kind == domain.INVITATION else _announcement(desk, each)


def _lay_out(
    directory: Directory, addresses: Addresses, texts: Texts, now: datetime, bulk: Collection[Claimed]
) -> Desk:
    polls = {poll_id: directory.poll(poll_id) for poll_id in {each.poll_id for each in bulk if each.poll_id}}
    people = {each.person_id for each in bulk if each.person_id}
    return Desk(addresses, texts, now, polls, directory.addresses(people) if people else {})


def _code(directory: Directory, texts: Texts, now: datetime, claimed: Claimed) -> Outcome:
    try:
        delivery = directory.delivery(claimed.challenge_id or "")
    except (Unavailable, InternalError):
        return Later(_OWNER_AWAY[domain.CODE])
    if delivery is None:
        return GiveUp("expired")
    return Letter(claimed, texts.code(delivery, claimed.challenge_id or "", now))


def _invitation(desk: Desk, claimed: Claimed) -> Outcome:
    poll = desk.polls.get(claimed.poll_id or "")
    if poll is None or poll["state"] not in _STILL_TO_VOTE:
        return GiveUp("poll_not_open")
    try:
        to = desk.addresses.unseal(claimed.address or "", claimed.key)
    except Undecryptable:
        return GiveUp("undecryptable")
    return Letter(claimed, desk.texts.invitation(to, claimed.language, poll["id"], poll["title"]))


def _announcement(desk: Desk, claimed: Claimed) -> Outcome:
    """Only of what the poll's owner itself calls published: the event was a hint."""
    poll = desk.polls.get(claimed.poll_id or "")
    if poll is None or poll["state"] != _PUBLISHED:
        return GiveUp("not_published")
    person = desk.people.get(claimed.person_id or "")
    to = address_of(person)
    if person is None or to is None:
        return GiveUp("no_address")
    return Letter(claimed, desk.texts.announcement(to, person.get("language"), poll["id"], poll["title"]))
