"""Names of organisations for people: kept a while, so that showing a poll costs no call."""

import asyncio
import time
from collections.abc import Hashable
from functools import lru_cache
from typing import cast

from gateway.bus import Bus
from services.common.errors import DomainError
from services.common.telemetry.logs import get_logger
from services.identity import contract as identity

log = get_logger(__name__)
KEPT = 30.0
PAUSE = 5.0
"""Seconds before identity is asked again after it did not answer."""


class Directory:
    """Organisations by id. Whoever finds the names old gets them at once, while they are fetched anew once for all."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._fetch_at = float("-inf")
        self._names: dict[str, dict[str, str]] = {}
        self._fetching: asyncio.Task[None] | None = None

    async def names(self, language: str) -> dict[str, str]:
        if self._fetching is None and time.monotonic() >= self._fetch_at:
            self._fetching = asyncio.create_task(self._fetch())
        if self._fetching is not None and not self._names:
            await asyncio.shield(self._fetching)
        return {org: names[language] for org, names in self._names.items()}

    def forget(self) -> None:
        """An organisation was added: the next reader waits for the new names."""
        self._fetch_at = float("-inf")
        self._names = {}

    async def _fetch(self) -> None:
        try:
            answer = await self._bus.call(identity.LIST_ORGANIZATIONS)
            self._names = {o["id"]: {"ko": o["name_ko"], "en": o["name_en"]} for o in answer["items"]}
            self._fetch_at = time.monotonic() + KEPT
        except DomainError as error:
            self._fetch_at = time.monotonic() + PAUSE
            log.warning("names of organisations could not be fetched", code=error.code)
        finally:
            self._fetching = None


def directory_of(bus: Bus) -> Directory:
    """The directory of the gateway with this bus."""
    return _directory_of(cast("Hashable", bus))


@lru_cache(maxsize=4)
def _directory_of(bus: Hashable) -> Directory:
    return Directory(cast("Bus", bus))
