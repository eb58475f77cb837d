"""The witness itself: judges, remembers, then cosigns."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from auditor.formats import cosignatures
from auditor.formats.notes import Note, Signature, Signer
from auditor.witness import judge
from auditor.witness.evidence import SAME_SIZE, Evidence
from auditor.witness.judge import Head, Refused, Request
from auditor.witness.store import Moved, Seen, Store
from auditor.witness.trust import Trust

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: HTTPStatus
    body: bytes
    content_type: str = "text/plain; charset=utf-8"


def say(line: str) -> None:
    """Tells the operator."""
    sys.stderr.write(f"[witness] {line}\n")
    sys.stderr.flush()


class Witness:
    """Cosigns checkpoints. Safe for many threads."""

    def __init__(
        self, signer: Signer, trust: Trust, store: Store, evidence: Evidence, clock: Clock = time.time
    ) -> None:
        self.signer = signer
        self.trust = trust
        self.store = store
        self.evidence = evidence
        self._clock = clock

    def add_checkpoint(self, body: bytes) -> Answer:
        """The answer to an `add-checkpoint` request with this body."""
        try:
            request = judge.parse(body)
            judge.authenticate(request, self.trust)
            line = self._judge(request)
        except Refused as refused:
            return _refusal(refused)
        except OSError as error:
            say(f"could not remember a checkpoint, so did not cosign it: {type(error).__name__}")
            return Answer(HTTPStatus.INTERNAL_SERVER_ERROR, b"this witness cannot write to its disk\n")
        return Answer(HTTPStatus.OK, line.encode())

    def _judge(self, request: Request) -> str:
        """The cosignature line. Raises Refused, OSError."""
        origin = request.checkpoint.origin
        with self.store.turn(origin):
            known = self.store.head(origin)
            try:
                new = judge.compare(request, known)
                return self._remember(request.note, origin, known, new)
            except Moved as moved:
                raise Refused(HTTPStatus.CONFLICT, "another size is known", size=moved.size) from None
            except Refused:
                self._look_for_a_fork(request)
                raise

    def _remember(self, note: Note, origin: str, known: Head, new: Head) -> str:
        at = int(self._clock())
        made = cosignatures.cosign(self.signer, note.text, at)
        if known != new or self.store.latest(origin) is None:
            self.store.replace(known, Seen(origin, new, self._text(note, origin, made), at))
        return made.line()

    def _text(self, note: Note, origin: str, *more: Signature) -> str:
        """The note with the log's own signatures, each once, and these: anybody can add lines to a note."""
        keys = self.trust.keys(origin)
        own = [each for each in dict.fromkeys(note.signatures) if any(key.made(each) for key in keys)]
        return Note(note.text, (*own, *more)).encode().decode()

    def _look_for_a_fork(self, request: Request) -> None:
        """Keeps both notes when the log signed another root for the size that is known."""
        seen = self.store.latest(request.checkpoint.origin)
        if seen is None or seen.head.size != request.checkpoint.size:
            return
        if seen.head.root != request.checkpoint.root:
            self.report_fork(SAME_SIZE, seen, request.note)

    def report_fork(self, kind: str, seen: Seen, other: Note, nodes: tuple[bytes, ...] = ()) -> None:
        """Keeps the proof that the log of `seen` has signed `other` as well, and tells the operator."""
        signed = seen.note, self._text(other, seen.origin)
        if self.evidence.keep(kind, seen.origin, signed, int(self._clock()), nodes):
            say(f"THE LOG {seen.origin} HAS SIGNED TWO HISTORIES: see the folder evidence")

    def accept(self, note: Note, origin: str, known: Head, new: Head) -> None:
        """Cosigns a checkpoint that was fetched and found to continue `known`. Raises Moved, OSError."""
        with self.store.turn(origin):
            self._remember(note, origin, known, new)


def _refusal(refused: Refused) -> Answer:
    if refused.size is not None:
        return Answer(refused.status, f"{refused.size}\n".encode(), "text/x.tlog.size")
    return Answer(refused.status, f"{refused}\n".encode())
