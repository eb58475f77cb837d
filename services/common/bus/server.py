"""nameko entrypoints: ``serve`` a call, ``serve_batch`` a batch, ``handle`` an event, do something ``every`` so often."""

from services.common.bus.batches import serve_batch
from services.common.bus.calls import serve
from services.common.bus.handlers import handle
from services.common.bus.timer import every

__all__ = ["every", "handle", "serve", "serve_batch"]
