"""Proof that a log showed two histories: two checkpoints that it signed and that cannot both be true."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from auditor.files import write_whole
from auditor.formats import canonical
from auditor.formats.encodings import b64

MOST = 1000
"""Files that are kept; the first ones of a log that lies are proof enough."""

SAME_SIZE = "same_size"
"""Two roots for one size."""
NOT_CONTINUED = "not_continued"
"""The larger tree does not hold the smaller one: its root at the smaller size, computed from nodes that make up the larger
root, is another. `nodes` are the hashes of the consistency proof that leads to the larger root.
"""


class Evidence:
    """The folder of such proofs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "evidence"
        self._folder.mkdir(parents=True, exist_ok=True)

    def keep(
        self, kind: str, origin: str, notes: tuple[str, str], at: int, nodes: Sequence[bytes] = ()
    ) -> bool:
        """Writes the two notes down once; False when they are there already, or too many others."""
        first, second = sorted(notes)
        name = sha256(f"{first}\0{second}".encode()).hexdigest()[:32]
        path = self._folder / f"{name}.json"
        if path.exists() or len(self.names()) >= MOST:
            return False
        document = {
            "kind": kind,
            "origin": origin,
            "notes": [first, second],
            "at": at,
            "nodes": [b64(node) for node in nodes],
        }
        write_whole(path, canonical.dumps(document))
        return True

    def names(self) -> list[str]:
        return sorted(path.stem for path in self._folder.glob("*.json"))

    def read(self, name: str) -> bytes | None:
        """One of `names`, as JSON."""
        return (self._folder / f"{name}.json").read_bytes() if name in self.names() else None
