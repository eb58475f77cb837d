"""What every request passes, outermost first: telemetry and headers, errors, limits, and who asks.

All of it is plain ASGI: no task, queue or copy of a body is made for a request.
"""

import re
import time
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from prometheus_client import Counter, Gauge, Histogram
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import i18n
from gateway.auth import csrf
from gateway.auth.cookies import cookie_headers
from gateway.auth.sessions import BEARER, GUEST, Found
from gateway.context import gateway
from gateway.errors import as_domain_error, headers_of, is_foreseen, problem_response, status_of
from gateway.settings import GatewaySettings
from services.common.errors import DomainError
from services.common.ids import new_id
from services.common.telemetry.logs import get_logger, set_request_id
from services.common.telemetry.metrics import SECONDS

log = get_logger(__name__)

REQUESTS = Histogram(
    "http_request_seconds",
    "Time from a request's head to its last byte",
    ["method", "route", "status"],
    buckets=SECONDS,
)
UNDER_WAY = Gauge("http_requests_under_way", "Requests that are being handled now")
ABORTED = Counter("http_requests_aborted_total", "Requests whose client left before the answer was complete")
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
UNROUTED = "(none)"
PROCESS, NUMBERS = new_id()[:12] + ".", count(1)
"""A request's id is the process's and a number: it has to be the only one, not a secret."""
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


def security_headers(secure: bool) -> list[tuple[bytes, bytes]]:
    """Sent with every answer that does not set them itself."""
    headers = {
        "content-security-policy": POLICY,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "cache-control": "no-store",
    }
    if secure:
        headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"
    return [(name.encode(), value.encode()) for name, value in headers.items()]


class Telemetry:
    """Gives the request an id, measures it by its route's template, and adds the headers of every answer."""

    def __init__(self, app: ASGIApp, settings: GatewaySettings) -> None:
        self.app = app
        self._headers = security_headers(settings.secure)
        self._names = frozenset(name for name, _ in self._headers)
        self._logs = settings.access_log
        self._children: dict[tuple[str, str, int], Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        request_id = chosen_id(headers.get(b"x-request-id"))
        set_request_id(request_id)
        scope["state"] = {
            "request_id": request_id,
            "headers": headers,
            "session": None,
            "language": i18n.DEFAULT,
        }
        answer = Answer(send, [(b"x-request-id", request_id.encode()), *self._headers], self._names)
        start = time.perf_counter()
        UNDER_WAY.inc()
        try:
            await self.app(scope, receive, answer)
        finally:
            UNDER_WAY.dec()
            self._tell(scope, answer.status, time.perf_counter() - start)

    def _tell(self, scope: Scope, status: int, duration: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        template = (
            getattr(scope.get("route"), "path", UNROUTED) if status != 404 or "route" in scope else UNROUTED
        )
        key = (method, template, status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = REQUESTS.labels(method, template, str(status))
        child.observe(duration)
        if self._logs == "all" or (self._logs == "problems" and status >= 400):
            log.info("request", method=method, route=template, http_status=status, seconds=duration)


class Answer:
    """The way of an answer out: adds the headers that it lacks and remembers its status (499: none was sent)."""

    __slots__ = ("_headers", "_names", "_send", "status")

    def __init__(self, send: Send, headers: list[tuple[bytes, bytes]], names: frozenset[bytes]) -> None:
        self._send, self._headers, self._names = send, headers, names
        self.status = 499

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = message.get("headers") or []
            given = {name for name, _ in own} & self._names
            added = [header for header in self._headers if header[0] not in given] if given else self._headers
            message = {**message, "headers": [*own, *added]}
        await self._send(message)


def chosen_id(given: bytes | None) -> str:
    """The caller's request id when it looks like one, else a new one."""
    text = given.decode("latin-1") if given else ""
    return text if REQUEST_ID.fullmatch(text) else f"{PROCESS}{next(NUMBERS):x}"


ErrorPage = Callable[[Request, int, str, Mapping[str, Any]], Response]
MACHINE_PATHS = ("/api/", "/log/", "/dev/", "/media/", "/metrics", "/livez", "/readyz")


class Errors:
    """The one place where an exception becomes an answer: a page for people, a problem document for programs."""

    def __init__(self, app: ASGIApp, error_page: ErrorPage | None) -> None:
        self.app, self._error_page = app, error_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except ClientDisconnect:
            ABORTED.inc()
        except Exception as error:
            if not is_foreseen(error):
                log.exception("request failed", error=error)
            if not started:
                await self._response(scope, receive, as_domain_error(error))(scope, receive, send)

    def _response(self, scope: Scope, receive: Receive, error: DomainError) -> Response:
        request = Request(scope, receive)
        if self._error_page is not None and for_people(scope):
            try:
                page = self._error_page(request, status_of(error), error.code, error.params)
                for name, value in headers_of(error).items():
                    page.headers.setdefault(name, value)
                return page
            except Exception as failure:
                log.exception("error page failed", error=failure)
        state = request.state
        return problem_response(error, i18n.translations(request), state.language, state.request_id)


def for_people(scope: Scope) -> bool:
    """Whether the path is a page's."""
    return not scope["path"].startswith(MACHINE_PATHS)


class Identify:
    """Finds out language and session, and refuses writes that another site made a browser send."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        state, headers = scope["state"], scope["state"]["headers"]
        cookies = connection.cookies if b"cookie" in headers else {}
        accept = headers.get(b"accept-language")
        state["language"] = i18n.choose(
            cookies.get(i18n.COOKIE), accept.decode("latin-1") if accept else None
        )
        found = await self._find(connection, cookies)
        state["session"], state["session_by"], state["token_error"] = found.session, found.by, found.error
        if scope["method"] not in csrf.SAFE and found.by != BEARER:
            csrf.check_origin(headers, gateway(connection).settings.public_url)
        await self.app(scope, receive, self._with_cookies(connection, found, send))

    async def _find(self, connection: HTTPConnection, cookies: Mapping[str, str]) -> Found:
        sessions = gateway(connection).sessions
        authorization = connection.scope["state"]["headers"].get(b"authorization")
        if authorization is not None:
            scheme, _, token = authorization.decode("latin-1").partition(" ")
            return sessions.by_bearer(token.strip() if scheme.lower() == "bearer" else "")
        access, refresh = cookies.get(sessions.cookies.access), cookies.get(sessions.cookies.refresh)
        if not (access or refresh) or connection.scope["path"].startswith("/static/"):
            return GUEST
        return await sessions.by_cookies(access, refresh)

    def _with_cookies(self, connection: HTTPConnection, found: Found, send: Send) -> Send:
        """Cookies change with the answer when the session was renewed or has turned out to be over."""
        if found.renewed is None and not found.stale:
            return send
        response, cookies = Response(), gateway(connection).sessions.cookies
        if found.renewed is not None:
            cookies.give(response, found.renewed)
        else:
            cookies.take(response)
        extra = cookie_headers(response)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and not any(
                n == b"set-cookie" for n, _ in message["headers"]
            ):
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        return sending
