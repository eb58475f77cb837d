"""nameko entry points of ballots.

The process `ballots` hosts `BallotsService`, `Sequencer` and `LogPublisher`; any number of `ballots-worker` host
`BallotIntake`.
"""

import random
from typing import Any

from services.ballots import contract
from services.ballots.dependencies import (
    DATABASE,
    BallotsDeadLetters,
    CohortsProvider,
    ErasureProvider,
    GuardProvider,
    IntakeQueueProvider,
    LogReaderProvider,
    PollsProvider,
    PublicKeysProvider,
    PublisherProvider,
    ReceiptsProvider,
    RecordBookProvider,
    RefusalsProvider,
    StoreProvider,
)
from services.ballots.settings import BallotsSettings
from services.ballots.usecases import city, cohorts, erasing, intake, log, log_reading, reading, refusals
from services.common.bus.dependency import Relay, SettingsProvider
from services.common.bus.server import every, handle, serve, serve_batch
from services.polls.contract import POLL_CLOSED, POLL_OPENED
from services.polls.contract import RECORD_ENTRY as RECORD_OF_POLLS
from services.tally.contract import CERTIFIED
from services.tally.contract import RECORD_ENTRY as RECORD_OF_TALLY


class BallotIntake:
    """Takes ballots in."""

    name = "ballots-intake"
    store = StoreProvider()
    refusals = RefusalsProvider()
    polls = PollsProvider()
    receipts = ReceiptsProvider()

    @serve_batch(contract.CAST)
    def cast(self, items: list[Any]) -> list[dict[str, Any]]:
        """One transaction for all of them; receipts after the commit. Refusals are kept before they are told."""
        outcomes = intake.cast(items, store=self.store, polls=self.polls, receipts=self.receipts)
        refusals.keep(self.refusals, items, outcomes)
        return outcomes


class BallotsService:
    """Answers about receipts and logs, and hears of polls."""

    name = contract.SERVICE
    store = StoreProvider()
    refusals = RefusalsProvider()
    polls = PollsProvider()
    receipts = ReceiptsProvider()
    keys = PublicKeysProvider()
    reader = LogReaderProvider()
    cohorts = CohortsProvider()
    book = RecordBookProvider()
    erasure = ErasureProvider()
    settings = SettingsProvider(BallotsSettings)
    dead_letters = BallotsDeadLetters()

    @serve(contract.GET_STATUS)
    def get_status(self, poll_id: str, ballot_id: str) -> dict[str, Any]:
        """Receipt and place of one ballot."""
        return reading.status(
            poll_id,
            ballot_id,
            store=self.store,
            receipts=self.receipts,
            refusals=self.refusals,
            reader=self.reader,
        )

    @serve(contract.GET_LOG_STATE)
    def get_log_state(self, poll_id: str) -> dict[str, Any]:
        """How far the log has come."""
        return log_reading.log_state(
            poll_id, reader=self.reader, witnesses=self.settings.witnesses, needed=self._witnesses_needed
        )

    def _witnesses_needed(self, poll_id: str) -> int:
        return self.polls.facts(poll_id).witnesses

    @serve(contract.GET_ENTRIES)
    def get_entries(self, poll_id: str, start: int, limit: int) -> dict[str, Any]:
        """A page of the log."""
        return reading.entries(poll_id, start, limit, store=self.store)

    @serve(contract.GET_KEYS)
    def get_keys(self) -> dict[str, Any]:
        """The keys that receipts and checkpoints are checked with."""
        return log_reading.public_keys(self.keys)

    @serve(contract.GET_SEALING)
    def get_sealing(self, poll_id: str) -> dict[str, Any]:
        """How the end of the log stands."""
        return log_reading.sealing(
            poll_id,
            reader=self.reader,
            witnesses=self.settings.witnesses,
            needed=self._witnesses_needed,
            dead_letters=lambda: self.dead_letters.count()[contract.CAST.queue],
        )

    @serve(contract.GET_COHORTS)
    def get_cohorts(self, poll_id: str, after: str, limit: int) -> dict[str, Any]:
        """Counters by cohort."""
        return cohorts.page(poll_id, after, limit, store=self.store, reader=self.cohorts)

    @serve(contract.GET_TEXTS)
    def get_texts(self, poll_id: str, question: str, start: int, limit: int) -> dict[str, Any]:
        """What was written."""
        return log_reading.texts(poll_id, question, start, limit, reader=self.reader)

    @serve(contract.GET_CHECKPOINT)
    def get_checkpoint(self, log_id: str) -> dict[str, Any]:
        """The newest published one."""
        return log_reading.checkpoint(log_id, reader=self.reader)

    @serve(contract.GET_TILE)
    def get_tile(self, log_id: str, level: int, index: int, width: int) -> dict[str, Any]:
        """Hashes of the tree."""
        return log_reading.tile(log_id, level, index, width, reader=self.reader)

    @serve(contract.GET_ENTRY_BUNDLE)
    def get_entry_bundle(self, log_id: str, index: int, width: int) -> dict[str, Any]:
        """Leaves."""
        return log_reading.entry_bundle(log_id, index, width, reader=self.reader)

    @serve(contract.LOOKUP_LEAVES)
    def lookup_leaves(self, log_id: str, prefix: str) -> dict[str, Any]:
        """Where leaves are whose hashes begin so."""
        return log_reading.lookup(log_id, prefix, reader=self.reader)

    @serve(contract.GET_CITY_RECORD)
    def get_city_record(self, poll_id: str) -> dict[str, Any]:
        """What the city's log says of the poll."""
        return log_reading.city_record(poll_id, reader=self.reader)

    @serve(contract.GET_LOGS)
    def get_logs(self, after: str, limit: int) -> dict[str, Any]:
        """Which logs there are."""
        return log_reading.logs(after, limit, reader=self.reader)

    @serve(contract.GET_WITNESSES)
    def get_witnesses(self) -> dict[str, Any]:
        """Who is asked for cosignatures."""
        return log_reading.witness_keys(self.settings.witnesses)

    @serve(contract.LIST_DEAD_LETTERS)
    def list_dead_letters(self, **asked: Any) -> dict[str, Any]:
        """What could not be handled."""
        return self.dead_letters.listing(**asked)

    @serve(contract.REPLAY_DEAD_LETTERS)
    def replay_dead_letters(self, **asked: Any) -> dict[str, Any]:
        """Once more, now that the cause is gone."""
        return self.dead_letters.replay(**asked)

    @serve(contract.DISCARD_DEAD_LETTERS)
    def discard_dead_letters(self, **asked: Any) -> dict[str, Any]:
        """For good, with a reason."""
        return self.dead_letters.discard(**asked)

    @every(15.0)
    def watch_dead_letters(self) -> None:
        """Tells how many there are; finishes discards that a crash cut short."""
        self.dead_letters.watch()

    @handle(POLL_OPENED)
    def poll_opened(self, payload: dict[str, Any]) -> None:
        """From now on the poll is looked at until it closes."""
        log.look_at_poll(self.store, self.polls, payload["poll_id"])

    @handle(POLL_CLOSED)
    def poll_closed(self, payload: dict[str, Any]) -> None:
        """Notes the closing time that polls tells."""
        log.look_at_poll(self.store, self.polls, payload["poll_id"])

    @handle(RECORD_OF_POLLS)
    def record_of_polls(self, payload: dict[str, Any]) -> None:
        """A fact of a poll, for the city's log."""
        city.take(self.book, payload)

    @handle(RECORD_OF_TALLY)
    def record_of_tally(self, payload: dict[str, Any]) -> None:
        """A result, for the city's log."""
        city.take(self.book, payload)

    @handle(CERTIFIED)
    def certified(self, payload: dict[str, Any]) -> None:
        """From now on pseudonyms are of no use to anybody but an attacker."""
        erasing.certified(self.erasure, payload["poll_id"], payload["agreed"])


