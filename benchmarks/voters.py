"""Signed-in voters in quantity: access tokens made with the stack's own signing key, each of another phone's tag.

Signing in itself is not what is measured; the gateway checks these tokens like any other.
"""

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import jwt

from services.common.crypto import KeyFolder
from services.common.ids import new_id
from services.identity import contract as identity

HOUR = 3600


def tokens(keys: Path, count: int) -> Iterator[str]:
    """`count` access tokens of different voters, valid for an hour."""
    key_id, key = list(KeyFolder(keys, identity.ACCESS_KEYS).mac_keys(identity.ACCESS_KEY_USE).items())[-1]
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
            "iat": now,
            "exp": now + HOUR,
        }
        yield jwt.encode(claims, key, algorithm=identity.ACCESS_ALGORITHM, headers={"kid": key_id})


def write_voters(path: Path, keys: Path, count: int) -> None:
    """A file for cast.lua: a token and a new ballot id on each line."""
    with path.open("w") as file:
        for token in tokens(keys, count):
            file.write(f"{token}\t{new_id()}\n")
