"""Who asks: what handlers of the API and of pages use of sessions, cookies and CSRF protection."""

from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from gateway.auth import addresses, csrf
from gateway.auth.sessions import COOKIE
from gateway.auth.tokens import Session
from gateway.context import gateway
from gateway.errors import Unauthenticated
from services.common.errors import DomainError
from services.common.telemetry.logs import get_logger

__all__ = [
    "Session",
    "actor",
    "clear_session",
    "client_address",
    "end_session",
    "read_form",
    "renew_session",
    "required",
    "set_session",
]

log = get_logger(__name__)

FORM_FIELDS = 8_000
"""50 questions with all that the console asks of each, and the options that are entered one by one."""
FORM_PART_BYTES = 65_536


def session_of(request: Request) -> Session | None:
    """The request's session, if it has one."""
    session: Session | None = request.state.session
    return session


def actor(request: Request) -> dict[str, Any] | None:
    """Who asks, as the services' contracts take it; None for a guest."""
    session = session_of(request)
    return session.actor if session else None


def required(request: Request) -> Session:
    """The session; raises Unauthenticated where there is none."""
    session = session_of(request)
    if session is None:
        raise Unauthenticated
    return session


def set_session(request: Request, response: Response, session: dict[str, Any]) -> None:
    """Signs the browser in with identity's `SessionSchema`."""
    gateway(request).sessions.cookies.give(response, session)


async def renew_session(request: Request, response: Response) -> None:
    """Gives a browser new tokens, after something that tokens carry has changed; others get theirs when theirs are over."""
    sessions = gateway(request).sessions
    refresh = request.cookies.get(sessions.cookies.refresh)
    if request.state.session_by != COOKIE or not refresh:
        return
    try:
        sessions.cookies.give(response, await sessions.renewed(refresh))
    except DomainError as error:
        log.warning("session could not be renewed", code=error.code)


def clear_session(request: Request, response: Response) -> None:
    """Signs the browser out; `end_session` ends the session itself."""
    gateway(request).sessions.cookies.take(response)


async def end_session(request: Request) -> None:
    """Ends this request's session everywhere; harmless without one."""
    session = session_of(request)
    if session is not None:
        await gateway(request).sessions.end(session)


async def read_form(request: Request) -> FormData:
    """The posted form of a page. Raises CsrfFailed when it does not carry the session's token, MalformedForm."""
    form = await request.form(max_files=0, max_fields=FORM_FIELDS, max_part_size=FORM_PART_BYTES)
    check_form(request, form.get(csrf.FIELD))
    return form


def check_form(request: Request, token: Any) -> None:
    """Raises CsrfFailed when a signed-in browser's form does not carry the session's token."""
    session = session_of(request)
    if session is not None:
        csrf.check_token(session, token if isinstance(token, str) else None)


def client_address(request: Request) -> str:
    """Where the request comes from, through trusted proxies only."""
    peer = request.client.host if request.client else None
    forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
    return addresses.client_address(peer, forwarded, gateway(request).settings.trusted_proxies)