class Sequencer:
    """Puts ballots in order and seals the logs of closed polls. Several may run; one at a time writes to a log."""

    name = "ballots-sequencer"
    store = StoreProvider()
    refusals = RefusalsProvider()
    polls = PollsProvider()
    intake_queue = IntakeQueueProvider()
    guard = GuardProvider()
    erasure = ErasureProvider()
    settings = SettingsProvider(BallotsSettings)
    relay = Relay(DATABASE)

    @every(0.5)
    def sequence(self) -> None:
        """Gives the ballots and facts that wait their place."""
        limit = self.settings.sequence_limit
        log.sequence(
            self.store, random.SystemRandom(), self.polls, self.guard.admits, limit=limit, seconds=5.0
        )
        city.sequence(self.store, self.guard)

    @every(0.5)
    def seal(self) -> None:
        """Ends the logs that are due."""
        log.seal_due(self.store, self.intake_queue.is_done, self.settings.seal_grace)

    @every(5.0)
    def measure_backlog(self) -> None:
        """For whoever decides how many workers are needed."""
        log.BACKLOG.set(self.intake_queue.backlog())

    @every(5.0)
    def erase_pseudonyms(self) -> bool:
        """Those of certified polls, batch after batch."""
        return erasing.erase(self.erasure)

    @every(60.0)
    def forget_refusals(self) -> None:
        """What voters may still ask for is kept for a while, and only so much."""
        refusals.forget(self.refusals)

    @every(30.0)
    def look_for_closed(self) -> None:
        """Finds the closings that no event told of."""
        log.look_for_closed(self.store, self.polls)


class LogPublisher:
    """Signs and publishes what the sequencer has written. Several may run; one at a time does the work."""

    name = "ballots-publisher"
    publish_logs = PublisherProvider()
    relay = Relay(DATABASE)

    @every(1.0)
    def publish(self) -> None:
        """Every log that has grown or ended."""
        self.publish_logs()
