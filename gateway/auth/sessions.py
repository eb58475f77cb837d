"""From a request's headers to its session: bearer tokens, cookies, silent refresh, ended sessions."""

import asyncio
import hashlib
import time
from dataclasses import dataclass
from typing import Any

from gateway.auth.cookies import CookieNames
from gateway.auth.tokens import Session, TokenVerifier
from gateway.bus import Bus
from gateway.errors import InvalidToken
from services.common.errors import DomainError
from services.common.telemetry.logs import get_logger
from services.identity import contract as identity

log = get_logger(__name__)
REFRESH_KEPT = 60.0
BEARER = "bearer"
COOKIE = "cookie"


@dataclass(slots=True)
class Found:
    """What the headers say. `by`: bearer or cookie. `error`: the bearer token is no good. `renewed`: identity's answer
    whose cookies the response must carry. `stale`: the cookies are good for nothing and should go.
    """

    session: Session | None = None
    by: str = ""
    error: DomainError | None = None
    renewed: dict[str, Any] | None = None
    stale: bool = False


GUEST = Found()


class Sessions:
    """Sessions of this gateway's requests. All waits are the bus's, each with a deadline."""

    def __init__(self, bus: Bus, verifier: TokenVerifier, cookies: CookieNames) -> None:
        self._bus, self._verifier, self.cookies = bus, verifier, cookies
        self._refreshes: dict[bytes, tuple[float, asyncio.Future[dict[str, Any]]]] = {}
        bus.subscribe(identity.SESSION_ENDED, lambda event: verifier.end(event["sid"]))

    def by_bearer(self, token: str) -> Found:
        try:
            return Found(self._verifier.verify(token), BEARER)
        except InvalidToken as error:
            return Found(error=error)

    async def by_cookies(self, access: str | None, refresh: str | None) -> Found:
        """The session of the cookies; an access token that is no good is renewed by the refresh token without a word."""
        if access:
            try:
                return Found(self._verifier.verify(access), COOKIE)
            except InvalidToken:
                pass
        return await self._renewed(refresh) if refresh else Found(stale=bool(access))

    async def _renewed(self, refresh: str) -> Found:
        try:
            answer = await self._refreshed(refresh)
        except identity.SessionEnded:
            return Found(stale=True)
        except DomainError as error:
            log.warning("session could not be renewed", code=error.code)
            return GUEST
        try:
            return Found(self._verifier.verify(answer["access_token"]), COOKIE, renewed=answer)
        except InvalidToken:
            return Found(renewed=answer)

    async def _refreshed(self, refresh: str) -> dict[str, Any]:
        """One call for each refresh token: using it twice would end the session, and a page sends many requests."""
        name, now = hashlib.sha256(refresh.encode()).digest(), time.monotonic()
        while self._refreshes and next(iter(self._refreshes.values()))[0] < now - REFRESH_KEPT:
            del self._refreshes[next(iter(self._refreshes))]
        if name not in self._refreshes:
            call = self._bus.call(identity.REFRESH_SESSION, refresh_token=refresh)
            task = asyncio.ensure_future(call)
            task.add_done_callback(lambda done: self._forget_failure(name, done))
            self._refreshes[name] = (now, task)
        return await asyncio.shield(self._refreshes[name][1])

    async def renewed(self, refresh: str) -> dict[str, Any]:
        """New tokens with what identity knows at this moment. Raises `SessionEnded`, `Unavailable`."""
        answer: dict[str, Any] = await self._bus.call(identity.REFRESH_SESSION, refresh_token=refresh)
        return answer

    def _forget_failure(self, name: bytes, done: asyncio.Future[dict[str, Any]]) -> None:
        if done.cancelled() or done.exception() is not None:
            self._refreshes.pop(name, None)

    async def load_ended(self) -> None:
        """Fetches the sessions that ended while nobody here listened."""
        try:
            for sid in (await self._bus.call(identity.LIST_ENDED_SESSIONS))["sids"]:
                self._verifier.end(sid)
        except DomainError as error:
            log.warning("ended sessions could not be fetched", code=error.code)

    async def end(self, session: Session) -> None:
        """Ends the session here at once and at identity for everybody."""
        await self._bus.call(identity.END_SESSION, sid=session.sid)
        self._verifier.end(session.sid)
