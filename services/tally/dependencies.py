"""What tally's entry points are given."""

from collections.abc import Callable
from typing import Any

from services.common.bus.dependency import BusProvider, DatabaseProvider, KeyProvider, environ_of
from services.tally.contract import RESULTS_UPDATED, SERVICE
from services.tally.settings import TallySettings
from services.tally.sources import Sources
from services.tally.storage import TallyStore

DATABASE = TallySettings.database_url.name
RESULT_KEYS = "result"


class StoreProvider(DatabaseProvider):
    """The store of counters."""

    def __init__(self) -> None:
        super().__init__(DATABASE)

    def get_dependency(self, _worker_ctx: Any) -> Any:
        return TallyStore(self.database)


class SourcesProvider(BusProvider):
    """The owners of definitions and entries."""

    def setup(self) -> None:
        super().setup()
        self.sources = Sources(self.client.call, TallySettings.load(environ_of(self.container)).page)

    def get_dependency(self, _worker_ctx: Any) -> Any:
        return self.sources


class HintProvider(BusProvider):
    """Tells watchers that a poll's results have changed."""

    def get_dependency(self, _worker_ctx: Any) -> Any:
        return self.hint

    @property
    def hint(self) -> Callable[[str], None]:
        return lambda poll_id: self.client.publish(RESULTS_UPDATED, {"poll_id": poll_id})


class SignerProvider(KeyProvider):
    """Signs final results with the newest key; without any the process does not start."""

    def __init__(self) -> None:
        super().__init__(SERVICE)

    def setup(self) -> None:
        super().setup()
        self.signer = self.folder.signer(RESULT_KEYS)

    def get_dependency(self, _worker_ctx: Any) -> Any:
        return self.signer


class ResultKeysProvider(KeyProvider):
    """The public keys of results, read anew each time: a new key is told without a restart."""

    def __init__(self) -> None:
        super().__init__(SERVICE)

    def get_dependency(self, _worker_ctx: Any) -> Any:
        return self.folder.verifier(RESULT_KEYS)
