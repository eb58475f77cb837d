"""Checkpoints (C2SP tlog-checkpoint): what a signed note says of a log's tree."""

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.formats import notes
from auditor.formats.encodings import b64, unb64
from auditor.formats.notes import Note, VerifierKey

LARGEST = 2**63 - 1


class MalformedCheckpoint(ValueError):
    """The text is no checkpoint."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree of `size` leaves with this root hash (32 bytes) in the log of this origin."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The note's text."""
        return "".join(
            f"{line}\n" for line in (self.origin, str(self.size), b64(self.root), *self.extensions)
        )


def parse(text: str) -> Checkpoint:
    """Reads a note's text. Raises MalformedCheckpoint."""
    *lines, last = text.split("\n")
    if last or len(lines) < 3 or not all(lines):
        raise MalformedCheckpoint("fewer than three lines, an empty one, or no newline at the end")
    try:
        found = Checkpoint(lines[0], decimal(lines[1]), unb64(lines[2]), tuple(lines[3:]))
    except ValueError:
        raise MalformedCheckpoint("no tree size, or no root hash in base64") from None
    if len(found.root) != 32:
        raise MalformedCheckpoint("a root hash has 32 bytes")
    return found


def decimal(text: str) -> int:
    """A tree size as ASCII decimal without leading zeroes. Raises ValueError."""
    if not (text.isascii() and text.isdigit()) or (text[0] == "0" and text != "0") or len(text) > 19:
        raise ValueError("not a tree size")
    if int(text) > LARGEST:
        raise ValueError("no tree is as large")
    return int(text)


def open_checkpoint(data: bytes, origin: str, keys: Iterable[VerifierKey]) -> tuple[Note, Checkpoint]:
    """The checkpoint of this log, signed by at least one of its keys.

    Raises MalformedNote, NotSigned, MalformedCheckpoint; MalformedCheckpoint as well for another log's.
    """
    note = notes.parse(data)
    notes.verify(note, keys)
    checkpoint = parse(note.text)
    if checkpoint.origin != origin:
        raise MalformedCheckpoint("a checkpoint of another log")
    return note, checkpoint
