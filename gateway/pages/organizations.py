"""Names of organisations for people: kept a while, so that showing a poll costs no call."""

import asyncio
import time
from collections.abc import Hashable
from functools import lru_cache
from typing import cast

from starlette.requests import Request

from gateway.bus import Bus
from gateway.context import gateway
from services.common.errors import Unavailable
from services.identity import contract as identity

KEPT = 30.0


class Directory:
    """Organisations by id; what was known stays in use while identity does not answer."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._fetched = float("-inf")
        self._names: dict[str, dict[str, str]] = {}
        self._lock = asyncio.Lock()

    async def names(self, language: str) -> dict[str, str]:
        async with self._lock:
            if time.monotonic() - self._fetched > KEPT:
                await self._fetch()
        return {org: names[language] for org, names in self._names.items()}

    def forget(self) -> None:
        self._fetched = float("-inf")

    async def _fetch(self) -> None:
        try:
            answer = await self._bus.call(identity.LIST_ORGANIZATIONS)
        except Unavailable:
            return
        self._names = {o["id"]: {"ko": o["name_ko"], "en": o["name_en"]} for o in answer["items"]}
        self._fetched = time.monotonic()


def directory(request: Request) -> Directory:
    """The directory of this request's gateway."""
    return _directory_of(cast("Hashable", gateway(request).bus))


@lru_cache(maxsize=4)
def _directory_of(bus: Hashable) -> Directory:
    return Directory(cast("Bus", bus))


async def organizations(request: Request) -> dict[str, str]:
    """Names by id in the reader's language."""
    return await directory(request).names(request.state.language)
