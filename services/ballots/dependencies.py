"""What ballots' entry points are given."""

from functools import partial
from typing import Any

from nameko.extensions import DependencyProvider

from services.ballots.contract import CAST, SERVICE
from services.ballots.known_polls import KnownPolls
from services.ballots.receipts import ReceiptSigner
from services.ballots.settings import BallotsSettings
from services.ballots.storage import BallotStore, RefusalBook
from services.ballots.usecases import giving_up
from services.common.bus import barrier, dead_letters
from services.common.bus.dependency import BusProvider, DatabaseProvider, KeyProvider, environ_of
from services.common.operations.book import DiscardBook
from services.common.operations.dependency import DeadLetters
from services.common.operations.desk import DeadLetterDesk

DATABASE = BallotsSettings.database_url.name
RECEIPT_KEYS = "receipt"


class StoreProvider(DatabaseProvider):
    """The store of ballots."""

    def __init__(self) -> None:
        super().__init__(DATABASE)

    def get_dependency(self, _worker_ctx: Any) -> Any:
        """One for every worker; it holds nothing of its own."""
        return BallotStore(self.database)


class RefusalsProvider(DatabaseProvider):
    """Why ballots are not recorded."""

    def __init__(self) -> None:
        super().__init__(DATABASE)

    def get_dependency(self, _worker_ctx: Any) -> Any:
        """One for every worker; it holds nothing of its own."""
        return RefusalBook(self.database)


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


class ReceiptKeysProvider(KeyProvider):
    """The public keys of receipts."""

    def __init__(self) -> None:
        super().__init__(SERVICE)

    def get_dependency(self, _worker_ctx: Any) -> Any:
        """Read anew each time: a new key is told without a restart."""
        return self.folder.verifier(RECEIPT_KEYS)


class BallotsDeadLetters(DeadLetters):
    """Casts and events that ballots could not handle. What is discarded of a poll's casts, polls writes down for all."""

    def __init__(self) -> None:
        super().__init__(DATABASE, (CAST.queue,))

    def make_desk(self, sources: tuple[str, ...]) -> DeadLetterDesk:
        """Reads poll ids in the casts; nothing else of them is told."""
        store = BallotStore(self.database)
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
