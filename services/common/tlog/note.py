"""Signed notes (C2SP signed-note): a text, and lines with signatures by named keys."""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519 = 0x01
"""Type of a plain signature over the text."""
COSIGNATURE = 0x04
"""Type of a witness's timestamped cosignature."""

_DASH = "\N{EM DASH} "
_NAME = re.compile(r"[^\s+]+")
_HASH_BYTES = 4
_MOST_BYTES = 100_000


class BadNote(ValueError):
    """Not a signed note, not a key, or not signed by the key that was asked for."""


@dataclass(frozen=True, slots=True)
class Line:
    """One signature: the name of the key, its hash, and what it made of the text."""

    name: str
    key_hash: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {base64.b64encode(self.key_hash + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Key:
    """An Ed25519 public key under a name; `kind` is what its signatures are."""

    name: str
    kind: int
    public: bytes

    @property
    def key_hash(self) -> bytes:
        """The first four bytes of SHA-256(name, line feed, kind, key)."""
        return sha256(f"{self.name}\n".encode() + bytes([self.kind]) + self.public).digest()[:_HASH_BYTES]

    @property
    def vkey(self) -> str:
        """Name, hash and key in one text, as people hand it on."""
        material = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_hash.hex()}+{material}"

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """The key of this text. Raises `BadNote`, also for a hash that is not the key's and for kinds other than ours."""
        name, _, rest = vkey.partition("+")
        stated, _, material = rest.partition("+")
        raw = _unbase64(material)
        if not _NAME.fullmatch(name) or len(raw) != 33 or raw[0] not in (ED25519, COSIGNATURE):
            raise BadNote("not a key")
        key = cls(name, raw[0], raw[1:])
        if key.key_hash.hex() != stated:
            raise BadNote("the key has another hash")
        return key

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether this key made this signature of exactly this message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends with a line feed, and its signatures."""

    text: str
    lines: tuple[Line, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(map(str, self.lines))

    @classmethod
    def parse(cls, data: str) -> Self:
        """Raises `BadNote`. Nothing is verified yet."""
        text, separator, tail = data.rpartition("\n\n")
        if len(data.encode()) > _MOST_BYTES or not separator or not tail.endswith("\n") or _controls(data):
            raise BadNote("not a signed note")
        return cls(text + "\n", tuple(parse_lines(tail)))

    def signed_by(self, keys: Iterable[Key]) -> bool:
        """Whether one of these plain keys signed it. A wrong signature by one of them makes the whole note worthless."""
        mine = [(key, line) for line in self.lines for key in keys if is_by(line, key)]
        return bool(mine) and all(key.verify(self.text.encode(), line.signature) for key, line in mine)


def parse_lines(text: str) -> list[Line]:
    """Signature lines, each ended by a line feed. Raises `BadNote`."""
    return [_parse_line(line) for line in text.split("\n")[:-1]]


def is_by(line: Line, key: Key) -> bool:
    """Whether the line says that it is by this key; the signature itself has to be verified."""
    return line.name == key.name and line.key_hash == key.key_hash


def _parse_line(text: str) -> Line:
    name, _, encoded = text.removeprefix(_DASH).partition(" ")
    raw = _unbase64(encoded)
    if not text.startswith(_DASH) or not _NAME.fullmatch(name) or len(raw) <= _HASH_BYTES:
        raise BadNote("not a signature line")
    return Line(name, raw[:_HASH_BYTES], raw[_HASH_BYTES:])


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("not base64") from None


def _controls(text: str) -> bool:
    return any(character < " " and character != "\n" for character in text)
