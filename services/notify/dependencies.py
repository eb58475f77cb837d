"""What notify's entry points are given."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import eventlet
from nameko.extensions import DependencyProvider

from services.common.bus.client import BusClient
from services.common.bus.dependency import DatabaseProvider, environ_of
from services.common.crypto import KeyFolder
from services.notify import contract
from services.notify.addresses import Addresses
from services.notify.directory import Directory
from services.notify.domain import PURSES
from services.notify.sending import Limits, Post, Spread
from services.notify.settings import NotifySettings, create_channels
from services.notify.storage.dev_outbox import DevOutbox
from services.notify.storage.queue import Queue
from services.notify.storage.wishes import Wishes
from services.notify.texts import Texts


@dataclass(frozen=True)
class Office:
    """Everything that notify works with."""

    settings: NotifySettings
    post: Post
    wishes: Wishes
    outbox: DevOutbox
    spread: Spread


class OfficeProvider(DependencyProvider):
    """Refuses to start (`SettingError`) when people could not be reached for real."""

    databases = DatabaseProvider.databases

    def setup(self) -> None:
        """Reads the settings and keys; connects to nothing yet."""
        environ = environ_of(self.container)
        settings = NotifySettings.load(environ)
        database = self.databases.get("NOTIFY_DATABASE_URL")
        outbox = DevOutbox(database)
        channels = create_channels(environ, settings, outbox)
        self.client = BusClient(self.container.config["AMQP_URI"], f"{contract.SERVICE} client")
        keys = KeyFolder(settings.keys, contract.SERVICE)
        post = Post(
            queue=Queue(database),
            directory=Directory(self.client),
            addresses=Addresses(keys.ring("data"), keys.secret("recipient")),
            texts=Texts(settings.public_url),
            channels=channels,
            limits=limits(settings),
        )
        self.office = Office(settings, post, Wishes(database), outbox, spread(settings.parallel))

    def stop(self) -> None:
        """Hangs up."""
        self.client.close()

    kill = stop

    def get_dependency(self, worker_ctx: Any) -> Office:  # noqa: ARG002 - nameko's shape
        """The same for every worker."""
        return self.office


def limits(settings: NotifySettings) -> Limits:
    """The bounds that the settings draw."""
    caps = {purse: settings.code_cap if purse == "codes" else settings.other_cap for purse in PURSES.values()}
    return Limits(caps, settings.batch_size, settings.most_tries, timedelta(seconds=settings.claim_time))


def spread(parallel: int) -> Spread:
    """Works on so many letters at the same time."""

    def work(deliver: Any, letters: Iterable[Any]) -> Iterable[str]:
        pool: Iterable[str] = eventlet.GreenPool(parallel).imap(deliver, letters)
        return pool

    return work
