"""Writes from other sites are refused (OWASP: CSRF prevention, signed token and fetch metadata)."""

import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from gateway.auth.tokens import Session
from gateway.errors import CsrfFailed

SAFE = frozenset(("GET", "HEAD", "OPTIONS"))
HEADER = b"x-csrf-token"
FIELD = "csrf_token"
_SAME = (b"same-origin", b"none")


def check_origin(headers: Mapping[bytes, bytes], public_url: str) -> None:
    """For writes that a browser may have been talked into: it must say that our own page sent them, or say nothing
    at all as only programs do. Raises CsrfFailed.
    """
    site = headers.get(b"sec-fetch-site")
    origin = headers.get(b"origin")
    if site is not None and site not in _SAME:
        raise CsrfFailed
    if origin is not None and site is None and not _ours(origin.decode("latin-1"), headers, public_url):
        raise CsrfFailed


def _ours(origin: str, headers: Mapping[bytes, bytes], public_url: str) -> bool:
    if origin == _origin_of(public_url):
        return True
    host = headers.get(b"host", b"").decode("latin-1")
    return bool(host) and urlsplit(origin).netloc == host


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def check_token(session: Session, given: str | None) -> None:
    """Raises CsrfFailed unless the token is this session's."""
    if not given or not hmac.compare_digest(given.encode(), session.csrf.encode()):
        raise CsrfFailed
