"""The development outbox: keeps messages in the database, where the outbox page shows them. Sends nothing."""

from services.common.settings import Settings
from services.notify.channels import Outbox
from services.notify.domain import MAIL, SMS, Message, Sent

NAME = "outbox"
CARRIES = frozenset({SMS, MAIL})
DEVELOPMENT = True


class ChannelSettings(Settings):
    """Has none."""


class OutboxChannel:
    """Takes everything and costs nothing."""

    NAME = NAME

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def send(self, message: Message, idempotency_key: str) -> Sent:  # noqa: ARG002 - the port's shape
        """Keeps it."""
        return Sent(self._outbox.keep_in_outbox(message, NAME))

    def cost(self, message: Message) -> int:  # noqa: ARG002 - the port's shape
        """Nothing."""
        return 0


def create(settings: Settings, outbox: Outbox) -> OutboxChannel:
    """The development outbox over this store."""
    return OutboxChannel(outbox)
