"""What tally's entry points are given."""

from collections.abc import Callable, Hashable
from typing import Any, ParamSpec, TypeVar

from eventlet import tpool
from eventlet.event import Event
from nameko.extensions import DependencyProvider

from services.common.bus.dependency import BusProvider, DatabaseProvider, KeyProvider, environ_of
from services.tally.contract import RESULTS_UPDATED, SERVICE
from services.tally.settings import TallySettings
from services.tally.sources import Sources
from services.tally.storage import TallyStore

P = ParamSpec("P")
T = TypeVar("T")
DATABASE = TallySettings.database_url.name
RESULT_KEYS = "result"


class Threads:
    """Runs long calculations in threads that are none of eventlet's, as `usecases.apart.Apart` asks."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, Event] = {}

    def __call__(
        self, key: Hashable, function: Callable[P, T], /, *arguments: P.args, **named: P.kwargs
    ) -> T:
        running = self._under_way.get(key)
        if running is not None:
            answer: T = running.wait()
            return answer
        done = self._under_way[key] = Event()
        try:
            found: T = tpool.execute(function, *arguments, **named)
        except BaseException as error:
            done.send_exception(error)
            raise
        else:
            done.send(found)
            return found
        finally:
            del self._under_way[key]


class ApartProvider(DependencyProvider):
    """One for the process."""

    def setup(self) -> None:
        self.threads = Threads()

    def get_dependency(self, _worker_ctx: Any) -> Any:
        return self.threads


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
