"""What identity does with its keys."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jwt

from services.common.crypto import KeyFolder, KeyRing, keyed_hash, same
from services.common.encodings import b64u, canonical_json, sha256
from services.identity import contract, domain


@dataclass(frozen=True, repr=False)
class Keys:
    """The service's keys, each for one use.

    `data` encrypts phones and profiles; `index` makes the blind index by which they are found; `tags` names them to polls;
    `codes` makes sign-in codes and links refresh tokens; `access` makes access tokens: key id and key.
    """

    data: KeyRing
    index: bytes
    tags: bytes
    codes: bytes
    access: tuple[str, bytes]

    @classmethod
    def load(cls, folder: Path | str) -> "Keys":
        """From MVOTING_KEYS; raises `KeyMissing`."""
        keys = KeyFolder(folder, contract.SERVICE)
        return cls(
            data=keys.ring("data"),
            index=keys.secret("phone"),
            tags=keys.secret("tag"),
            codes=keys.secret("code"),
            access=KeyFolder(folder, contract.ACCESS_KEYS).mac_key(contract.ACCESS_KEY_USE),
        )

    def seal_phone(self, phone: str, row_id: str) -> str:
        """Encrypted for one row: moved into another person's or challenge's row it cannot be opened."""
        return self.data.encrypt(phone.encode(), _phone_context(row_id))

    def open_phone(self, sealed: str, row_id: str) -> str:
        return self.data.decrypt(sealed, _phone_context(row_id)).decode()

    def seal_profile(self, profile: domain.Profile, person_id: str) -> str:
        """Encrypted for one person: in another's row it cannot be opened."""
        return self.data.encrypt(canonical_json(asdict(profile)), _profile_context(person_id))

    def open_profile(self, sealed: str, person_id: str) -> domain.Profile:
        return domain.Profile(**json.loads(self.data.decrypt(sealed, _profile_context(person_id))))

    def index_of(self, phone: str) -> str:
        """Finds a phone without telling it."""
        return keyed_hash(self.index, phone)

    def tag_of(self, phone: str) -> str:
        """Names a phone to polls; see the contract."""
        return keyed_hash(self.tags, phone)

    def counter_key(self, scope: str, value: str) -> str:
        """Under which something is counted: the table of counters holds neither phones nor addresses."""
        return keyed_hash(self.index, f"count:{scope}:{value}")

    def code_of(self, challenge_id: str) -> str:
        return domain.code_of(self.codes, challenge_id)

    def code_hash(self, challenge_id: str, code: str) -> str:
        """What is stored of a code; the challenge's id in it binds the code to its challenge."""
        return keyed_hash(self.codes, f"confirm:{challenge_id}:{code}")

    def is_code(self, challenge_id: str, code: str, stored: str) -> bool:
        """In the same time for every wrong code."""
        return same(self.code_hash(challenge_id, code), stored)

    def successor(self, refresh_token: str) -> str:
        """The one token that follows this one: two refreshes at once with the same token get the same answer."""
        return keyed_hash(self.codes, f"refresh:{refresh_token}")

    def access_token(self, claims: Mapping[str, Any]) -> str:
        """A JWT (RFC 7519) with the newest key's HMAC; the contract says why gateways have these keys too."""
        key_id, key = self.access
        return jwt.encode(dict(claims), key, contract.ACCESS_ALGORITHM, {"kid": key_id})


def new_refresh_token() -> str:
    """256 random bits."""
    return b64u(secrets.token_bytes(32))


def token_hash(refresh_token: str) -> str:
    """What is stored of a refresh token: SHA-256 is enough, for nobody can guess 256 random bits."""
    return b64u(sha256(refresh_token.encode("utf-8", "backslashreplace")))


def _profile_context(person_id: str) -> bytes:
    return f"identity.profile:{person_id}".encode()


def _phone_context(row_id: str) -> bytes:
    return f"identity.phone:{row_id}".encode()
