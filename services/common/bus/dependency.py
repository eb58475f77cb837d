"""nameko dependency providers, each a thin holder of one thing of ours.

class ThingsService:
    name = "things"
    settings = SettingsProvider(ThingsSettings)
    database = DatabaseProvider("THINGS_DATABASE_URL")
    relay = Relay("THINGS_DATABASE_URL")
    bus = BusProvider()
    keys = KeyProvider("things")
"""

import os
from collections.abc import Mapping
from typing import Any

from nameko.extensions import DependencyProvider, SharedExtension

from services.common.bus.client import BusClient
from services.common.bus.relay import OutboxRelay
from services.common.crypto import KeyFolder
from services.common.database import Database
from services.common.settings import ProcessSettings, Setting, Settings, url
from services.common.telemetry.health import process_health


def environ_of(container: Any) -> Mapping[str, str]:
    """The environment this container was configured with, else the process's."""
    return container.config.get("environ", os.environ)


class _Databases(SharedExtension):
    """One pool for each database of a container, however many ask for it."""

    def __init__(self) -> None:
        self._open: dict[str, Database] = {}

    def get(self, variable: str) -> Database:
        if variable not in self._open:
            setting = Setting(
                variable, meaning="address of the database", required=True, secret=True, parse=_database_url
            )
            address = setting.read(setting.text(environ_of(self.container), {}))
            database = Database(address, pool_size=self.container.max_workers + 2)
            process_health.register(f"database:{variable.lower()}", lambda: _probe(database))
            self._open[variable] = database
        return self._open[variable]

    def stop(self) -> None:
        for database in self._open.values():
            database.close()


_database_url = url("sqlite", "postgresql", "postgresql+psycopg2")


def _probe(database: Database) -> str | None:
    try:
        database.check()
    except Exception:  # noqa: BLE001 - whatever is wrong, it cannot be read
        return "the database is away"
    return None


class DatabaseProvider(DependencyProvider):
    """A :class:`Database` by the name of the variable that holds its address."""

    databases = _Databases()

    def __init__(self, variable: str) -> None:
        self._variable = variable

    def setup(self) -> None:
        self.database = self.databases.get(self._variable)

    def get_dependency(self, _worker_ctx: Any) -> Database:
        return self.database


class Relay(DependencyProvider):
    """Publishes the outbox of a database.  A service that emits events has one; several replicas do no harm."""

    databases = _Databases()

    def __init__(self, variable: str) -> None:
        self._variable = variable

    def setup(self) -> None:
        database = self.databases.get(self._variable)
        self.relay = OutboxRelay(database, self.container.config["AMQP_URI"], self.container.service_name)
        database.on_emit.append(self.relay.wake)

    def start(self) -> None:
        self.container.spawn_managed_thread(self.relay.run, identifier="outbox relay")

    def stop(self) -> None:
        self.relay.stop()

    kill = stop

    def get_dependency(self, _worker_ctx: Any) -> OutboxRelay:
        return self.relay


class BusProvider(DependencyProvider):
    """A :class:`BusClient`, for calls to other services and for watched events."""

    def setup(self) -> None:
        self.client = BusClient(self.container.config["AMQP_URI"], f"{self.container.service_name} client")

    def stop(self) -> None:
        self.client.close()

    kill = stop

    def get_dependency(self, _worker_ctx: Any) -> BusClient:
        return self.client


class SettingsProvider(DependencyProvider):
    """A loaded group of settings."""

    def __init__(self, settings: type[Settings]) -> None:
        self._settings = settings

    def setup(self) -> None:
        self.loaded = self._settings.load(environ_of(self.container))

    def get_dependency(self, _worker_ctx: Any) -> Settings:
        return self.loaded


class KeyProvider(DependencyProvider):
    """The key folder of a service."""

    def __init__(self, service: str) -> None:
        self._service = service

    def setup(self) -> None:
        self.folder = KeyFolder(ProcessSettings.load(environ_of(self.container)).keys, self._service)

    def get_dependency(self, _worker_ctx: Any) -> KeyFolder:
        return self.folder


Bus = BusProvider
Publisher = BusProvider
"""A watched event is published by the bus client itself."""
