"""Ways to reach people: one file a way, found by itself. To add one, write `<name>.py` here and its test.

Each module offers what :class:`ChannelModule` says; its settings are declared there too, so that a deployment needs only
those of the channels it uses.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from services.common.settings import Settings
from services.notify.domain import Message, Sent


class Outbox(Protocol):
    """Where the development channel puts messages instead of sending them."""

    def keep_in_outbox(self, message: Message, channel: str) -> str:
        """Stores the message; returns its id."""


class Channel(Protocol):
    """A configured way to reach people.

    NAME: its name in settings, metrics and reports.
    """

    NAME: str

    def send(self, message: Message, idempotency_key: str) -> Sent:
        """Hands the message to the provider, within the channel's own deadline.

        Raises `Retryable` when the provider surely did not take it, `Rejected` when it never will, and `Unknown` when
        that cannot be told; only after `Retryable` may the caller send the same message again. `idempotency_key` is
        passed on where the provider knows such a thing; where it does not, the caller's record is the only guard.
        """

    def cost(self, message: Message) -> int:
        """What sending it costs, in won, at most."""


class ChannelModule(Protocol):
    """What a file of this package offers.

    NAME: the word that chooses it. CARRIES: the kinds of addresses it reaches (`domain.SMS`, `domain.MAIL`).
    DEVELOPMENT: sends nothing for real, so it is refused outside `MVOTING_ENV=dev`. ChannelSettings: its settings.
    """

    NAME: str
    CARRIES: frozenset[str]
    DEVELOPMENT: bool
    ChannelSettings: type[Settings]

    def create(self, settings: Settings, outbox: Outbox) -> Channel:
        """The channel, ready to send. Connects to nothing yet."""


@cache
def modules() -> Mapping[str, ChannelModule]:
    """All channels there are, by name."""
    found = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    return {module.NAME: cast("ChannelModule", module) for module in found}
