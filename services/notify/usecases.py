"""One function an operation; sending itself is in `sending.py`."""

from collections.abc import Sequence
from typing import Any

from services.common.errors import InvalidInput
from services.notify import domain, phones
from services.notify.addresses import Addresses
from services.notify.contract import OutboxDisabled
from services.notify.directory import Directory, address_of
from services.notify.domain import NewMessage
from services.notify.storage.dev_outbox import DevOutbox
from services.notify.storage.queue import Queue
from services.notify.storage.wishes import Wishes

CHUNK = 5_000


def subscribe(wishes: Wishes, person_id: str, poll_id: str) -> dict[str, Any]:
    """The person wants to hear when the result is published."""
    wishes.subscribe(person_id, poll_id)
    return {"subscribed": True}


def unsubscribe(wishes: Wishes, person_id: str, poll_id: str) -> dict[str, Any]:
    """The person no longer wants to hear of it."""
    wishes.unsubscribe(person_id, poll_id)
    return {"subscribed": False}


def get_subscription(wishes: Wishes, person_id: str, poll_id: str) -> dict[str, Any]:
    """Whether that wish stands."""
    return {"subscribed": wishes.is_subscribed(person_id, poll_id)}


def get_preferences(wishes: Wishes, person_id: str) -> dict[str, Any]:
    """Whether the person wants no messages."""
    return {"person_id": person_id, "opt_out": wishes.has_opted_out(person_id)}


def set_preferences(
    wishes: Wishes, directory: Directory, addresses: Addresses, *, person_id: str, opt_out: bool
) -> dict[str, Any]:
    """Remembers it for the person and for the phone, by which invitations go. Raises `Unavailable`."""
    if opt_out:
        to = address_of(directory.addresses([person_id]).get(person_id))
        wishes.set_opt_out(person_id, addresses.hash(to) if to else None)
    else:
        wishes.clear_opt_out(person_id)
    return {"person_id": person_id, "opt_out": opt_out}


def queue_code(queue: Queue, challenge_id: str) -> str:
    """Queues a challenge's code, once however often it is asked for; the message's key. Nothing secret is stored."""
    key = domain.code_key(challenge_id)
    queue.enqueue([NewMessage(domain.CODE, key, challenge_id=challenge_id)])
    return key


def queue_announcements(queue: Queue, wishes: Wishes, poll_id: str) -> int:
    """Queues one announcement a subscriber; repeated, it adds nothing. Returns how many are new."""
    prefix, added, after = domain.announcement_prefix(poll_id), 0, ""
    while chunk := wishes.subscribers(poll_id, after, CHUNK):
        after = chunk[-1]
        added += len(
            queue.enqueue(
                [
                    NewMessage(domain.ANNOUNCEMENT, prefix + person, poll_id=poll_id, person_id=person)
                    for person in chunk
                ]
            )
        )
    return added


def send_invitations(
    queue: Queue,
    wishes: Wishes,
    addresses: Addresses,
    *,
    region: str,
    poll_id: str,
    job_id: str,
    numbers: Sequence[str],
    language: str,
) -> dict[str, int]:
    """Queues one invitation a phone and poll. Raises `InvalidInput` for what is no phone, and then queues none."""
    hashes = {addresses.hash(phone): phone for phone in _normalised(numbers, region)}
    opted_out = wishes.opted_out_hashes(hashes)
    wanted = {
        key: NewMessage(
            domain.INVITATION,
            key,
            language=language,
            poll_id=poll_id,
            recipient_hash=recipient,
            address=addresses.seal(phone, key),
            job_id=job_id,
        )
        for recipient, phone in hashes.items()
        if recipient not in opted_out and (key := domain.invitation_key(poll_id, recipient))
    }
    added = queue.enqueue(list(wanted.values()))
    queued = len(queue.keys_of_job(poll_id, job_id, wanted) | added)
    repeated = len(numbers) - len(opted_out) - queued
    return {"queued": queued, "repeated": repeated, "opted_out": len(opted_out)}


def _normalised(numbers: Sequence[str], region: str) -> list[str]:
    found = [phones.normalised(number, region) for number in numbers]
    wrong = [n for n, phone in enumerate(found) if phone is None]
    if wrong:
        raise InvalidInput({"pointer": f"/phones/{n}", "code": "invalid_phone", "params": {}} for n in wrong)
    return [phone for phone in found if phone]


def get_delivery_report(queue: Queue, poll_id: str) -> dict[str, Any]:
    """Counts by kind and state."""
    return {"counts": queue.report(poll_id)}


def list_outbox(
    outbox: DevOutbox, *, environment: str, region: str, to: str | None, limit: int
) -> dict[str, Any]:
    """The newest messages of the development outbox; raises `OutboxDisabled` anywhere else."""
    if environment != "dev":
        raise OutboxDisabled
    wanted = to.strip() if to else None
    # A "+" that nobody escaped arrives as a space.
    known = wanted and (phones.normalised(wanted, region) or phones.normalised(f"+{wanted}", region))
    return {"items": outbox.list_outbox(known or wanted, limit)}
