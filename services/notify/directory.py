"""What notify asks of other services while it sends: where to, and about what."""

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from services.common.contract import Call
from services.identity import contract as identity
from services.polls import contract as polls

CHUNK = 1_000
"""People asked for in one call."""


class Bus(Protocol):
    """The part of the bus client that is used here."""

    def call(self, call: Call, /, **arguments: Any) -> Any:
        """The answer; raises the call's errors, `Unavailable` or `InternalError`."""


class Directory:
    """Every method raises `Unavailable` when the owner does not answer in time."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def delivery(self, challenge_id: str) -> Mapping[str, Any] | None:
        """Where and what to send for a sign-in challenge; nothing when there is no such challenge any more."""
        try:
            delivery: dict[str, Any] = self._bus.call(identity.GET_DELIVERY, challenge_id=challenge_id)
        except identity.PersonNotFound:
            return None
        return delivery if delivery["phone"] and delivery["code"] else None

    def addresses(self, person_ids: Collection[str]) -> Mapping[str, Mapping[str, str]]:
        """`{person_id: {"phone" or "email", "language"}}` of those who still exist."""
        wanted = list(person_ids)
        found: dict[str, Mapping[str, str]] = {}
        for start in range(0, len(wanted), CHUNK):
            answer = self._bus.call(identity.GET_ADDRESSES, person_ids=wanted[start : start + CHUNK])
            found.update(answer["addresses"])
        return found

    def poll(self, poll_id: str) -> Mapping[str, Any] | None:
        """What anyone may see of the poll; nothing when there is none or it is a draft."""
        try:
            poll: dict[str, Any] = self._bus.call(polls.GET_POLL, poll_id=poll_id, actor=None)
        except polls.PollNotFound:
            return None
        return poll


def address_of(entry: Mapping[str, str] | None) -> str | None:
    """Where a person can be reached: by phone, else by mail."""
    return (entry.get("phone") or entry.get("email")) if entry else None
