"""What a witness remembers: the latest checkpoint it cosigned of each log, one file a log.

A checkpoint is on the disk before `replace` returns, so before anyone sees its cosignature.
"""

import fcntl
import threading
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from auditor.files import write_whole
from auditor.formats import canonical
from auditor.formats.encodings import b64, unb64
from auditor.witness.judge import NOTHING, Head


class InUse(Exception):
    """Another witness runs in this folder."""


class Damaged(Exception):
    """A file of the folder is not as the witness wrote it. It must not be guessed at: its log could be forked."""


class Moved(Exception):
    """Another request was faster; `size` is what is known now."""

    def __init__(self, size: int) -> None:
        super().__init__("another request was faster")
        self.size = size


@dataclass(frozen=True, slots=True)
class Seen:
    """The latest cosigned checkpoint of a log. `note` is it with this witness's cosignature, `at` its time in seconds."""

    origin: str
    head: Head
    note: str
    at: int


class Store:
    """The folder's state. Safe for many threads, and for one process at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "logs"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._stripes = tuple(threading.Lock() for _ in range(64))
        self._held = (folder / "lock").open("w")
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._held.close()
            raise InUse(f"another witness uses {folder}") from None
        try:
            self._seen = {seen.origin: seen for seen in map(_read, sorted(self._folder.glob("*.json")))}
        except Damaged:
            self._held.close()
            raise

    def close(self) -> None:
        self._held.close()

    def all(self) -> list[Seen]:
        """Every log, the latest first."""
        with self._lock:
            return sorted(self._seen.values(), key=lambda seen: seen.at, reverse=True)

    def latest(self, origin: str) -> Seen | None:
        with self._lock:
            return self._seen.get(origin)

    def head(self, origin: str) -> Head:
        """The known tree, the empty one for a log that was never cosigned."""
        seen = self.latest(origin)
        return seen.head if seen else NOTHING

    def turn(self, origin: str) -> threading.Lock:
        """The lock under which a log's checkpoint is judged and replaced."""
        return self._stripes[hash(origin) % len(self._stripes)]

    def replace(self, known: Head, seen: Seen) -> None:
        """Puts a checkpoint in the place of the known one, whole and lasting. Raises Moved when the known one is not the
        latest any more, and OSError, after which the old one still counts.
        """
        now = self.head(seen.origin)
        if now != known:
            raise Moved(now.size)
        write_whole(self._path(seen.origin), canonical.dumps(_document(seen)))
        with self._lock:
            self._seen[seen.origin] = seen

    def _path(self, origin: str) -> Path:
        return self._folder / f"{sha256(origin.encode()).hexdigest()}.json"


def _document(seen: Seen) -> dict[str, object]:
    return {
        "origin": seen.origin,
        "size": str(seen.head.size),
        "root": b64(seen.head.root),
        "note": seen.note,
        "at": seen.at,
    }


def _read(path: Path) -> Seen:
    try:
        found = canonical.loads(path.read_bytes())
        head = Head(int(found["size"]), unb64(found["root"]))
        seen = Seen(found["origin"], head, found["note"], found["at"])
    except (ValueError, KeyError, TypeError):
        raise Damaged(
            f"{path} is damaged: restore it, or ask the log's operator before removing it"
        ) from None
    if path.stem != sha256(seen.origin.encode()).hexdigest():
        raise Damaged(f"{path} holds another log's checkpoint")
    return seen
