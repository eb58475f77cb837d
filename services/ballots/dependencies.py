"""What ballots' entry points are given."""

from functools import partial
from typing import Any

from nameko.extensions import DependencyProvider

from services.ballots.contract import CAST, SERVICE
from services.ballots.domain import Terms
from services.ballots.known_polls import KnownPolls
from services.ballots.log_keys import LogSigner
from services.ballots.receipts import ReceiptSigner
from services.ballots.settings import BallotsSettings
from services.ballots.storage import (
    BallotStore,
    CohortReader,
    ErasureBook,
    LogReader,
    RecordBook,
    RefusalBook,
)
from services.ballots.usecases import giving_up
from services.ballots.usecases.guarding import Guard, PublishedStore, Watch
from services.ballots.usecases.publishing import Publisher
from services.ballots.usecases.witnessing import Witnesses
from services.common.bus import barrier, dead_letters
from services.common.bus.dependency import BusProvider, DatabaseProvider, KeyProvider, environ_of
from services.common.crypto import KeyFolder
from services.common.object_settings import store_at
from services.common.operations.book import DiscardBook
from services.common.operations.dependency import DeadLetters
from services.common.operations.desk import DeadLetterDesk

DATABASE = BallotsSettings.database_url.name
RECEIPT_KEYS = "receipt"
LOG_KEYS = "log"


def terms_of(settings: BallotsSettings) -> Terms:
    """What new logs begin with."""
    return Terms(settings.log_origin, settings.include_within)


class OwnDatabaseProvider(DatabaseProvider):
    """Something that works on the database of ballots, made once for all workers."""

    def __init__(self) -> None:
        super().__init__(DATABASE)

    def setup(self) -> None:
        """Makes it."""
        super().setup()
        self.made = self.make(BallotsSettings.load(environ_of(self.container)))

    def make(self, settings: BallotsSettings) -> Any:
        """What the workers get."""
        raise NotImplementedError

    def get_dependency(self, _worker_ctx: Any) -> Any:
        """The same for all."""
        return self.made


class StoreProvider(OwnDatabaseProvider):
    """The store of ballots."""

    def make(self, settings: BallotsSettings) -> BallotStore:
        """With the terms of logs that begin."""
        return BallotStore(self.database, terms_of(settings))


class RefusalsProvider(OwnDatabaseProvider):
    """Why ballots are not recorded."""

    def make(self, _settings: BallotsSettings) -> RefusalBook:
        """It holds nothing of its own."""
        return RefusalBook(self.database)


class LogReaderProvider(OwnDatabaseProvider):
    """What is told of the logs."""

    def make(self, _settings: BallotsSettings) -> LogReader:
        """It holds nothing of its own."""
        return LogReader(self.database)


class CohortsProvider(OwnDatabaseProvider):
    """Counters by cohort."""

    def make(self, _settings: BallotsSettings) -> CohortReader:
        """It holds nothing of its own."""
        return CohortReader(self.database)


class ErasureProvider(OwnDatabaseProvider):
    """Erasing pseudonyms."""

    def make(self, _settings: BallotsSettings) -> ErasureBook:
        """It holds nothing of its own."""
        return ErasureBook(self.database)


class RecordBookProvider(OwnDatabaseProvider):
    """The public record's own state."""

    def make(self, settings: BallotsSettings) -> RecordBook:
        """With the terms of logs that begin."""
        return RecordBook(self.database, terms_of(settings))


class GuardProvider(OwnDatabaseProvider):
    """Whether a log may go on."""

    def make(self, settings: BallotsSettings) -> Guard:
        """Reads the keys; without any the process does not start."""
        self.published = PublishedStore(store_at(settings, settings.checkpoints))
        self.book = RecordBook(self.database, terms_of(settings))
        self.signer = log_signer(KeyFolder(settings.keys, SERVICE))
        return Guard(self.book, self.published, self.signer)


