"""Creations that may be sent again without making two (draft-ietf-httpapi-idempotency-key-header).

Nothing is remembered here: the id of what is created follows from who asks, the key and the body, and the service that
owns it treats a second creation under the same id as the first.  The same key with another body is another creation.
"""

import hashlib
import re

import orjson
from starlette.requests import Request

from gateway.errors import invalid
from services.common.encodings import b64u

HEADER = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{1,200}")


def idempotency_key(request: Request) -> str | None:
    """Raises InvalidInput for a key that is empty, too long or not visible ASCII."""
    key = request.headers.get(HEADER)
    if key is not None and not KEY.fullmatch(key):
        raise invalid(f"/{HEADER}", "pattern")
    return key


def derived_id(request: Request, person_id: str, body: object) -> str | None:
    """An id of 128 bits (22 characters), the same for the same person, address, key and body; None without a key."""
    key = idempotency_key(request)
    if key is None:
        return None
    parts = [person_id, request.url.path, key, body]
    return b64u(hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).digest()[:16])
