"""Text messages by NAVER Cloud's Simple & Easy Notification Service, SMS API v2.

Format: https://api.ncloud-docs.com/docs/sens-sms-send (request, answer) and
https://api.ncloud-docs.com/docs/common-ncpapi (signature). The provider encodes in EUC-KR, takes 90 bytes as SMS and
2,000 as LMS, and fails on characters that EUC-KR lacks, so those are replaced here. It knows no idempotency key.
"""

import base64
import hashlib
import hmac
import http.client
import json
import re
import ssl
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote, urlsplit

from services.common.settings import Setting, Settings, integer, seconds
from services.notify import phones
from services.notify.channels import Outbox
from services.notify.domain import SMS, Message, Rejected, Retryable, Sent, Unknown

NAME = "sens"
CARRIES = frozenset({SMS})
DEVELOPMENT = False

_ENCODING = "euc_kr"
_SMS_BYTES = 90
_LMS_BYTES = 2000
_SUBJECT_BYTES = 40
_LONGEST_ANSWER = 64 * 1024
_KOREA = "82"
_NOT_TAKEN = {
    401: "unauthorized",
    403: "forbidden",
    408: "http_408",
    429: "too_many_requests",
    503: "http_503",
}


def digits(text: str) -> str:
    """A caller number as the provider wants it."""
    number = re.sub(r"[\s-]", "", text)
    if not number.isascii() or not number.isdigit():
        raise ValueError("must be digits")
    return number


def api_address(text: str) -> str:
    """Phones and codes travel encrypted; a server on this very machine may do without."""
    parts = urlsplit(text)
    if parts.scheme != "https" and (parts.scheme, parts.hostname) not in (
        ("http", "127.0.0.1"),
        ("http", "localhost"),
    ):
        raise ValueError("must be an https URL")
    return text.rstrip("/")


class ChannelSettings(Settings):
    """What NAVER Cloud's console shows for an SMS project."""

    base_url = Setting(
        "NOTIFY_SENS_URL", "https://sens.apigw.ntruss.com", "address of the SENS API", api_address
    )
    service_id = Setting("NOTIFY_SENS_SERVICE_ID", None, "the SMS project's service id", required=True)
    access_key = Setting("NOTIFY_SENS_ACCESS_KEY", None, "access key id", secret=True, required=True)
    secret_key = Setting("NOTIFY_SENS_SECRET_KEY", None, "secret key", secret=True, required=True)
    sender = Setting("NOTIFY_SENS_FROM", None, "registered caller number", digits, required=True)
    timeout = Setting(
        "NOTIFY_SENS_SECONDS", "5", "time for one request, from connecting to the answer", seconds
    )
    sms_won = Setting("NOTIFY_SENS_SMS_WON", "9", "price of one short message", integer())
    lms_won = Setting("NOTIFY_SENS_LMS_WON", "30", "price of one long message", integer())
    abroad_won = Setting(
        "NOTIFY_SENS_ABROAD_WON", "150", "price of one message to another country", integer()
    )


