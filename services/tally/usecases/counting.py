"""Counting along: every entry of every log once, as the logs grow."""

from collections.abc import Callable
from typing import Any

import orjson
from prometheus_client import Counter, Histogram

from services.ballots.contract import LEAF_VERSION
from services.common.errors import Unavailable
from services.common.telemetry.logs import get_logger
from services.common.telemetry.metrics import SECONDS, measured
from services.polls.contract import ballot_rules
from services.tally.contract import ResultsNotFound
from services.tally.domain import Count, Facts, Poll, Visibility
from services.tally.sources import LogCutShort, Sources, WrongHash
from services.tally.storage import TallyStore

APPLIED = Counter("tally_entries_applied_total", "Log entries added to the live counters")
UNREADABLE = Counter("tally_unreadable_entries_total", "Log entries that are no valid ballot of their poll")
OVERTAKEN = Counter("tally_overtaken_total", "Pages that another worker had counted first")
DEFINITION_CHANGED = Counter(
    "tally_definition_changed_total", "Times a frozen definition was found to be another one"
)
PAGE_SECONDS = Histogram("tally_page_seconds", "Time to count and store one page of entries", buckets=SECONDS)

log = get_logger(__name__)

Hint = Callable[[str], None]
"""Tells whoever watches that a poll's results have changed."""


def refresh(store: TallyStore, sources: Sources, poll_id: str) -> Poll:
    """The poll as polls tells it now. Raises `ResultsNotFound`, `WrongHash`."""
    return remember(store, sources.facts(poll_id))


def remember(store: TallyStore, facts: Facts) -> Poll:
    """Keeps what polls has told; what is frozen stays as it was first seen."""
    with store.write() as tx:
        tx.begin(facts)
        before = tx.lock(facts.poll_id)
        tx.move(facts)
        assert before is not None
        found = tx.tell_result(facts.poll_id, before.visibility)
        tx.commit()
    assert found is not None
    if found.facts.definition_hash != facts.definition_hash:
        DEFINITION_CHANGED.inc()
        log.error("a frozen definition is not what it was", poll_id=facts.poll_id)
    return found


def notice(store: TallyStore, sources: Sources, hint: Hint, poll_id: str) -> None:
    """A poll has opened, closed or been published. Idempotent; the order of such news does not matter."""
    try:
        found = refresh(store, sources, poll_id)
    except ResultsNotFound:
        return
    hint_if_seen(found, hint)


def catch_up(store: TallyStore, sources: Sources, hint: Hint, poll_id: str, size: int | None = None) -> None:
    """Counts what the log has and the counters have not, up to `size` or to the log's present end.

    Idempotent, whatever is repeated, reordered, or done by several workers at once.  Raises `LogCutShort`.
    """
    found = store.poll(poll_id) or refresh(store, sources, poll_id)
    wanted = sources.log_state(poll_id).size if size is None else size
    before = found.applied
    while found.applied < wanted:
        reached = found.applied
        _count_pages(store, sources, found, wanted)
        found = store.poll(poll_id) or found
        if found.applied == reached:
            raise LogCutShort
    if found.applied != before:
        hint_if_seen(found, hint)


def _count_pages(store: TallyStore, sources: Sources, found: Poll, wanted: int) -> None:
    """Page after page, until the end or until another worker is found to be ahead."""
    applied = found.applied
    for leaves in sources.pages(found.poll_id, applied, wanted):
        with measured(PAGE_SECONDS):
            counted = add_leaves(Count(), found.facts, leaves)
            if not _store_page(store, found.poll_id, applied, counted):
                OVERTAKEN.inc()
                return
        applied += len(leaves)
        APPLIED.inc(len(leaves))


def _store_page(store: TallyStore, poll_id: str, applied: int, counted: Count) -> bool:
    with store.write() as tx:
        stored = tx.apply(poll_id, applied, counted.entries, counted.counters)
        if stored:
            tx.commit()
    return stored


def add_leaves(count: Count, facts: Facts, leaves: list[str]) -> Count:
    """Adds these entries to the count and returns it. Equal answers are judged and counted together."""
    questions = facts.questions
    unreadable = 0
    numbers: dict[bytes, int] = {}
    for leaf in leaves:
        answers = written_answers(facts, leaf)
        if answers is None:
            unreadable += 1
        else:
            text = orjson.dumps(answers)
            numbers[text] = numbers.get(text, 0) + 1
    for text, n in numbers.items():
        answers = orjson.loads(text)
        if ballot_rules.check_recorded(questions, answers):
            count.add(ballot_rules.count_ballot(questions, answers), n)
            count.add_to_profiles(answers, n)
        else:
            unreadable += n
    count.entries += len(leaves)
    count.unreadable += unreadable
    UNREADABLE.inc(unreadable)
    return count


def read_leaf(facts: Facts, questions: list[Any], leaf: str) -> dict[str, Any] | None:
    """The answers in an entry; nothing when it is not a valid ballot of this poll in its one recorded form."""
    answers = written_answers(facts, leaf)
    return answers if answers is not None and ballot_rules.check_recorded(questions, answers) else None


def written_answers(facts: Facts, leaf: str) -> dict[str, Any] | None:
    """The answers in an entry, valid or not; nothing where it is no ballot of this poll."""
    try:
        body = orjson.loads(leaf)
        answers = body["answers"]
        well_formed = (
            body["v"] == LEAF_VERSION and body["poll"] == facts.poll_id and isinstance(answers, dict)
        )
    except (ValueError, TypeError, KeyError):
        return None
    return answers if well_formed else None


def hint_if_seen(found: Poll, hint: Hint) -> None:
    """Even that something has changed is told only of results that may be seen."""
    if found.visibility is not Visibility.EMBARGOED:
        hint(found.poll_id)


def watch(store: TallyStore, sources: Sources, hint: Hint) -> None:
    """Asks how the polls stand whose news may have been lost."""
    for poll_id in store.polls_to_watch():
        try:
            before = store.poll(poll_id)
            found = refresh(store, sources, poll_id)
        except (ResultsNotFound, WrongHash, Unavailable) as error:
            log.error("a known poll could not be looked at", poll_id=poll_id, kind=type(error).__name__)
            continue
        except Exception:
            log.exception("a known poll could not be looked at", poll_id=poll_id)
            continue
        if before is None or before.visibility is not found.visibility:
            hint_if_seen(found, hint)
