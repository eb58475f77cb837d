"""The gateway's only way to the services.

`Bus` says what the gateway needs of it, so that tests can stand in for it; `services.common.bus.aio.AsyncBus` is it.
"""

from collections.abc import Callable
from typing import Any, Protocol

from services.common.bus.aio import AsyncBus, NotConfirmed, Pending
from services.common.contract import Batch, Call, Event

__all__ = ["AsyncBus", "Bus", "NotConfirmed", "Pending"]


class Bus(Protocol):
    """Asks and tells; every wait ends by its contract's deadline."""

    @property
    def ready(self) -> bool:
        """Whether the broker takes messages now."""
        ...

    async def call(self, call: Call, /, **arguments: Any) -> Any:
        """The service's answer. Raises the call's declared errors, InvalidInput, Unavailable, InternalError."""
        ...

    async def submit(self, batch: Batch, item: dict[str, Any], /) -> dict[str, Any] | Pending:
        """The item's outcome. `Pending`: the broker has it safely, its handler has not answered in time.

        Raises the batch's declared errors; NotConfirmed when the broker may not have it; Unavailable.
        """
        ...

    def subscribe(self, event: Event, callback: Callable[[dict[str, Any]], None], /) -> None:
        """Calls back for each such event heard while connected; a hint that may be lost."""
        ...
