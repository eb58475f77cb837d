"""Checkpoints (C2SP tlog-checkpoint) and what witnesses add to them (C2SP tlog-cosignature)."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from services.common.tlog.merkle import HASH_BYTES
from services.common.tlog.note import ED25519, BadNote, Key, Line, Note, is_by

_TIME_BYTES = 8
_MOST_SIZE = 2**63 - 1

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: `origin` names it, `root` is the root of its tree of `size` leaves."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The checkpoint of a note's text; extension lines are passed over. Raises `BadNote`."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not lines[0] or any(not line for line in lines[:-1]):
            raise BadNote("not a checkpoint")
        return cls(lines[0], _size(lines[1]), _root(lines[2]))

    def sign(self, public_key: bytes, sign: Sign) -> Note:
        """The note, signed by a log's key under the name of its origin."""
        key = Key(self.origin, ED25519, public_key)
        return Note(self.text, (Line(self.origin, key.key_hash, sign(self.text.encode())),))


def cosigned_message(text: str, seconds: int) -> bytes:
    """What a witness signs: that it saw this checkpoint at this POSIX time."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def cosigned_at(text: str, line: Line, witness: Key) -> int | None:
    """When the witness cosigned the checkpoint with this text, POSIX seconds; None where the line does not prove it."""
    if not is_by(line, witness) or len(line.signature) <= _TIME_BYTES:
        return None
    seconds = int.from_bytes(line.signature[:_TIME_BYTES], "big")
    if seconds > _MOST_SIZE or not witness.verify(
        cosigned_message(text, seconds), line.signature[_TIME_BYTES:]
    ):
        return None
    return seconds


def _size(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or str(int(text)) != text or int(text) > _MOST_SIZE:
        raise BadNote("not a size")
    return int(text)


def _root(text: str) -> bytes:
    try:
        root = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote("not a hash") from None
    if len(root) != HASH_BYTES:
        raise BadNote("not a hash")
    return root
