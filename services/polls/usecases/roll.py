"""Voter rolls (선거인명부): uploaded in chunks, put in place at once, asked about for invitations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from services.polls import measures
from services.polls.contract.errors import TooManyRows, WrongState
from services.polls.contract.kinds import Problem
from services.polls.domain.poll import OPEN, SCHEDULED, Poll
from services.polls.domain.roll import (
    LISTED_LINES,
    READY,
    DuplicateLine,
    Hashed,
    RejectedLine,
    RollRow,
    RollUpload,
    first_of_each,
    roll_hash,
    sort_out,
)
from services.polls.poll_keys import PollKeys
from services.polls.storage import PollsStore, PollsWriter
from services.polls.usecases import access, views
from services.polls.usecases.access import WireActor

TagPhones = Callable[[Sequence[str]], Sequence[str | None]]
"""Identity's tags of phones, in order; nothing for what is no phone number. Raises `Unavailable`."""


@dataclass(frozen=True, slots=True)
class RollTools:
    """What taking in a roll needs besides a store. `most_rows`: a roll has no more, usable or not."""

    keys: PollKeys
    tag_phones: TagPhones
    most_rows: int


ABANDONED_AFTER = timedelta(days=1)
SWEPT_AT_ONCE = 5_000


def begin_roll(
    store: PollsStore, *, poll_id: str, upload_id: str, total: int | None, actor: WireActor, tools: RollTools
) -> dict[str, Any]:
    """Starts an upload; the roll in use stays until it is committed. The same `upload_id` again goes on with it."""
    if total is not None and total > tools.most_rows:
        access.refuse([Problem("/total", "range", {"max": tools.most_rows})])
    with store.write() as tx:
        poll = access.unfrozen(tx, poll_id, actor, "roll")
        current = tx.roll.newest(poll_id)
        if current is None or current.upload_id != upload_id:
            tx.roll.begin(poll_id, upload_id, total, tx.now())
        upload = tx.roll.upload(poll.id, upload_id)
        tx.commit()
    return views.roll_view(upload)


def add_roll_rows(
    store: PollsStore,
    *,
    poll_id: str,
    upload_id: str,
    first: int,
    rows: Sequence[Mapping[str, Any]],
    actor: WireActor,
    tools: RollTools,
) -> dict[str, Any]:
    """Takes in the next rows. A chunk that was taken in before changes nothing; a gap is refused."""
    with store.read() as reader:
        poll = access.unfrozen(reader, poll_id, actor, "roll")
        upload = reader.roll.upload(poll_id, upload_id)
    if _applied(upload, first, len(rows), tools.most_rows):
        return views.roll_view(upload)
    read = [RollRow(row["line"], row["phone"], row.get("reason")) for row in rows]
    # Identity is asked outside the transaction, so that nobody waits for a lock meanwhile.
    usable, rejected = _hashed(poll, read, tools)
    with store.write() as tx:
        access.unfrozen(tx, poll_id, actor, "roll")
        upload = tx.roll.upload(poll_id, upload_id)
        if not _applied(upload, first, len(rows), tools.most_rows):
            upload = _take_in(tx, upload, len(rows), usable, rejected)
            tx.commit()
    return views.roll_view(upload)


def _applied(upload: RollUpload, first: int, size: int, most_rows: int) -> bool:
    """Whether these rows were taken in before."""
    if upload.state == READY or first + size <= upload.rows:
        return True
    if first != upload.rows:
        access.refuse([Problem("/first", "rows_missing", {"expected": upload.rows})])
    if first + size > most_rows:
        raise TooManyRows(limit=most_rows)
    return False


def _hashed(poll: Poll, rows: Sequence[RollRow], tools: RollTools) -> tuple[list[Hashed], list[RejectedLine]]:
    secret = tools.keys.roll_secret(poll.id, poll.roll_secret)
    return sort_out(rows, tools.tag_phones([row.phone for row in rows]), secret)


