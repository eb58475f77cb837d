"""Signed-in voters in quantity: access tokens made with the stack's own key, each of another phone's tag.

Signing in itself is not what is measured; the gateway checks these tokens like any other.
"""

import hmac
import os
import random
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import orjson

from services.common.crypto import KeyFolder
from services.common.encodings import b64u
from services.common.ids import new_id
from services.identity import contract as identity

HOUR = 3600
PROFILE = {"district": identity.DISTRICTS, "age": identity.AGES, "gender": identity.GENDERS}
"""What voters tell of themselves; only polls that are broken down hear of it."""
# Fewer than these are made sooner by one process than by several.
TOGETHER = 10_000


def tokens(keys: Path, count: int) -> Iterator[str]:
    """`count` access tokens of different voters, valid for an hour (JWT by RFC 7519, with an HMAC)."""
    key_id, key = KeyFolder(keys, identity.ACCESS_KEYS).mac_key(identity.ACCESS_KEY_USE)
    head = b64u(orjson.dumps({"alg": identity.ACCESS_ALGORITHM, "kid": key_id, "typ": "JWT"}))
    now = int(time.time())
    for _ in range(count):
        claims = {
            "iss": identity.ACCESS_ISSUER,
            "sub": new_id(),
            "sid": new_id(),
            "tag": secrets.token_urlsafe(32),
            "strength": "phone",
            "roles": [],
            "orgs": {},
            "profile": {name: random.choice(values) for name, values in PROFILE.items()},
            "iat": now,
            "exp": now + HOUR,
        }
        signed = f"{head}.{b64u(orjson.dumps(claims))}"
        yield f"{signed}.{b64u(hmac.digest(key, signed.encode(), 'sha256'))}"


def write_voters(path: Path, keys: Path, count: int) -> None:
    """A file of `count` lines, each an access token, a tab and a new ballot id."""
    with path.open("w") as file:
        if count <= TOGETHER:
            file.write(lines(keys, count))
            return
        whole, rest = divmod(count, TOGETHER)
        parts = [TOGETHER] * whole + [rest]
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            for part in pool.map(lines, [keys] * len(parts), parts):
                file.write(part)


def lines(keys: Path, count: int) -> str:
    """The text of so many lines."""
    return "".join(f"{token}\t{new_id()}\n" for token in tokens(keys, count))
