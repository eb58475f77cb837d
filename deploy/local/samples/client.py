"""The gateway as a client sees it: deadlines, retries, sign-in by the code in the development outbox."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import httpx

from deploy.local.console import Unusable

AT_ONCE = 16
REQUEST_SECONDS = 15.0
PATIENCE_SECONDS = 90.0
CODE_SECONDS = 20.0
_TRY_AGAIN = (429, 502, 503, 504)


class Refused(Exception):
    """The gateway said no. `code` is the problem's, `where` points at what is wrong; no value is repeated here."""

    def __init__(self, what: str, status: int, code: str, where: str = "") -> None:
        super().__init__(f"{what} was refused: {status} {code} {where}".rstrip())
        self.status = status
        self.code = code


class Client:
    """At most `AT_ONCE` requests at the same time; what may be sent again is, until patience ends."""

    def __init__(self, url: str) -> None:
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        timeout = httpx.Timeout(REQUEST_SECONDS, pool=PATIENCE_SECONDS)
        # The machine's proxies are for the world outside.
        self._http = httpx.AsyncClient(base_url=url, limits=limits, timeout=timeout, trust_env=False)
        self._tokens: dict[str, str] = {}
        self._refresh_tokens: dict[str, str] = {}
        self._signing_in: dict[str, asyncio.Lock] = {}

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    async def get(self, path: str, phone: str | None = None, **query: Any) -> Any:
        """Read something, as a guest or as the person with this phone."""
        return await self.send("GET", path, phone, params=query)

    async def send(self, method: str, path: str, phone: str | None = None, **content: Any) -> Any:
        """The answer's JSON. Raises Refused, and Unusable when nobody answers.

        Everything that is sent here may be sent again: ballots and drafts by their ids, all else by its nature.
        """
        headers = {"Authorization": f"Bearer {await self.token(phone)}"} if phone else {}
        headers |= content.pop("headers", {})
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            response, pause = await self._try(method, path, headers, content)
            if response is not None and response.status_code not in _TRY_AGAIN:
                return _answer(f"{method} {path}", response)
            if time.monotonic() + pause > until:
                raise Unusable(f"The gateway does not take {method} {path}: look at its log.")
            await asyncio.sleep(pause)

    async def _try(
        self, method: str, path: str, headers: Mapping[str, str], content: Mapping[str, Any]
    ) -> tuple[httpx.Response | None, float]:
        """An answer, if there was one, and how long to wait before asking again."""
        try:
            response = await self._http.request(method, path, headers=headers, **content)
        except httpx.TransportError:
            return None, 0.5
        after = response.headers.get("retry-after", "")
        return response, float(after) if after.isdecimal() else 0.5

    async def token(self, phone: str) -> str:
        """The access token of the person with this phone, who signs in once."""
        async with self._signing_in.setdefault(phone, asyncio.Lock()):
            if phone not in self._tokens:
                await self._sign_in(phone)
        return self._tokens[phone]

    async def _sign_in(self, phone: str) -> None:
        challenge = await self.send("POST", "/api/v1/auth/phone", json={"phone": phone})
        code = await self._code(phone, challenge["challenge_id"])
        confirmation = {"challenge_id": challenge["challenge_id"], "code": code}
        self._keep(phone, await self.send("POST", "/api/v1/auth/phone/confirm", json=confirmation))

    async def renew(self, phone: str) -> None:
        """A new token, which carries what is known of the person now."""
        old = {"refresh_token": self._refresh_tokens[phone]}
        self._keep(phone, await self.send("POST", "/api/v1/auth/refresh", json=old))

    def _keep(self, phone: str, session: Mapping[str, Any]) -> None:
        self._tokens[phone] = str(session["access_token"])
        self._refresh_tokens[phone] = str(session["refresh_token"])

    async def _code(self, phone: str, challenge_id: str) -> str:
        """What the person would read on the phone."""
        until = time.monotonic() + CODE_SECONDS
        pause = 0.02
        while time.monotonic() < until:
            for message in (await self.get("/dev/outbox", to=phone, limit=5))["items"]:
                if message["challenge_id"] == challenge_id:
                    return str(message["code"])
            await asyncio.sleep(pause)
            pause = min(0.5, pause * 1.5)
        raise Unusable("A sign-in code did not arrive in the development outbox: look at notify's log.")


def _answer(what: str, response: httpx.Response) -> Any:
    if response.is_success:
        return response.json() if response.content else None
    try:
        problem = response.json()
        where = ", ".join(f"{each['pointer']} {each['code']}" for each in problem.get("errors", []))
        code = str(problem.get("code", "unknown"))
    except (ValueError, AttributeError, KeyError):
        code, where = "unknown", ""
    raise Refused(what, response.status_code, code, where)