def _take_in(
    tx: PollsWriter, upload: RollUpload, size: int, usable: Sequence[Hashed], rejected: Sequence[RejectedLine]
) -> RollUpload:
    lines, repeated_here = first_of_each(usable)
    repeated_before = tx.roll.add_rows(upload.number, lines)
    earlier = {d.line: d.first_line for d in repeated_before}
    # A line may repeat one of this chunk that itself repeats an earlier one: name the very first.
    duplicates = sorted(
        [
            *repeated_before,
            *(DuplicateLine(d.line, earlier.get(d.first_line, d.first_line)) for d in repeated_here),
        ],
        key=lambda duplicate: duplicate.line,
    )
    tx.roll.note_lines(
        upload.number,
        duplicates[: max(0, LISTED_LINES - upload.duplicates)],
        rejected[: max(0, LISTED_LINES - upload.rejected_count)],
    )
    counted = replace(
        upload,
        rows=upload.rows + size,
        accepted=upload.accepted + len(usable) - len(duplicates),
        duplicates=upload.duplicates + len(duplicates),
        rejected_count=upload.rejected_count + len(rejected),
    )
    tx.roll.save_counts(counted)
    _measure(len(usable) - len(duplicates), len(duplicates), len(rejected))
    return tx.roll.upload(upload.poll_id, upload.upload_id)


def _measure(accepted: int, duplicates: int, rejected: int) -> None:
    for outcome, count in (("accepted", accepted), ("duplicate", duplicates), ("rejected", rejected)):
        measures.roll_rows.labels(outcome).inc(count)


def commit_roll(store: PollsStore, *, poll_id: str, upload_id: str, actor: WireActor) -> dict[str, Any]:
    """The upload becomes the poll's roll, all at once. Committing it again changes nothing."""
    with store.write() as tx:
        poll = access.unfrozen(tx, poll_id, actor, "roll")
        upload = tx.roll.upload(poll_id, upload_id)
        if upload.state != READY:
            tx.roll.make_ready(upload, replaces=poll.roll)
            commitment = tx.roll.commitment(upload.number)
            logged = tx.log(poll, tx.now(), "roll", old=poll.roll_size, new=upload.accepted)
            tx.save(
                replace(logged, roll=upload.number, roll_size=upload.accepted, roll_commitment=commitment)
            )
            tx.commit()
    return views.roll_view(replace(upload, state=READY))


def abandon_roll(store: PollsStore, *, poll_id: str, upload_id: str, actor: WireActor) -> dict[str, Any]:
    """Gives up an upload that will not be committed, so that the roll in use is the newest again. Changes nothing when
    it is committed, given up or replaced already.
    """
    with store.write() as tx:
        access.operated(tx, poll_id, actor)
        tx.roll.abandon(poll_id, upload_id)
        current = tx.roll.newest(poll_id)
        tx.commit()
    return views.roll_view(current)


def get_roll(store: PollsStore, *, poll_id: str, actor: WireActor) -> dict[str, Any]:
    """How far the upload is, or what the roll in use was made of."""
    with store.read() as reader:
        access.operated(reader, poll_id, actor)
        return views.roll_view(reader.roll.newest(poll_id))


def filter_roll(
    store: PollsStore,
    *,
    poll_id: str,
    phones: Sequence[str],
    actor: WireActor,
    tools: RollTools,
) -> dict[str, Any]:
    """Which of the phones are on the roll. Only while they can be invited: to a poll that is scheduled or open."""
    with store.read() as reader:
        poll = access.operated(reader, poll_id, actor)
    if poll.state not in (SCHEDULED, OPEN):
        raise WrongState(state=poll.state)
    secret = tools.keys.roll_secret(poll.id, poll.roll_secret)
    hashes = [roll_hash(secret, tag) if tag else None for tag in tools.tag_phones(phones)]
    found: set[bytes] = set()
    if poll.roll is not None:
        with store.read() as reader:
            found = reader.roll.on_roll(poll.roll, [one for one in hashes if one])
    return {"on_roll": [one in found for one in hashes]}


def sweep(store: PollsStore) -> int:
    """Removes a piece of what nobody needs any more; returns how many rows that were."""
    with store.write() as tx:
        now = tx.now()
        tx.roll.discard_abandoned(now, ABANDONED_AFTER)
        removed = tx.roll.sweep(SWEPT_AT_ONCE) + tx.forget(now, SWEPT_AT_ONCE)
        tx.commit()
    return removed
