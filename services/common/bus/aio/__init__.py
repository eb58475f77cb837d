"""The bus for an asyncio process, over pika."""

from services.common.bus.aio.bus import AsyncBus
from services.common.bus.aio.coalescing import NotConfirmed, Pending

__all__ = ["AsyncBus", "NotConfirmed", "Pending"]
