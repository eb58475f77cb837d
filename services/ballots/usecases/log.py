"""The log: putting recorded ballots in order, and ending it when the poll is over."""

import time
from collections.abc import Callable
from datetime import timedelta

from prometheus_client import Counter, Gauge, Histogram

from services.ballots.contract import PollUnknown
from services.ballots.domain import PollFacts, Shuffler, arrange, closing_time
from services.ballots.known_polls import KnownPolls
from services.ballots.storage import BallotStore, LostWriter
from services.ballots.usecases import cohorts
from services.ballots.usecases.cohorts import FactsNeeded
from services.ballots.usecases.lag import Lag
from services.common.errors import Unavailable
from services.common.telemetry.logs import get_logger
from services.common.telemetry.metrics import ITEMS, SECONDS, measured

SEQUENCED = Counter("ballots_sequenced_total", "Ballots that got their place in a log")
STEP_ITEMS = Histogram("sequencer_step_items", "Ballots put in order in one step", buckets=ITEMS)
STEP_SECONDS = Histogram("sequencer_step_seconds", "Time of one step of one poll", buckets=SECONDS)
LOST = Counter("sequencer_lost_writer_total", "Steps undone because another sequencer had written to the log")
SEALED = Counter("ballots_sealed_total", "Logs that were sealed")
BACKLOG = Gauge("ballots_backlog_messages", "Messages with casts that wait for a worker to take them")

log = get_logger(__name__)
lag = Lag()


def sequence(
    store: BallotStore,
    shuffler: Shuffler,
    polls: KnownPolls,
    admits: Callable[[str], bool],
    *,
    limit: int,
    seconds: float,
) -> int:
    """Puts the waiting ballots of every poll in order, for about so many seconds; returns how many.

    Polls take turns, so that a crowded one does not keep the others waiting. `admits` says whether a log may grow:
    it may raise `Unavailable` where that is not known yet; then nothing of any log is sequenced.
    """
    done = 0
    deadline = time.monotonic() + seconds
    growing = [poll_id for poll_id in store.polls_waiting() if admits(poll_id)]
    while growing and time.monotonic() < deadline:
        taken = {poll_id: sequence_poll(store, shuffler, polls, poll_id, limit) for poll_id in growing}
        done += sum(taken.values())
        growing = [
            poll_id
            for poll_id, count in taken.items()
            if count >= cohorts.most_in_a_step(polls.remembered(poll_id), limit)
        ]
    lag.look(store.lag(), store.sequenced())
    return done


def sequence_poll(store: BallotStore, shuffler: Shuffler, polls: KnownPolls, poll_id: str, limit: int) -> int:
    """One step of one poll: all of it or nothing. Returns the number of new entries; 0 when another one is at it, or when
    ballots must be counted by cohorts and polls, which has to be asked for the questions once, does not answer.
    """
    try:
        with measured(STEP_SECONDS):
            taken = _step(store, shuffler, poll_id, limit, polls.remembered(poll_id))
    except FactsNeeded:
        return sequence_poll(store, shuffler, polls, poll_id, limit) if _learn(polls, poll_id) else 0
    except LostWriter:
        LOST.inc()
        log.warning("another sequencer has written to this log; this step is undone", poll_id=poll_id)
        return 0
    if taken:
        SEQUENCED.inc(taken)
        STEP_ITEMS.observe(taken)
    return taken


def _learn(polls: KnownPolls, poll_id: str) -> bool:
    try:
        polls.ask_facts(poll_id)
    except (PollUnknown, Unavailable):
        log.warning("ballots wait for their place until polls tells the questions", poll_id=poll_id)
        return False
    return True


def _step(store: BallotStore, shuffler: Shuffler, poll_id: str, limit: int, facts: PollFacts | None) -> int:
    with store.write() as tx:
        poll_log = tx.take_log(poll_id)
        most = cohorts.most_in_a_step(facts, limit)
        waiting = tx.waiting(poll_id, most) if poll_log and not poll_log.refused else []
        if poll_log is None or not waiting:
            return 0
        minutes = {one.recorded_at for one in waiting}
        counters = cohorts.count(waiting, facts)
        tx.append(poll_log, arrange(poll_log.size, waiting, shuffler), minutes)
        tx.count_cohorts(poll_id, counters)
        tx.commit()
    return len(waiting)


def look_at_poll(store: BallotStore, polls: KnownPolls, poll_id: str) -> None:
    """Asks polls how this poll stands and notes its closing time if it is over. Idempotent."""
    try:
        facts = polls.ask_facts(poll_id)
    except PollUnknown:
        return
    with store.write() as tx:
        tx.begin_logs([poll_id])
        closed_at = closing_time(facts, tx.now())
        if closed_at is not None:
            tx.close(poll_id, closed_at)
        tx.commit()


def look_for_closed(store: BallotStore, polls: KnownPolls) -> None:
    """Asks about every poll whose closing was not heard of: an event may have been lost."""
    for poll_id in store.polls_without_end():
        look_at_poll(store, polls, poll_id)


def seal_due(store: BallotStore, intake_is_done: Callable[[], bool], grace: float) -> list[str]:
    """Seals the logs of polls that closed more than `grace` seconds ago, once nothing can come any more.

    `intake_is_done` tells whether every cast that the broker took before it was asked is recorded or refused: a ballot
    that was taken in time must still get in.  It is asked after the grace, never before.
    """
    due = store.polls_to_seal(timedelta(seconds=grace))
    if not due or not intake_is_done():
        return []
    return [poll_id for poll_id in due if seal(store, poll_id)]


def seal(store: BallotStore, poll_id: str) -> bool:
    """Ends the log unless ballots still wait for their index. After this no ballot is ever added."""
    try:
        return _seal(store, poll_id)
    except LostWriter:
        LOST.inc()
        return False


def _seal(store: BallotStore, poll_id: str) -> bool:
    with store.write() as tx:
        poll_log = tx.take_log_alone(poll_id)
        if poll_log is None or poll_log.sealed or poll_log.refused or tx.waiting(poll_id, 1):
            return False
        tx.seal(poll_log)
        tx.commit()
    SEALED.inc()
    log.info("log sealed", poll_id=poll_id, size=poll_log.size)
    return True
