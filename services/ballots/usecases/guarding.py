"""The guard: a log goes on only while the database contains what was published of it.

A database that was restored from an old backup would sign another history than the one that people hold. The published
store lies apart from the database, so it remembers what the database has forgotten.
"""

from prometheus_client import Gauge

from services.ballots.domain import Log
from services.ballots.log_keys import LogSigner
from services.ballots.storage import RecordBook
from services.common.errors import Unavailable
from services.common.objects import ObjectMissing, ObjectStore, ObjectStoreAway
from services.common.telemetry.health import Condition
from services.common.telemetry.logs import get_logger
from services.common.tlog.checkpoint import Checkpoint
from services.common.tlog.note import BadNote, Note
from services.common.tlog.tiles import TileMissing

REFUSED = Gauge(
    "log_refused_logs",
    "Logs that are neither sequenced nor signed because the database does not contain what was published of them",
)

BEHIND = "the database is behind the published checkpoint"
FORKED = "the database has another tree than the published checkpoint"
UNREADABLE = "the published checkpoint is not one that this log signed"
LOST = "the published checkpoint is gone"
BY_STORE = (BEHIND, FORKED, UNREADABLE, LOST)
WITNESSED_MORE = "a witness has seen more than the database has: "

CONTENT_TYPE = "text/plain; charset=utf-8"

log = get_logger(__name__)


class PublishedStore:
    """Newest published checkpoint of each log, apart from the database."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def get(self, log_id: str) -> str | None:
        """The note as it was put; None where there is none. Raises `Unavailable`."""
        try:
            return self._objects.get(_name(log_id))[0].decode("utf-8", "replace")
        except ObjectMissing:
            return None
        except ObjectStoreAway:
            raise Unavailable from None

    def put(self, log_id: str, note: str) -> None:
        """Whole or not at all. Raises `Unavailable`."""
        try:
            self._objects.put(_name(log_id), note.encode(), CONTENT_TYPE)
        except ObjectStoreAway:
            raise Unavailable from None


def _name(log_id: str) -> str:
    return f"log/{log_id}/checkpoint"


class Guard:
    """Looks before anything is signed, and once before a log is sequenced by this process."""

    def __init__(self, book: RecordBook, published: PublishedStore, signer: LogSigner) -> None:
        self._book, self._published, self._signer = book, published, signer
        self._seen: set[str] = set()

    def admits(self, log_id: str) -> bool:
        """Whether the log may be sequenced: looked at once, for the database is looked at again before each signature.

        Raises `Unavailable` while it was not looked at and the store is away.
        """
        if log_id not in self._seen:
            if self.look(log_id) is None:
                return False
            self._seen.add(log_id)
        return True

    def look(self, log_id: str) -> Log | None:
        """The log as it is now if it may be signed; notes a refusal, and its end. Raises `Unavailable`."""
        told = self._published.get(
            log_id
        )  # before the database: what is published was in the database before
        found = self._book.log(log_id)
        if found is None:
            return None
        if told is None and found.published is not None:
            told = self._published.get(log_id)  # published for the first time by another process just now?
        reason = self._reason(found, told)
        if reason is None and found.refused not in BY_STORE:
            return None if found.refused else found
        if reason != found.refused:
            self._note(log_id, reason)
        self._seen.discard(log_id)
        return None if reason else self._book.log(log_id)

    def refuse(self, log_id: str, reason: str) -> None:
        """Refuses the log for what a witness has shown."""
        self._seen.discard(log_id)
        self._note(log_id, reason)

    def _note(self, log_id: str, reason: str | None) -> None:
        self._book.refuse(log_id, reason)
        if reason is None:
            log.info("the log goes on: the database contains what was published", poll_id=log_id)
        else:
            log.error("a log is refused: it is neither sequenced nor signed", poll_id=log_id, reason=reason)

    def _reason(self, found: Log, told: str | None) -> str | None:
        if told is None:
            return None if found.published is None else LOST
        try:
            note = Note.parse(told)
            checkpoint = Checkpoint.parse(note.text)
        except BadNote:
            return UNREADABLE
        if checkpoint.origin != found.origin or not self._signer.has_signed(note, found.origin):
            return UNREADABLE
        if checkpoint.size > found.size:
            return BEHIND
        return None if self._root(found, checkpoint.size) == checkpoint.root else FORKED

    def _root(self, found: Log, size: int) -> bytes | None:
        try:
            [root] = self._book.hashes(found.log_id, [(0, size)])
        except TileMissing:
            return None
        return root


class Watch:
    """Tells whoever asks for readiness and metrics whether any log is refused."""

    def __init__(self, name: str) -> None:
        self._condition = Condition(name, "not looked yet")

    def tell(self, refused: int) -> None:
        """`refused`: how many are."""
        REFUSED.set(refused)
        if refused:
            self._condition.lost("a log is refused: the database does not contain what was published of it")
        else:
            self._condition.ok()
