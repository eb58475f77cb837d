"""`python -m gateway`: one process of the gateway. SIGTERM ends it gracefully."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable, Mapping

import uvloop

from gateway.app import Application, assemble, find_pages
from gateway.bus import AsyncBus
from gateway.server import Server, configuration
from gateway.settings import GatewaySettings
from services.ballots import contract as ballots
from services.common.crypto import KeyFolder, KeyMissing
from services.common.settings import SettingError
from services.common.telemetry import logs
from services.identity import contract as identity
from services.polls import contract as polls

BATCHES = (polls.ISSUE_PASSES, ballots.CAST)
FIELDS = ("method", "route", "http_status", "seconds", "code")
log = logs.get_logger("gateway")


def settle_memory() -> None:
    """What stands after the start stays: no garbage collection looks at it again, and those that come are fewer."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def access_keys(settings: GatewaySettings) -> Callable[[], Mapping[str, bytes]]:
    """Reads the keys of access tokens, those made since included. Raises KeyMissing."""
    folder = KeyFolder(settings.keys, identity.ACCESS_KEYS)
    return lambda: folder.mac_keys(identity.ACCESS_KEY_USE)


async def serve(settings: GatewaySettings) -> None:
    bus = AsyncBus(settings.amqp_uri, "gateway", BATCHES)
    csrf_key = KeyFolder(settings.keys, "gateway").secret("csrf")
    gateway = assemble(settings, bus, settings.object_store(), csrf_key, access_keys(settings))
    await bus.start()
    settle_memory()
    try:
        log.info("listening", port=settings.port)
        await Server(configuration(Application(gateway, find_pages()), settings)).serve()
    finally:
        await bus.close()
        log.info("stopped")


def main() -> int:
    try:
        settings = GatewaySettings.load(os.environ)
        logs.configure("gateway", settings.log_level, FIELDS)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: None)  # uvicorn raises it again once it has stopped
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings))
    except (SettingError, KeyMissing) as error:
        print(error, file=sys.stderr)  # noqa: T201 - before there is a log
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
