"""How large a request's body may be, and how long it may take to come."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import TooLarge, TooSlow
from gateway.settings import GatewaySettings

LARGE: Mapping[str, str] = {
    "/images": "image_bytes",
    "/roll": "roll_bytes",
    "/invitations": "roll_bytes",
    "/projects": "project_bytes",
    "/edit": "form_bytes",
}
"""Ends of paths that take files or long forms, and the setting that limits them."""


class Limits:
    """Refuses a body that is too large, by its declared length before a byte is read, else as soon as it is; and one
    that does not come in time.
    """

    def __init__(self, app: ASGIApp, settings: GatewaySettings) -> None:
        self.app = app
        self._usual = Limit(settings.body_bytes, settings.body_seconds)
        self._large = {
            suffix: Limit(int(getattr(settings, name)), settings.upload_seconds)
            for suffix, name in LARGE.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = scope["state"]["headers"]
        length = headers.get(b"content-length")
        if length is not None or b"transfer-encoding" in headers:
            limit = self.limit(scope["path"])
            if length is not None and int(length) > limit.size:
                raise TooLarge(limit=limit.size)
            receive = Body(receive, limit)
        await self.app(scope, receive, send)

    def limit(self, path: str) -> "Limit":
        return next((limit for suffix, limit in self._large.items() if path.endswith(suffix)), self._usual)


@dataclass(frozen=True, slots=True)
class Limit:
    """Of a body: bytes, and seconds in which all of it must have come."""

    size: int
    seconds: float


class Body:
    """A request's body within its limits. Raises TooLarge at the first byte too many, TooSlow."""

    __slots__ = ("_complete", "_limit", "_receive", "_seen", "_until")

    def __init__(self, receive: Receive, limit: Limit) -> None:
        self._receive, self._limit = receive, limit
        self._until = asyncio.get_running_loop().time() + limit.seconds
        self._seen, self._complete = 0, False

    async def __call__(self) -> Message:
        if self._complete:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise TooSlow from None
        self._seen += len(message.get("body", b""))
        if self._seen > self._limit.size:
            raise TooLarge(limit=self._limit.size)
        self._complete = not message.get("more_body", False)
        return message
