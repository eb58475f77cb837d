"""Casts are refused before they are read while there is no room for them: in a crowd most requests may be such.

To read a request, check its token and its body, and word a refusal costs a gateway about as much as a cast itself, so that those
who are sent away would take the time of those who are let in.  The door looks at the bytes of a request that has come whole
and answers with bytes that are prepared; what is not plainly a cast of the API goes the ordinary way.
"""

import random
import re
from collections.abc import Callable

from gateway import i18n
from gateway.admission import RETRY_AFTER, Admission
from gateway.casting import OUTCOMES
from gateway.errors import TryAgain, problem_response
from gateway.middleware import REQUESTS, chosen_id, security_headers
from gateway.routes.ballots import BALLOTS

REQUEST_LINE = re.compile(rb"POST /api/v1/polls/[A-Za-z0-9_-]{1,64}/ballots HTTP/1\.1\r\n")
UNUSUAL = (b"\r\ntransfer-encoding:", b"\r\nconnection:", b"\r\nexpect:", b"\r\nupgrade:")
LENGTH = b"\r\ncontent-length:"
LONGEST_HEAD = 16_384
PLACE_OF_ID = b"(request id)"


class Door:
    """One for a gateway. `ready` says whether the broker takes messages."""

    def __init__(
        self, admission: Admission, ready: Callable[[], bool], catalogues: i18n.Catalogues, *, secure: bool
    ) -> None:
        self._admission, self._ready = admission, ready
        self._answers = {
            (language, seconds): prepared(catalogues, language, seconds, secure=secure)
            for language in i18n.LANGUAGES
            for seconds in range(RETRY_AFTER[0], RETRY_AFTER[1] + 1)
        }
        self._duration = REQUESTS.labels("POST", BALLOTS, "503")
        self._outcome = OUTCOMES.labels(TryAgain.code)

    def refusal(self, request: bytes, head: bytes) -> bytes | None:
        """The whole answer to a cast (see `head_of_cast`) that is not let in; none for one that is."""
        if not self._admission.turns_away(broker_ready=self._ready()):
            return None
        self._duration.observe(0.0)
        self._outcome.inc()
        language = i18n.choose(chosen_language(head), text(head, head, b"\r\naccept-language:"))
        start, body = self._answers[language, random.randint(*RETRY_AFTER)]  # noqa: S311 - not a secret
        given = text(request, head, b"\r\nx-request-id:")
        request_id = chosen_id(given.encode("latin-1") if given else None).encode()
        body = body.replace(PLACE_OF_ID, request_id)
        return start + b"x-request-id: %b\r\ncontent-length: %d\r\n\r\n%b" % (request_id, len(body), body)

    def enter(self) -> None:
        """A cast was let in; `leave` when it is answered or its client is gone."""
        self._admission.inside += 1

    def leave(self) -> None:
        self._admission.inside -= 1


def head_of_cast(request: bytes) -> bytes | None:
    """The head in small letters, if these bytes are one cast of the API from its first to its last and nothing unusual."""
    if not REQUEST_LINE.match(request):
        return None
    end = request.find(b"\r\n\r\n", 0, LONGEST_HEAD)
    head = request[: end + 2].lower()
    if end < 0 or head.count(LENGTH) != 1 or any(map(head.__contains__, UNUSUAL)):
        return None
    length = text(head, head, LENGTH) or ""
    return head if length.isdecimal() and len(request) == end + 4 + int(length) else None


def text(request: bytes, head: bytes, start: bytes) -> str | None:
    """What stands in the request behind the first field that starts so, in small letters; none without one."""
    place = head.find(start)
    if place < 0:
        return None
    place += len(start)
    return request[place : head.index(b"\r\n", place)].strip().decode("latin-1")


def chosen_language(head: bytes) -> str | None:
    """The language that the reader chose by hand, from its cookie."""
    cookies = text(head, head, b"\r\ncookie:")
    if cookies is None:
        return None
    pairs = (pair.strip().partition("=") for pair in cookies.split(";"))
    return next((value for name, _, value in pairs if name == i18n.COOKIE), None)


def prepared(
    catalogues: i18n.Catalogues, language: str, seconds: int, *, secure: bool
) -> tuple[bytes, bytes]:
    """What the ordinary way answers: all of the head that is the same for everybody, and the body with a place for the id."""
    error, translations = TryAgain(retry_after=seconds), catalogues.translations(language)
    response = problem_response(error, translations, language, PLACE_OF_ID.decode())
    own = [header for header in response.raw_headers if header[0] != b"content-length"]
    names = {name for name, _ in own}
    added = [header for header in security_headers(secure) if header[0] not in names]
    lines = b"".join(b"%b: %b\r\n" % header for header in [*own, *added])
    return b"HTTP/1.1 503 Service Unavailable\r\n" + lines, bytes(response.body)
