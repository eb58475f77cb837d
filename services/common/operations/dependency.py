"""The desk as a dependency of a nameko service.

class ThingsService:
    dead_letters = DeadLetters("THINGS_DATABASE_URL")
"""

from typing import Any

from services.common.bus.batches import ServeBatch
from services.common.bus.dependency import DatabaseProvider
from services.common.bus.handlers import Handle
from services.common.bus.topology import event_queue
from services.common.operations.book import DiscardBook
from services.common.operations.desk import DeadLetterDesk


class DeadLetters(DatabaseProvider):
    """The desk for the queues that this service class takes messages from, and ``others`` of the same service.

    Subclasses say what a letter concerns and who is told when one is discarded.
    """

    def __init__(self, variable: str, others: tuple[str, ...] = ()) -> None:
        super().__init__(variable)
        self.others = others

    def setup(self) -> None:
        super().setup()
        self.desk = self.make_desk((*self.others, *own_queues(self.container)))

    def make_desk(self, sources: tuple[str, ...]) -> DeadLetterDesk:
        return DeadLetterDesk(self.container.config["AMQP_URI"], sources, DiscardBook(self.database))

    def get_dependency(self, _worker_ctx: Any) -> Any:
        return self.desk


def own_queues(container: Any) -> list[str]:
    """Names of the queues of a container's batches and event handlers."""
    names = []
    for entrypoint in container.entrypoints:
        if isinstance(entrypoint, Handle):
            names.append(event_queue(container.service_name, entrypoint.event).name)
        elif isinstance(entrypoint, ServeBatch):
            names.append(entrypoint.batch.queue)
    return sorted(names)
