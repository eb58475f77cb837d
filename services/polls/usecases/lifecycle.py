"""From a draft to a published result."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from services.common.errors import DomainError, InvalidInput
from services.common.telemetry.logs import get_logger
from services.polls import contract, measures, record
from services.polls.contract import breakdown
from services.polls.contract.ballot_rules import MOST_PROBLEMS
from services.polls.contract.errors import (
    CohortsGone,
    NotCertified,
    PollNotFound,
    PublicationBlocked,
    WrongState,
)
from services.polls.domain.definition import timestamp
from services.polls.domain.poll import (
    CANCELLED,
    CLOSED,
    DESTROYED,
    DRAFT,
    OPEN,
    PUBLISHED,
    SCHEDULED,
    Poll,
    allows,
    without_secret,
)
from services.polls.frozen import freeze, require_unaltered
from services.polls.poll_keys import PollKeys
from services.polls.storage import PollsStore, PollsWriter
from services.polls.usecases import access, views
from services.polls.usecases.access import WireActor
from services.polls.usecases.readiness import readiness_problems

log = get_logger(__name__)


def schedule_poll(
    store: PollsStore,
    *,
    poll_id: str,
    actor: WireActor,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    witnesses: int = 0,
) -> dict[str, Any]:
    """The poll will open by itself. It must be fit to be opened already; times given replace the draft's.

    `witnesses`, here and below: how many the platform asks.
    """
    with store.write() as tx:
        poll = access.operated(tx, poll_id, actor)
        access.require_move(poll, "schedule")
        timed = replace(poll, opens_at=opens_at or poll.opens_at, closes_at=closes_at or poll.closes_at)
        access.refuse(readiness_problems(timed, tx.now(), scheduled=True, witnesses=witnesses))
        saved = tx.save(replace(timed, state=SCHEDULED))
        tx.commit()
    return views.poll_view(saved)


def open_poll(store: PollsStore, *, poll_id: str, actor: WireActor, witnesses: int = 0) -> dict[str, Any]:
    """Opens the poll now, whatever was scheduled, and freezes it."""
    with store.write() as tx:
        poll = access.operated(tx, poll_id, actor)
        access.require_move(poll, "open")
        now = tx.now()
        # Whole seconds are easier to read; rounded down, the window has begun when this is committed.
        opened = _open(tx, replace(poll, opens_at=now.replace(microsecond=0)), now, witnesses)
        tx.commit()
    return views.poll_view(opened)


def _open(tx: PollsWriter, poll: Poll, now: datetime, witnesses: int) -> Poll:
    """Freezes the poll's canonical definition. Raises `InvalidInput` for a poll that is not fit to be opened."""
    access.refuse(readiness_problems(poll, now, scheduled=False, witnesses=witnesses))
    opened = replace(freeze(_committed(tx, poll)), state=OPEN, opened_at=now)
    tx.record(record.opening(opened, now, tx.changes(poll.id)))
    logged = tx.log(
        opened,
        now,
        "opened",
        new={"definition_hash": opened.definition_hash, "closes_at": timestamp(poll.closes_at)},
    )
    tx.emit(contract.POLL_OPENED, poll)
    measures.opened.inc()
    return tx.save(logged)


def _committed(tx: PollsWriter, poll: Poll) -> Poll:
    """With the commitment of a roll that was put in place by a program that did not make one yet."""
    if poll.roll is None or poll.roll_commitment is not None:
        return poll
    return replace(poll, roll_commitment=tx.roll.commitment(poll.roll))


def close_poll(store: PollsStore, *, poll_id: str, actor: WireActor) -> dict[str, Any]:
    """Ends voting now."""
    with store.write() as tx:
        poll = access.operated(tx, poll_id, actor)
        access.require_move(poll, "close")
        closed = _close(tx, poll, tx.now())
        tx.commit()
    return views.poll_view(closed)


def _close(tx: PollsWriter, poll: Poll, now: datetime) -> Poll:
    """A window that has not run out is cut short: the log shows both times."""
    closes_at = min(poll.closes_at or now, now)
    closed = replace(poll, state=CLOSED, closes_at=closes_at, closed_at=now)
    logged = tx.log(closed, now, "closed", old=timestamp(poll.closes_at), new=timestamp(closes_at))
    tx.emit(contract.POLL_CLOSED, poll)
    measures.closed.inc()
    return tx.save(logged)


def cancel_poll(store: PollsStore, *, poll_id: str, actor: WireActor) -> dict[str, Any]:
    """Calls the poll off: it is never opened, or takes no more ballots, and its result is never published."""
    with store.write() as tx:
        poll = access.operated(tx, poll_id, actor)
        access.require_move(poll, "cancel")
        logged = tx.log(poll, tx.now(), "cancelled", old=poll.state)
        cancelled = tx.save(without_secret(replace(logged, state=CANCELLED)))
        tx.commit()
    store.database.truncate_journal()
    return views.poll_view(cancelled)


def publish_poll(store: PollsStore, *, poll_id: str, actor: WireActor) -> dict[str, Any]:
    """Releases the result. Only a certified one: the recount has agreed with the live counters."""
    with store.write() as tx:
        poll = access.operated(tx, poll_id, actor)
        access.require_move(poll, "publish")
        if poll.certified is None:
            raise NotCertified
        if not poll.certified:
            raise PublicationBlocked
        published = tx.save(replace(tx.log(poll, tx.now(), "published"), state=PUBLISHED))
        tx.emit(contract.POLL_PUBLISHED, poll)
        tx.commit()
    return views.poll_view(published)


