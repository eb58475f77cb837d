"""The final recount: every entry again from zero, compared with what was counted along, and signed if they agree."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from services.common.crypto import Signer
from services.common.encodings import b64u, canonical_json, sha256
from services.common.errors import Unavailable
from services.common.telemetry.logs import get_logger
from services.common.tlog.frontier import Frontier
from services.common.tlog.merkle import leaf_hash
from services.polls.contract.commitments import scores_commitment
from services.tally.contract import NotSealed, NotWitnessed, ResultsNotFound, SourcesMissing
from services.tally.contract.counting.ties import seed_of
from services.tally.contract.rules.composite import entered_sources
from services.tally.domain import Count, Difference, Entered, Facts, Poll, differences
from services.tally.sources import LogCutShort, Sources, WrongHash
from services.tally.storage import TallyStore, TallyTransaction
from services.tally.usecases.apart import Apart, at_once
from services.tally.usecases.breakdowns import add_breakdown
from services.tally.usecases.checkpoints import compare_with_checkpoint
from services.tally.usecases.counting import Hint, add_leaves, catch_up, hint_if_seen, remember
from services.tally.usecases.outcomes import new_profiles
from services.tally.usecases.results import document

DIFFERENCES = Counter(
    "tally_recount_differences_total", "Numbers on which a recount and the live counters disagreed"
)
BLOCKED = Gauge("tally_recount_blocked_polls", "Polls whose recount differs and whose publication is blocked")
WITNESSES_AWAITED = Gauge(
    "tally_awaiting_witnesses_polls", "Polls whose log has ended and lacks cosignatures of witnesses"
)
SOURCES_AWAITED = Gauge(
    "tally_awaiting_sources_polls",
    "Polls whose log has ended and lacks scores of other sources of its results",
)
CERTIFIED = Counter("tally_certified_total", "Polls whose recount agreed")
RECOUNT_SECONDS = Histogram(
    "tally_recount_seconds", "Time of one recount", buckets=(0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1800.0)
)

log = get_logger(__name__)

WAITING = (NotSealed, NotWitnessed, SourcesMissing)
"""Why there is nothing to recount yet."""


def recount(
    store: TallyStore, sources: Sources, signer: Signer, hint: Hint, poll_id: str, apart: Apart = at_once
) -> bool:
    """Recounts a sealed poll and certifies it, or blocks it; returns whether it agreed.

    Once a poll is certified it stays so, with the very same document.  A poll that differed is recounted each time
    this is asked for, such as after a repair.  Raises `NotSealed`, `NotWitnessed`, `SourcesMissing`, `ResultsNotFound`,
    `Unavailable`.
    """
    state = sources.log_state(poll_id)
    if not state.sealed:
        raise NotSealed
    facts = sources.facts(poll_id)
    known = remember(store, facts)
    if known.certified or facts.state == "cancelled":
        return bool(known.certified)
    if known.sealed_size != state.size:
        note_waiting(store, poll_id, state.size)
    if not state.witnessed:
        raise NotWitnessed
    composite = any(entered_sources(question) for question in known.facts.questions)
    entered = sources.settled_sources(poll_id) if composite else []
    with suppress(LogCutShort):  # the recount will tell
        catch_up(store, sources, hint, poll_id, state.size)
    with RECOUNT_SECONDS.time():
        counted, root = count_again(sources, known.facts, state.size)
    found = compare_with_owners(known.facts, facts, counted.entries, state.size)
    found += compare_with_checkpoint(poll_id, state.checkpoint, sources.log_keys(), counted.entries, root)
    found += compare_commitments(poll_id, entered)
    found += add_breakdown(sources, known.facts, counted, apart)
    counted.seed, counted.sources = seed_of(poll_id, counted.entries, root), grouped(entered)
    ended = {"checkpoint": state.checkpoint or ""}
    result = None if found else apart(("result", poll_id), document, known.facts, "final", counted, ended)
    agreed = _settle(store, signer, counted, found, poll_id, result)
    hint_if_seen(store.poll(poll_id) or known, hint)
    return agreed


def count_again(sources: Sources, facts: Facts, size: int) -> tuple[Count, bytes]:
    """Every entry from the first to the last, and the Merkle root over them; one page in memory at a time."""
    counted, tree = Count(profiles=new_profiles(facts.questions)), Frontier()
    for leaves in sources.pages(facts.poll_id, 0, size):
        add_leaves(counted, facts, leaves)
        for leaf in leaves:
            tree.add(leaf_hash(leaf.encode()))
    return counted, tree.root


def _settle(
    store: TallyStore,
    signer: Signer,
    counted: Count,
    found: list[Difference],
    poll_id: str,
    result: dict[str, Any] | None,
) -> bool:
    """Compares with the live counters as they are at this moment, and keeps what was `found` before, or the result if that is
    nothing. Counting rules take their time: whatever they decide is decided before this transaction begins.
    """
    with store.write() as tx:
        locked = tx.lock(poll_id)
        if locked is None or locked.applied < counted.entries:
            raise Unavailable  # somebody repairs the counters just now
        if locked.certified:
            return True
        found = differences(locked.applied, tx.counters(poll_id), counted) + found
        final = None
        if result is not None and not found:
            final = sign(signer, {**result, "counted_at": tx.now()})
        _keep(tx, locked, counted, found, final)
    _tell(store, poll_id, found)
    return not found


def compare_with_owners(known: Facts, told: Facts, entries: int, size: int) -> list[Difference]:
    """What polls and ballots say now against what was counted with."""
    counted_by = sha256(canonical_json(known.definition)).hex()
    others = {counted_by, told.definition_hash} - {known.definition_hash}
    found = [Difference("definition", known.definition_hash, other) for other in sorted(others)]
    if entries != size:
        found.append(Difference("entries", size, entries))
    return found


def compare_commitments(poll_id: str, entered: Iterable[Entered]) -> list[Difference]:
    """Sources whose scores are not those that were committed to when they were entered."""
    made = [
        (one, scores_commitment(poll_id, one["question"], one["source"], one["scores"], one["salt"]))
        for one in entered
    ]
    return [Difference("source", one["commitment"], now) for one, now in made if one["commitment"] != now]


def grouped(entered: Iterable[Entered]) -> dict[str, list[Entered]]:
    """Entered sources by question."""
    found: dict[str, list[Entered]] = {}
    for one in entered:
        found.setdefault(one["question"], []).append(one)
    return found


def _keep(
    tx: TallyTransaction, known: Poll, counted: Count, found: list[Difference], final: str | None
) -> None:
    tx.note_sealed(known.poll_id, counted.entries)
    tx.settle(known.poll_id, found, final)
    tx.tell_result(known.poll_id, known.visibility)
    tx.commit()


def _tell(store: TallyStore, poll_id: str, found: list[Difference]) -> None:
    BLOCKED.set(store.polls_blocked())
    if found:
        DIFFERENCES.inc(len(found))
        log.error(
            "the recount differs from the live counters: publication is blocked",
            poll_id=poll_id,
            total=len(found),
        )
    else:
        CERTIFIED.inc()
        log.info("the recount agrees", poll_id=poll_id)


def sign(signer: Signer, result: dict[str, Any]) -> str:
    """The document with its signature over the canonical JSON of all the rest, as canonical JSON."""
    value = b64u(signer.sign(canonical_json(result)))
    return canonical_json({**result, "signature": {"key_id": signer.key_id, "value": value}}).decode()


def note_waiting(store: TallyStore, poll_id: str, size: int) -> None:
    """Remembers that the log has ended: from now on `await_missing` asks for what is missing."""
    with store.write() as tx:
        tx.note_sealed(poll_id, size)
        tx.commit()


def recount_sealed(
    store: TallyStore, sources: Sources, signer: Signer, hint: Hint, poll_id: str, apart: Apart = at_once
) -> None:
    """As `recount`, for whoever only heard that the log has ended: what is missing is asked for again by `await_missing`."""
    try:
        recount(store, sources, signer, hint, poll_id, apart)
    except WAITING as waiting:
        log.info("the recount waits", poll_id=poll_id, kind=type(waiting).__name__)


def await_missing(
    store: TallyStore, sources: Sources, signer: Signer, hint: Hint, apart: Apart = at_once
) -> None:
    """Recounts the polls whose logs have ended, if nothing is missing any more: cosignatures of witnesses, or scores of sources."""
    lacking = {NotWitnessed: 0, SourcesMissing: 0}
    for poll_id in store.polls_awaiting_recount():
        try:
            _watched(partial(recount, apart=apart), store, sources, signer, hint, poll_id)
        except NotSealed:
            continue
        except (NotWitnessed, SourcesMissing) as waiting:
            lacking[type(waiting)] += 1
    WITNESSES_AWAITED.set(lacking[NotWitnessed])
    SOURCES_AWAITED.set(lacking[SourcesMissing])


def keep_up(store: TallyStore, sources: Sources, signer: Signer, hint: Hint, apart: Apart = at_once) -> None:
    """Counts and recounts whatever an event should have brought about and did not."""
    for poll_id in store.polls_to_count():
        _watched(_keep_up_one, store, sources, signer, hint, apart, poll_id)
    BLOCKED.set(store.polls_blocked())


def _watched(work: Callable[..., object], *of_one: Any) -> None:
    """One poll's trouble is no other's, whatever it is. `of_one` ends with the poll's id."""
    try:
        work(*of_one)
    except WAITING:
        raise
    except (ResultsNotFound, WrongHash, LogCutShort, Unavailable) as error:
        log.error("a known poll could not be counted", poll_id=of_one[-1], kind=type(error).__name__)
    except Exception:
        log.exception("a known poll could not be counted", poll_id=of_one[-1])


def _keep_up_one(
    store: TallyStore, sources: Sources, signer: Signer, hint: Hint, apart: Apart, poll_id: str
) -> None:
    try:
        recount(store, sources, signer, hint, poll_id, apart)
    except WAITING:
        catch_up(store, sources, hint, poll_id)
