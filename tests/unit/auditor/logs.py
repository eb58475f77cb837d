"""A small log of one's own, signed with a test key: for witnesses and recounts to look at."""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auditor.formats import merkle, tiles
from auditor.formats.checkpoints import Checkpoint
from auditor.formats.encodings import b64
from auditor.formats.notes import Note, Signer
from auditor.formats.tiles import ENTRIES, Tile


def key(seed: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def bundle(leaves: Sequence[bytes]) -> bytes:
    """An entry bundle: each leaf behind its length as a big endian uint16."""
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


class TestLog:
    """Leaves, and what a log serves of them."""

    __test__ = False

    def __init__(self, origin: str, leaves: Sequence[bytes], seed: int = 1) -> None:
        self.origin = origin
        self.leaves = list(leaves)
        self.hashes = [merkle.leaf_hash(leaf) for leaf in self.leaves]
        self.signer = Signer(origin, key(seed))
        self._nodes: dict[tuple[int, int], bytes] = {}

    @property
    def size(self) -> int:
        return len(self.leaves)

    def node(self, level: int, index: int) -> bytes:
        if level < 4:
            return merkle.perfect_root(self.hashes[index << level : (index + 1) << level])
        name = level, index
        if name not in self._nodes:
            halves = self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1)
            self._nodes[name] = merkle.node_hash(*halves)
        return self._nodes[name]

    def root(self, size: int | None = None) -> bytes:
        return merkle.range_root(0, self.size if size is None else size, self.node)

    def note(self, size: int | None = None) -> Note:
        size = self.size if size is None else size
        text = Checkpoint(self.origin, size, self.root(size)).text()
        return Note(text, (self.signer.sign(text),))

    def request(self, old: int, new: int | None = None, proof: Sequence[bytes] | None = None) -> bytes:
        """The body of an `add-checkpoint` request."""
        new = self.size if new is None else new
        if proof is None:
            proof = merkle.consistency_proof(old, new, self.node) if old <= new else []
        lines = "".join(f"{b64(each)}\n" for each in proof)
        return f"old {old}\n{lines}\n".encode() + self.note(new).encode()

    def tile(self, tile: Tile) -> bytes:
        start = tile.index * tiles.WIDTH
        if tile.level == ENTRIES:
            return bundle(self.leaves[start : start + tile.width])
        rise = tiles.HEIGHT * tile.level
        return b"".join(self.node(rise, start + n) for n in range(tile.width))