def note_certified(store: PollsStore, *, event_id: str, poll_id: str, agreed: bool) -> None:
    """Remembers how the recount of a poll went; with an agreement the pass secret is destroyed.

    A disagreement stays until a later recount agrees, and is told loudly. A poll whose time is over and that is still open
    here is closed first: whoever ended its log looked at the clock a moment before `close_due`. One whose time is not over is
    left as it is, for nobody but an operator ends it before.
    """
    with store.write() as tx:
        if not tx.first_time(event_id, "note_certified"):
            return
        poll = _if_there(tx, poll_id)
        if poll is not None and is_due_to_close(poll, tx.now()):
            poll = _close(tx, poll, tx.now())
        if poll is not None and poll.state in (CLOSED, PUBLISHED) and poll.certified != agreed:
            logged = replace(
                tx.log(poll, tx.now(), "certified", old=poll.certified, new=agreed), certified=agreed
            )
            tx.save(without_secret(logged) if agreed else logged)
        tx.commit()
    if agreed:
        store.database.truncate_journal()
    else:
        measures.recounts_differing.inc()
        log.error("a recount differs from the live counters: publication is blocked", poll_id=poll_id)


def note_discarded(
    store: PollsStore, *, event_id: str, poll_id: str, count: int, reason: str, discarded_at: datetime
) -> None:
    """Tells everyone that ballots of this poll could not be handled and were given up, how many and why."""
    with store.write() as tx:
        if not tx.first_time(event_id, "note_discarded"):
            return
        poll = _if_there(tx, poll_id)
        if poll is not None:
            new = {"count": count}
            tx.save(tx.log(poll, discarded_at, "dead_letter_discarded", new=new, reason=reason))
        tx.commit()
    log.warning("ballots were given up", poll_id=poll_id, count=count)


def _if_there(tx: PollsWriter, poll_id: str) -> Poll | None:
    try:
        return tx.get(poll_id)
    except PollNotFound:
        return None


def move_due(store: PollsStore, witnesses: int = 0) -> None:
    """Opens what is due to open and closes what is due to close. Any number of processes may do this at once."""
    with store.read() as reader:
        to_open, to_close = reader.due(reader.now())
    for poll_id in to_open:
        _safely(partial(open_due, witnesses=witnesses), store, poll_id)
    for poll_id in to_close:
        _safely(close_due, store, poll_id)


def _safely(step: Callable[[PollsStore, str], None], store: PollsStore, poll_id: str) -> None:
    """One poll's trouble is no other's."""
    try:
        step(store, poll_id)
    except DomainError as error:
        log.warning("a poll could not be moved; tried again", poll_id=poll_id, code=error.code)


def open_due(store: PollsStore, poll_id: str, witnesses: int = 0) -> None:
    """Opens a scheduled poll. One that is no longer fit goes back to being a draft, and its log says why."""
    with store.write() as tx:
        poll, now = tx.get(poll_id), tx.now()
        if poll.state != SCHEDULED or poll.opens_at is None or poll.opens_at > now:
            return
        try:
            _open(tx, poll, now, witnesses)
        except InvalidInput as unfit:
            logged = tx.log(poll, now, "opening_failed", new=unfit.errors[:MOST_PROBLEMS])
            tx.save(replace(logged, state=DRAFT))
            log.error("a scheduled poll could not open and is a draft again", poll_id=poll_id)
        tx.commit()


def close_due(store: PollsStore, poll_id: str) -> None:
    with store.write() as tx:
        poll, now = tx.get(poll_id), tx.now()
        if is_due_to_close(poll, now):
            _close(tx, poll, now)
            tx.commit()


def is_due_to_close(poll: Poll, now: datetime) -> bool:
    return allows(poll.state, "close") and poll.closes_at is not None and poll.closes_at <= now


def get_cohort_cells(store: PollsStore, *, poll_id: str, keys: PollKeys) -> dict[str, Any]:
    """Which cohort tag stands for which cell, for as long as the poll's secret exists and only once nobody votes.

    Raises `WrongState` before the poll has closed, `CohortsGone` after it is certified or cancelled.
    """
    with store.read() as reader:
        poll = reader.get(poll_id)
    if poll.definition is None:
        raise PollNotFound
    if poll.state not in (CLOSED, PUBLISHED, CANCELLED):
        raise WrongState(state=poll.state)
    if poll.secret == DESTROYED:
        raise CohortsGone
    by = (require_unaltered(poll).breakdown or {}).get("by", [])
    secret = keys.pass_secret(poll.id, poll.secret)
    cells = breakdown.cells_of(by) if by else ()
    return {"cells": [{"cohort": breakdown.cohort_tag(secret, cell), "cell": cell} for cell in cells]}


def get_definition(store: PollsStore, *, poll_id: str) -> dict[str, Any]:
    """The frozen definition. A poll that never opened has none. Raises `Unavailable` for one that was altered since."""
    with store.read() as reader:
        poll = reader.get(poll_id)
    if poll.definition is None:
        raise PollNotFound
    return views.definition_view(require_unaltered(poll))
