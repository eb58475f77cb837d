"""Writing polls, and reading them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.common.ids import new_id
from services.polls import eligibility
from services.polls.contract.errors import NotAllowed, PollFrozen, PollNotFound
from services.polls.contract.kinds import Problem
from services.polls.domain.access import Actor, may_operate
from services.polls.domain.definition import timestamp
from services.polls.domain.poll import SCHEDULED, Poll, frozen_fields
from services.polls.frozen import require_unaltered
from services.polls.poll_keys import PollKeys
from services.polls.storage import PollsStore, PollsWriter
from services.polls.storage.listing import ListQuery
from services.polls.usecases import access, views
from services.polls.usecases.access import WireActor
from services.polls.usecases.readiness import readiness_problems

Secure = Callable[[Mapping[str, Any], Mapping[str, Any] | None], dict[str, Any]]
"""Makes the private form of an eligibility tree; hashing a password takes a while."""


def create_poll(
    store: PollsStore,
    *,
    draft: Mapping[str, Any],
    actor: WireActor,
    keys: PollKeys,
    poll_id: str | None = None,
    secure: Secure = eligibility.secure,
) -> dict[str, Any]:
    """A new draft of the organisation that the draft names. With a `poll_id` that was used before: that poll."""
    if not may_operate(Actor.load(actor), draft["organization"]):
        raise NotAllowed
    access.refuse(_rule_problems(draft))
    private = secure(draft["eligibility"], None)
    with store.write() as tx:
        poll = _added(tx, _new_poll({**draft, "eligibility": private}, tx.now(), keys, poll_id), actor)
        tx.commit()
    return views.poll_view(poll)


def _added(tx: PollsWriter, poll: Poll, actor: WireActor) -> Poll:
    """The poll, or the one that has its id already: the call is sent again."""
    if tx.add(poll):
        return poll
    try:
        return access.operated(tx, poll.id, actor)
    except PollNotFound:
        raise NotAllowed from None


def _new_poll(fields: Mapping[str, Any], now: datetime, keys: PollKeys, chosen_id: str | None) -> Poll:
    poll_id = chosen_id or new_id()
    return Poll(
        id=poll_id,
        created_at=now,
        updated_at=now,
        secret=keys.new_pass_secret(poll_id),
        roll_secret=keys.new_roll_secret(poll_id),
        **fields,
    )


def _rule_problems(fields: Mapping[str, Any]) -> list[Problem]:
    return eligibility.check_form(fields["eligibility"], "/eligibility") if "eligibility" in fields else []


def update_poll(
    store: PollsStore,
    *,
    poll_id: str,
    patch: Mapping[str, Any],
    actor: WireActor,
    secure: Secure = eligibility.secure,
    witnesses: int = 0,
) -> dict[str, Any]:
    """Changes what may be changed in the poll's state; after opening each change goes into the change log.

    `witnesses`: how many the platform asks.
    """
    access.refuse(_rule_problems(patch))
    with store.read() as reader:
        before = access.operated(reader, poll_id, actor)
    if "eligibility" in patch and not before.frozen:
        patch = {**patch, "eligibility": secure(patch["eligibility"], before.eligibility)}
    with store.write() as tx:
        poll = access.operated(tx, poll_id, actor)
        _require_changeable(poll, patch)
        saved = tx.save(_patched(tx, poll, patch, witnesses))
        tx.commit()
    return views.poll_view(saved)


def _require_changeable(poll: Poll, patch: Mapping[str, Any]) -> None:
    frozen = frozen_fields(poll.state, patch)
    if frozen:
        raise PollFrozen(fields=frozen)


def _patched(tx: PollsWriter, poll: Poll, patch: Mapping[str, Any], witnesses: int) -> Poll:
    changed = replace(poll, **patch)
    now = tx.now()
    if poll.frozen:
        return _logged(tx, poll, changed, patch, now)
    if poll.state == SCHEDULED:
        access.refuse(readiness_problems(changed, now, scheduled=True, witnesses=witnesses))
    return changed


def _logged(tx: PollsWriter, poll: Poll, changed: Poll, patch: Mapping[str, Any], now: datetime) -> Poll:
    if "closes_at" in patch and (changed.closes_at is None or changed.closes_at <= now):
        code = "required" if changed.closes_at is None else "not_in_future"
        access.refuse([Problem("/closes_at", code)])
    for name in sorted(patch):
        old, new = _json(getattr(poll, name)), _json(getattr(changed, name))
        if old != new:
            changed = tx.log(changed, now, name, old=old, new=new)
    return changed


def _json(value: Any) -> Any:
    return timestamp(value) if isinstance(value, datetime) else value


def delete_poll(store: PollsStore, *, poll_id: str, actor: WireActor) -> None:
    """Only what never opened can be deleted, so never a poll with a ballot."""
    with store.write() as tx:
        poll = access.operated(tx, poll_id, actor)
        access.require_move(poll, "delete")
        tx.delete(poll)
        tx.commit()


_COPIED = "organization title kind purpose reference_url image results identity eligibility revoting witnesses language breakdown questions"


def copy_poll(
    store: PollsStore, *, poll_id: str, actor: WireActor, keys: PollKeys, new_id: str | None = None
) -> dict[str, Any]:
    """A new draft of the same organisation with the same content; without times, notice and voter roll."""
    with store.write() as tx:
        poll = access.operated(tx, poll_id, actor)
        fields = {name: getattr(poll, name) for name in _COPIED.split()}
        copy = _added(tx, _new_poll(fields, tx.now(), keys, new_id), actor)
        tx.commit()
    return views.poll_view(copy)


def get_poll(store: PollsStore, *, poll_id: str, actor: WireActor) -> dict[str, Any]:
    with store.read() as reader:
        return views.poll_view(require_unaltered(access.visible(reader, poll_id, actor)))


def list_polls(store: PollsStore, *, actor: WireActor, mine: bool = False, **query: Any) -> dict[str, Any]:
    """Public polls; `mine`: those of the actor's organisations (an administrator's: of all), drafts included."""
    asker = Actor.load(actor)
    every_draft = mine and asker.admin
    wanted = ListQuery(
        organizations=asker.operated if mine and not asker.admin else None, all_drafts=every_draft, **query
    )
    with store.read() as reader:
        page = reader.page(wanted)
    return {"items": [views.summary_view(poll) for poll in page.polls], "next": page.next}


def list_changes(store: PollsStore, *, poll_id: str, actor: WireActor) -> dict[str, Any]:
    """The change log, which anyone can see who can see the poll."""
    with store.read() as reader:
        access.visible(reader, poll_id, actor)
        return {"items": [views.change_view(change) for change in reader.changes(poll_id)]}