class PublisherProvider(GuardProvider):
    """`round()`: one round of publishing."""

    def make(self, settings: BallotsSettings) -> Any:
        """Asks nobody yet."""
        guard = super().make(settings)
        publisher = Publisher(self.book, self.published, self.signer, guard, settings.failpoint)
        witnesses = Witnesses(
            settings.witnesses, self.book, publisher.contradicted, seconds=settings.witness_seconds
        )
        return partial(publisher.round, witnesses, Watch("public record"))


def log_signer(folder: KeyFolder) -> LogSigner:
    """Signs checkpoints with the newest key."""
    return LogSigner(folder.signers(LOG_KEYS), folder.signer(LOG_KEYS).key_id)


class PollsProvider(BusProvider):
    """What is known of polls, shared by all workers of the process."""

    def setup(self) -> None:
        """Asks nothing yet: polls may start later."""
        super().setup()
        settings = BallotsSettings.load(environ_of(self.container))
        self.known = KnownPolls(
            self.client.call, fresh_for=settings.facts_seconds, refetch_after=settings.refetch_seconds
        )

    def get_dependency(self, _worker_ctx: Any) -> Any:
        """The same for all."""
        return self.known


class ReceiptsProvider(KeyProvider):
    """Signs receipts."""

    def __init__(self) -> None:
        super().__init__(SERVICE)

    def setup(self) -> None:
        """Reads the keys; without any the process does not start."""
        super().setup()
        newest = self.folder.signer(RECEIPT_KEYS).key_id
        self.signer = ReceiptSigner(self.folder.signers(RECEIPT_KEYS), newest)

    def get_dependency(self, _worker_ctx: Any) -> Any:
        """The same for all."""
        return self.signer


class PublicKeysProvider(KeyProvider):
    """The public keys of receipts and checkpoints, by use and id."""

    def __init__(self) -> None:
        super().__init__(SERVICE)

    def get_dependency(self, _worker_ctx: Any) -> Any:
        """Read anew each time: a new key is told without a restart."""
        return {use: self.folder.verifier(use).to_wire() for use in (RECEIPT_KEYS, LOG_KEYS)}


class BallotsDeadLetters(DeadLetters):
    """Casts and events that ballots could not handle. What is discarded of a poll's casts, polls writes down for all."""

    def __init__(self) -> None:
        super().__init__(DATABASE, (CAST.queue,))

    def make_desk(self, sources: tuple[str, ...]) -> DeadLetterDesk:
        """Reads poll ids in the casts; nothing else of them is told."""
        store = BallotStore(self.database, terms_of(BallotsSettings.load(environ_of(self.container))))
        about = partial(giving_up.polls_of, known=store.known_polls)
        uri = self.container.config["AMQP_URI"]
        return DeadLetterDesk(uri, sources, DiscardBook(self.database), about, giving_up.announce)


class IntakeQueue:
    """The queue that casts come by."""

    def __init__(self, amqp_uri: str, barrier_seconds: float) -> None:
        self._uri, self._barrier_seconds = amqp_uri, barrier_seconds

    def is_done(self) -> bool:
        """Whether every cast that was confirmed before this call is recorded or refused. Raises `Unavailable`.

        `False` where that is not known, and while any lies among the dead letters: looked at before, for one that is
        replayed now must be in the queue when the barrier begins, and after, for one that has died meanwhile.
        """
        return (
            self._none_dead() and barrier.passed(self._uri, CAST, self._barrier_seconds) and self._none_dead()
        )

    def backlog(self) -> int:
        """Messages that wait for a worker. Raises `Unavailable`."""
        return barrier.depth(self._uri, CAST)[0]

    def _none_dead(self) -> bool:
        return dead_letters.is_clear(self._uri, CAST.queue)


class IntakeQueueProvider(DependencyProvider):
    """The queue that casts come by."""

    def setup(self) -> None:
        """Asks nothing yet."""
        settings = BallotsSettings.load(environ_of(self.container))
        self.queue = IntakeQueue(settings.amqp_uri, settings.barrier_seconds)

    def get_dependency(self, _worker_ctx: Any) -> Any:
        """The same for all."""
        return self.queue