class SensChannel:
    """One HTTPS request a message."""

    NAME = NAME

    def __init__(self, settings: Any, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._clock = clock
        self._base = urlsplit(settings.base_url)
        self._path = f"{self._base.path}/sms/v2/services/{quote(settings.service_id, safe=':')}/messages"

    def send(self, message: Message, idempotency_key: str) -> Sent:  # noqa: ARG002 - the provider knows none
        """See the port. An answer that says nothing clear counts as `Unknown`."""
        body = json.dumps(self._body(message), ensure_ascii=False).encode()
        status, answer = self._post(body)
        return _judge(status, answer)

    def cost(self, message: Message) -> int:
        """By country and length."""
        country, _ = phones.national(message.to)
        if country != _KOREA:
            return int(self._settings.abroad_won)
        return int(
            self._settings.sms_won if _type(encodable(message.text)) == "SMS" else self._settings.lms_won
        )

    def _body(self, message: Message) -> dict[str, Any]:
        country, number = phones.national(message.to)
        text = cut(encodable(message.text), _LMS_BYTES)
        body = {
            "type": _type(text),
            "contentType": "COMM",
            "countryCode": country,
            "from": self._settings.sender,
            "content": text,
            "messages": [{"to": number}],
        }
        if body["type"] == "LMS" and message.subject:
            body["subject"] = cut(encodable(message.subject), _SUBJECT_BYTES)
        return body

    def _headers(self) -> dict[str, str]:
        timestamp = str(int(self._clock() * 1000))
        return {
            "Content-Type": "application/json; charset=utf-8",
            "x-ncp-apigw-timestamp": timestamp,
            "x-ncp-iam-access-key": self._settings.access_key,
            "x-ncp-apigw-signature-v2": signature(
                self._settings.secret_key, "POST", self._path, timestamp, self._settings.access_key
            ),
        }

    def _post(self, body: bytes) -> tuple[int, bytes]:
        """Status and body. Until the connection stands nothing can have been taken; after that everything may."""
        connection = self._connect()
        try:
            with _within(connection, self._settings.timeout):
                connection.request("POST", self._path, body, self._headers())
                response = connection.getresponse()
                return response.status, response.read(_LONGEST_ANSWER)
        except (OSError, http.client.HTTPException, ValueError):
            raise Unknown("no_answer") from None
        finally:
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        address = (self._base.hostname or "", self._base.port)
        if self._base.scheme == "https":
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                *address, timeout=self._settings.timeout, context=ssl.create_default_context()
            )
        else:
            connection = http.client.HTTPConnection(*address, timeout=self._settings.timeout)
        try:
            connection.connect()
        except OSError:
            raise Retryable("unreachable") from None
        return connection


def create(settings: Settings, outbox: Outbox) -> SensChannel:
    """The channel with these credentials."""
    return SensChannel(settings)


def signature(secret: str, method: str, path: str, timestamp: str, access_key: str) -> str:
    """Signature version 2: base64 of HMAC-SHA256 over method, path, time in milliseconds and access key."""
    signed = f"{method} {path}\n{timestamp}\n{access_key}"
    return base64.b64encode(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256)).decode()


def encodable(text: str) -> str:
    """The text without what the provider cannot send: a character's plain form, else a question mark."""
    return "".join(map(_encodable_character, unicodedata.normalize("NFC", text)))


def _encodable_character(character: str) -> str:
    for form in (character, unicodedata.normalize("NFKC", character)):
        try:
            form.encode(_ENCODING)
        except UnicodeEncodeError:
            continue
        return form
    return "?"


def cut(text: str, most: int) -> str:
    """At most so many bytes in the provider's encoding, never half a character."""
    while len(text.encode(_ENCODING)) > most:
        text = text[:-1]
    return text


def _type(text: str) -> str:
    return "SMS" if len(text.encode(_ENCODING)) <= _SMS_BYTES else "LMS"


def _judge(status: int, answer: bytes) -> Sent:
    """What the provider's answer means. A server error may have come after it took the message."""
    if status == 202:
        return Sent(_request_id(answer))
    if status in _NOT_TAKEN:
        raise Retryable(_NOT_TAKEN[status])
    if status >= 500:
        raise Unknown(f"http_{status}")
    raise Rejected(f"http_{status}")


def _request_id(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["requestId"])[:100]
    except (ValueError, KeyError, TypeError):
        return ""


@contextmanager
def _within(connection: http.client.HTTPConnection, limit: float) -> Iterator[None]:
    """Ends the connection after so many seconds even if the other side keeps sending a little now and then."""
    sock = connection.sock
    timer = threading.Timer(limit, lambda: _hang_up(sock))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(sock: Any) -> None:
    with suppress(OSError):
        sock.shutdown(2)
