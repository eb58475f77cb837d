"""Following logs actively: fetch the newest checkpoint, see from tiles that it continues the known one, and remember it."""

import threading
from collections.abc import Sequence
from urllib.parse import urlsplit

from auditor.fetching import Site, Unreachable
from auditor.formats import canonical, checkpoints, merkle, notes, tiles
from auditor.formats.checkpoints import Checkpoint
from auditor.formats.notes import Note
from auditor.formats.tiles import Tile, TileReader
from auditor.witness.evidence import NOT_CONTINUED, SAME_SIZE
from auditor.witness.judge import NOTHING, Head
from auditor.witness.service import Witness, say
from auditor.witness.store import Moved, Seen

CITY = "city"


class NotFollowed(Exception):
    """Nothing was learnt of the log for once; the message says why."""


def look(witness: Witness, site: Site, log: str) -> Checkpoint:
    """Looks at a log (its id) once. Afterwards the witness knows its newest tree, or has kept evidence of a fork.

    Raises NotFollowed, Unreachable, OSError.
    """
    data = site.get(f"/log/{log}/checkpoint", notes.LONGEST)
    note, checkpoint = _open(witness, data)
    seen = witness.store.latest(checkpoint.origin)
    known = seen.head if seen else NOTHING
    new = Head(checkpoint.size, checkpoint.root)
    if seen is None or _continues(witness, site, log, seen, note, new):
        try:
            witness.accept(note, checkpoint.origin, known, new)
        except Moved:
            raise NotFollowed("the log came by itself meanwhile") from None
    return checkpoint


def _open(witness: Witness, data: bytes) -> tuple[Note, Checkpoint]:
    try:
        note = notes.parse(data)
        checkpoint = checkpoints.parse(note.text)
        notes.verify(note, witness.trust.keys(checkpoint.origin))
    except ValueError as error:
        raise NotFollowed(f"its checkpoint is not one of a log that is trusted: {error}") from None
    return note, checkpoint


def _continues(witness: Witness, site: Site, log: str, seen: Seen, note: Note, new: Head) -> bool:
    """Whether the checkpoint is a later one of the known log; a fork is kept as evidence."""
    if new.size == seen.head.size:
        if new.root != seen.head.root:
            witness.report_fork(SAME_SIZE, seen, note)
        return new == seen.head
    small, large = sorted((new, seen.head), key=lambda head: head.size)
    if small.size:
        proof = _proof(site, log, small.size, large)
        if not merkle.is_consistent(small.size, small.root, large.size, large.root, proof):
            witness.report_fork(NOT_CONTINUED, seen, note, tuple(proof))
            return False
    return new.size > seen.head.size


def _proof(site: Site, log: str, old: int, large: Head) -> list[bytes]:
    """The consistency proof from the log's tiles. Raises NotFollowed when they are not those of the larger tree: then they
    prove nothing against the log's checkpoints.
    """
    reader = TileReader(large.size, lambda tile: site.get(f"/log/{log}/{tile.path()}"))
    try:
        if merkle.range_root(0, large.size, reader.node) != large.root:
            raise NotFollowed("its tiles do not make up its checkpoint's root")
        proof = merkle.consistency_proof(old, large.size, reader.node)
        split = merkle.range_root(0, old, reader.node)
    except tiles.MalformedTile as error:
        raise NotFollowed(f"a tile is malformed: {error}") from None
    if not merkle.is_consistent(old, split, large.size, large.root, proof):
        raise NotFollowed("its tiles contradict each other")
    return proof


class Polls:
    """The polls that a city's log names, learnt as it grows."""

    def __init__(self) -> None:
        self._read = 0
        self.open: set[str] = set()

    def learn(self, site: Site, size: int) -> None:
        """Reads the city log's new entries. Raises Unreachable, NotFollowed."""
        for tile in tiles.bundles(size):
            if (tile.index + 1) * tiles.WIDTH <= self._read:
                continue
            for leaf in self._leaves(site, tile)[max(0, self._read - tile.index * tiles.WIDTH) :]:
                self._note(leaf)
                self._read += 1

    def _leaves(self, site: Site, tile: Tile) -> list[bytes]:
        try:
            return tiles.entries(site.get(f"/log/{CITY}/{tile.path()}"), tile.width)
        except tiles.MalformedTile as error:
            raise NotFollowed(str(error)) from None

    def _note(self, leaf: bytes) -> None:
        try:
            entry = canonical.loads(leaf)
            poll, kind = str(entry["poll"]), entry["kind"]
        except (ValueError, KeyError, TypeError):
            return  # whoever recounts will tell
        if kind == "poll_opened" and poll.replace("-", "").replace("_", "").isalnum() and poll.isascii():
            self.open.add(poll)
        elif kind == "result":
            self.open.discard(poll)


class Follower:
    """Looks at logs again and again in a thread of its own."""

    def __init__(self, witness: Witness, addresses: Sequence[str], every: float) -> None:
        self._witness = witness
        self._sites = [(Site(address), log_of(address), Polls()) for address in addresses]
        self._every = every
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._said: dict[str, str] = {}

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(timeout=1.0)

    def _run(self) -> None:
        while not self._stopping.is_set():
            for site, log, polls in self._sites:
                self.once(site, log, polls)
            self._stopping.wait(self._every)
        for site, _, _ in self._sites:
            site.close()

    def once(self, site: Site, log: str | None, polls: Polls) -> None:
        """One round over what an address names: one log, or a city's log and those of its polls."""
        if log is not None:
            self._look(site, log)
            return
        city = self._look(site, CITY)
        if city is not None:
            self._learn(site, city, polls)
        for poll in sorted(polls.open):
            self._look(site, poll)

    def _learn(self, site: Site, city: Checkpoint, polls: Polls) -> None:
        before = set(polls.open)
        try:
            polls.learn(site, city.size)
        except (NotFollowed, Unreachable) as error:
            self._tell(f"{site.address}/log/{CITY}", str(error))
        for poll in sorted(before - polls.open):
            self._look(site, poll)

    def _look(self, site: Site, log: str) -> Checkpoint | None:
        where = f"{site.address}/log/{log}"
        try:
            found = look(self._witness, site, log)
        except (NotFollowed, Unreachable, OSError) as error:
            self._tell(where, str(error))
            return None
        self._said.pop(where, None)
        return found

    def _tell(self, where: str, what: str) -> None:
        """Each trouble once, not every round."""
        if self._said.get(where) != what:
            self._said[where] = what
            say(f"{where}: {what}")


def log_of(address: str) -> str | None:
    """The log that an address names (`https://host/log/<id>`); None for a whole server. Raises ValueError for others."""
    path = urlsplit(address).path.strip("/")
    if not path:
        return None
    parts = path.split("/")
    if len(parts) != 2 or parts[0] != "log":
        raise ValueError(f"neither a server's address nor a log's: {address}")
    return parts[1]
