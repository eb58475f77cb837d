"""Keys and what is done with them.

A key is a file ``<folder>/<service>/<use>-<n>.pem`` (Ed25519 private key, PKCS 8) or ``.key`` (32 random bytes,
base64url).  Its id is ``<service>-<use>-<n>``.  The highest number is in use; the lower ones still verify and decrypt.
"""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from services.common.encodings import b64u, unb64u

_NAME = re.compile(r"(?P<use>[a-z][a-z0-9-]*)-(?P<number>[1-9][0-9]*)\.(?P<kind>pem|key)")
_NONCE = 12


class KeyMissing(Exception):
    """No key for this use; ``python -m services.keys init`` makes what is missing."""


class Undecryptable(Exception):
    """The text was not made with these keys and this context."""


class Signer:
    """Ed25519 (RFC 8032): the same message gives the same signature."""

    def __init__(self, key_id: str, private_key: Ed25519PrivateKey) -> None:
        self.key_id = key_id
        self.private_key = private_key

    def sign(self, message: bytes) -> bytes:
        return self.private_key.sign(message)

    @property
    def public_key(self) -> bytes:
        return self.private_key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


class Verifier:
    """Public keys by key id."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._raw = dict(keys)
        self._keys = {key_id: Ed25519PublicKey.from_public_bytes(raw) for key_id, raw in keys.items()}

    @classmethod
    def from_wire(cls, keys: Mapping[str, str]) -> Self:
        return cls({key_id: unb64u(text) for key_id, text in keys.items()})

    def to_wire(self) -> dict[str, str]:
        """Public keys as ``{key id: base64url}``."""
        return {key_id: b64u(raw) for key_id, raw in self._raw.items()}

    def __contains__(self, key_id: object) -> bool:
        return key_id in self._keys

    def key(self, key_id: str) -> Ed25519PublicKey | None:
        return self._keys.get(key_id)

    def verify(self, key_id: str, signature: bytes, message: bytes) -> bool:
        """False for an unknown key as for a wrong signature."""
        key = self._keys.get(key_id)
        if key is None:
            return False
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class KeyRing:
    """AES-256-GCM; the text names its key, so that old texts stay readable while new ones use the newest."""

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        self._ciphers = {number: AESGCM(key) for number, key in keys.items()}
        self._newest = max(self._ciphers)

    def encrypt(self, plaintext: bytes, context: bytes) -> str:
        """``context`` (such as table, column and row id) must be the same when decrypting."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._ciphers[self._newest].encrypt(nonce, plaintext, context)
        return f"{self._newest}.{b64u(nonce + sealed)}"

    def decrypt(self, text: str, context: bytes) -> bytes:
        try:
            number, _, body = text.partition(".")
            sealed = unb64u(body)
            return self._ciphers[int(number)].decrypt(sealed[:_NONCE], sealed[_NONCE:], context)
        except (ValueError, KeyError, InvalidTag):
            raise Undecryptable from None

    def is_old(self, text: str) -> bool:
        """Whether the text should be encrypted again because a newer key exists."""
        return text.partition(".")[0] != str(self._newest)


def keyed_hash(key: bytes, value: str) -> str:
    """HMAC-SHA256 as base64url: a blind index, or a pseudonym, of ``value``."""
    return b64u(hmac.digest(key, value.encode(), hashlib.sha256))


def same(left: str, right: str) -> bool:
    """Compares secrets without telling by the time it takes."""
    return hmac.compare_digest(left.encode(), right.encode())


class KeyFolder:
    """The keys of one service."""

    def __init__(self, path: Path | str, service: str) -> None:
        self._folder = Path(path) / service
        self._service = service

    def signer(self, use: str) -> Signer:
        number, key = max(self._private_keys(use).items())
        return Signer(self._key_id(use, number), key)

    def signers(self, use: str) -> dict[str, Signer]:
        """Every key of the use by key id, for repeating a signature that an older one made."""
        keys = self._private_keys(use).items()
        return {self._key_id(use, number): Signer(self._key_id(use, number), key) for number, key in keys}

    def verifier(self, use: str) -> Verifier:
        keys = self._private_keys(use).items()
        return Verifier({self._key_id(use, number): Signer("", key).public_key for number, key in keys})

    def ring(self, use: str) -> KeyRing:
        return KeyRing(self._secrets(use))

    def secret(self, use: str) -> bytes:
        """The newest secret; what was hashed with an older one must be hashed anew after a change."""
        return max(self._secrets(use).items())[1]

    def mac_key(self, use: str) -> tuple[str, bytes]:
        """The newest secret with its key id, for making what `mac_keys` checks."""
        number, key = max(self._secrets(use).items())
        return self._key_id(use, number), key

    def mac_keys(self, use: str) -> dict[str, bytes]:
        """Every secret of the use by key id."""
        return {self._key_id(use, number): key for number, key in self._secrets(use).items()}

    def _key_id(self, use: str, number: int) -> str:
        return f"{self._service}-{use}-{number}"

    def _private_keys(self, use: str) -> dict[int, Ed25519PrivateKey]:
        return {number: _ed25519(path) for number, path in self._files(use, "pem").items()}

    def _secrets(self, use: str) -> dict[int, bytes]:
        return {number: unb64u(path.read_text().strip()) for number, path in self._files(use, "key").items()}

    def _files(self, use: str, kind: str) -> dict[int, Path]:
        names = ((_NAME.fullmatch(path.name), path) for path in self._folder.glob(f"{use}-*.{kind}"))
        found = {int(name["number"]): path for name, path in names if name and name["use"] == use}
        if not found:
            raise KeyMissing(f"no key for {self._service} {use} in {self._folder}")
        return found


def _ed25519(path: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyMissing(f"{path} is not an Ed25519 key")
    return key


def create_missing(
    path: Path | str, service: str, signing: Iterable[str] = (), secret: Iterable[str] = ()
) -> list[Path]:
    """Makes the first key of every use that has none; existing keys are never touched.  Safe to run twice at once."""
    wanted = [(f"{use}-1.pem", use, "pem") for use in signing] + [
        (f"{use}-1.key", use, "key") for use in secret
    ]
    folder = Path(path) / service
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    missing = [(name, kind) for name, use, kind in wanted if not any(folder.glob(f"{use}-[0-9]*.{kind}"))]
    return [folder / name for name, kind in missing if _write_once(folder / name, _new_key(kind))]


def _new_key(kind: str) -> bytes:
    if kind == "key":
        return b64u(secrets.token_bytes(32)).encode() + b"\n"
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_once(path: Path, data: bytes) -> bool:
    """Whole or not at all: written beside, then linked into place unless something stands there already."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
        return True
    except FileExistsError:
        return False
    finally:
        draft.unlink()
