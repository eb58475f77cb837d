"""nameko entry points of ballots.

The process `ballots` hosts `BallotsService` and `Sequencer`; any number of `ballots-worker` host `BallotIntake`.
"""

import random
from typing import Any

from services.ballots import contract
from services.ballots.dependencies import (
    DATABASE,
    BallotsDeadLetters,
    IntakeQueueProvider,
    PollsProvider,
    ReceiptKeysProvider,
    ReceiptsProvider,
    RefusalsProvider,
    StoreProvider,
)
from services.ballots.settings import BallotsSettings
from services.ballots.usecases import intake, log, reading, refusals
from services.common.bus.dependency import Relay, SettingsProvider
from services.common.bus.server import every, handle, serve, serve_batch
from services.polls.contract import POLL_CLOSED, POLL_OPENED


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
    keys = ReceiptKeysProvider()
    dead_letters = BallotsDeadLetters()

    @serve(contract.GET_STATUS)
    def get_status(self, poll_id: str, ballot_id: str) -> dict[str, Any]:
        """Receipt and place of one ballot."""
        return reading.status(
            poll_id, ballot_id, store=self.store, receipts=self.receipts, refusals=self.refusals
        )

    @serve(contract.GET_LOG_STATE)
    def get_log_state(self, poll_id: str) -> dict[str, Any]:
        """How far the log has come."""
        return reading.log_state(poll_id, store=self.store)

    @serve(contract.GET_ENTRIES)
    def get_entries(self, poll_id: str, start: int, limit: int) -> dict[str, Any]:
        """A page of the log."""
        return reading.entries(poll_id, start, limit, store=self.store)

    @serve(contract.GET_KEYS)
    def get_keys(self) -> dict[str, Any]:
        """The keys that receipts are checked with."""
        return reading.public_keys(self.keys)

    @serve(contract.GET_SEALING)
    def get_sealing(self, poll_id: str) -> dict[str, Any]:
        """What keeps the log from being sealed."""
        return reading.sealing(poll_id, store=self.store, count=self.dead_letters.count)

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


class Sequencer:
    """Puts ballots in order and seals the logs of closed polls. Several may run; one at a time writes to a log."""

    name = "ballots-sequencer"
    store = StoreProvider()
    refusals = RefusalsProvider()
    polls = PollsProvider()
    intake_queue = IntakeQueueProvider()
    settings = SettingsProvider(BallotsSettings)
    relay = Relay(DATABASE)

    @every(0.5)
    def sequence(self) -> None:
        """Gives the ballots that wait their place."""
        log.sequence(self.store, random.SystemRandom(), limit=self.settings.sequence_limit, seconds=5.0)

    @every(0.5)
    def seal(self) -> None:
        """Ends the logs that are due."""
        log.seal_due(self.store, self.intake_queue.is_done, self.settings.seal_grace)

    @every(5.0)
    def measure_backlog(self) -> None:
        """For whoever decides how many workers are needed."""
        log.BACKLOG.set(self.intake_queue.backlog())

    @every(60.0)
    def forget_refusals(self) -> None:
        """What voters may still ask for is kept for a while, and only so much."""
        refusals.forget(self.refusals)

    @every(30.0)
    def look_for_closed(self) -> None:
        """Finds the closings that no event told of."""
        log.look_for_closed(self.store, self.polls)
