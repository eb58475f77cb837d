"""What ballots' entry points are given."""

from typing import Any

from nameko.extensions import DependencyProvider

from services.ballots.contract import CAST, SERVICE
from services.ballots.known_polls import KnownPolls
from services.ballots.receipts import ReceiptSigner
from services.ballots.settings import BallotsSettings
from services.ballots.storage import BallotStore
from services.ballots.usecases.log import Quiet
from services.common.bus import dead_letters
from services.common.bus.dependency import BusProvider, DatabaseProvider, KeyProvider, environ_of
from services.common.bus.link import Link, LinkLost
from services.common.bus.topology import batch_queue
from services.common.errors import Unavailable

DATABASE = BallotsSettings.database_url.name
RECEIPT_KEYS = "receipt"


class StoreProvider(DatabaseProvider):
    """The store of ballots."""

    def __init__(self) -> None:
        super().__init__(DATABASE)

    def get_dependency(self, _worker_ctx: Any) -> Any:
        """One for every worker; it holds nothing of its own."""
        return BallotStore(self.database)


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


class IntakeQueue:
    """The queue that casts come by."""

    def __init__(self, amqp_uri: str) -> None:
        self._uri = amqp_uri

    def is_clear(self) -> bool:
        """Whether no cast waits to be taken and none lies among the dead letters. Raises `Unavailable`."""
        return self._ready() == 0 and dead_letters.count(self._uri, [CAST.queue])[CAST.queue] == 0

    def _ready(self) -> int:
        try:
            link = Link(self._uri, "ballots sealing")
            try:
                link.declare(batch_queue(CAST))
                declared = link.ask(link.channel.queue_declare, CAST.queue, passive=True)
                return int(declared.message_count)
            finally:
                link.close()
        except LinkLost:
            raise Unavailable from None


class IntakeQuietProvider(DependencyProvider):
    """Whether the queue that casts come by has been clear for a while."""

    def setup(self) -> None:
        settings = BallotsSettings.load(environ_of(self.container))
        self.quiet = Quiet(IntakeQueue(settings.amqp_uri).is_clear, settings.seal_quiet)

    def get_dependency(self, _worker_ctx: Any) -> Any:
        return self.quiet
