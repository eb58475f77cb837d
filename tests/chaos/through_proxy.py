"""A gateway that reaches the broker through the fault proxy; the other gateway reaches it directly."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

from tests.chaos.ground import Ground
from tests.chaos.proxy import Proxy


@contextmanager
def proxied_gateway(ground: Ground) -> Iterator[Proxy]:
    """The first gateway, restarted behind a proxy for the block."""
    parts = urlsplit(ground.stack.amqp_uri)
    proxy = Proxy(parts.hostname or "127.0.0.1", parts.port or 5672).start()
    userinfo = parts.netloc.rpartition("@")[0]
    behind = urlunsplit(parts._replace(netloc=f"{userinfo}@127.0.0.1:{proxy.port}"))
    try:
        ground.restart_with("gateway", AMQP_URI=behind)
        yield proxy
    finally:
        proxy.faults.stalled = False
        ground.restart_with("gateway", AMQP_URI=ground.stack.amqp_uri)
        proxy.stop()
