"""What a witness answers to `add-checkpoint` (C2SP tlog-witness), as functions without state."""

from dataclasses import dataclass
from http import HTTPStatus

from auditor.formats import checkpoints, merkle, notes
from auditor.formats.checkpoints import Checkpoint
from auditor.formats.encodings import unb64
from auditor.formats.notes import Note
from auditor.witness.trust import Trust

MOST_PROOF_LINES = 63


class Refused(Exception):
    """The request is answered with this status. `size`: the tree size that a conflict has to be answered with.

    `signed`: the refused checkpoint carries a right signature of its log.
    """

    def __init__(
        self, status: HTTPStatus, why: str, *, size: int | None = None, signed: bool = False
    ) -> None:
        super().__init__(why)
        self.status = status
        self.size = size
        self.signed = signed


@dataclass(frozen=True, slots=True)
class Request:
    """A checkpoint and the proof that it continues the tree of `old` leaves. Nothing is verified yet."""

    old: int
    proof: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Head:
    """A tree: its size and root hash."""

    size: int
    root: bytes


NOTHING = Head(0, merkle.EMPTY_ROOT)


def parse(body: bytes) -> Request:
    """Reads a request. Raises Refused with 400."""
    head, blank, signed = body.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
        old = checkpoints.decimal(first.removeprefix("old "))
        proof = tuple(unb64(line) for line in lines)
        note = notes.parse(signed)
        found = Request(old, proof, note, checkpoints.parse(note.text))
    except ValueError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, f"not a request: {error}") from None
    right = blank and first.startswith("old ") and len(lines) <= MOST_PROOF_LINES
    if not right or any(len(each) != 32 for each in proof):
        raise Refused(HTTPStatus.BAD_REQUEST, "not a request: no old size, or no proof of at most 63 hashes")
    return found


def authenticate(request: Request, trust: Trust) -> None:
    """Raises Refused with 404 for an unknown log, 403 when no trusted key has signed, 400 for a tree that shrinks."""
    keys = trust.keys(request.checkpoint.origin)
    if not keys:
        raise Refused(HTTPStatus.NOT_FOUND, "this witness does not know the log")
    try:
        notes.verify(request.note, keys)
    except notes.NotSigned as error:
        raise Refused(HTTPStatus.FORBIDDEN, str(error)) from None
    if request.old > request.checkpoint.size:
        raise Refused(HTTPStatus.BAD_REQUEST, "the old size is larger than the checkpoint's", signed=True)


def compare(request: Request, known: Head) -> Head:
    """The new head, if it continues the known one. Raises Refused with 409 or 422. The request is authenticated."""
    new = Head(request.checkpoint.size, request.checkpoint.root)
    if request.old != known.size:
        raise Refused(HTTPStatus.CONFLICT, "another size is known", size=known.size, signed=True)
    if new.size == known.size > 0 and new.root != known.root:
        raise Refused(HTTPStatus.CONFLICT, "another root is known for this size", signed=True)
    if not merkle.is_consistent(known.size, known.root, new.size, new.root, request.proof):
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "the consistency proof does not verify", signed=True)
    return new
