"""Merkle trees of RFC 6962 section 2.1 and RFC 9162 section 2.1: SHA-256, 0x00 before a leaf, 0x01 before two nodes.

A hash has 32 bytes. A node is named by level and index: node (0, i) is the hash of leaf i, node (l, i) that of the whole
subtree over the leaves from i·2^l to (i+1)·2^l.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
NodeReader = Callable[[int, int], bytes]
"""The hash of node (level, index)."""


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two below `size`, for a size of at least 2: so many leaves are in the left subtree."""
    return 1 << (size - 1).bit_length() - 1


def level_above(hashes: Sequence[bytes]) -> list[bytes]:
    """The hashes of an even number of nodes, hashed in pairs."""
    return [
        sha256(b"\x01" + left + right).digest() for left, right in zip(hashes[::2], hashes[1::2], strict=True)
    ]


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The root over a power of two of nodes."""
    while len(hashes) > 1:
        hashes = level_above(hashes)
    return hashes[0]


class Accumulator:
    """The right edge of a tree that grows: the root of any number of leaves in the memory of a few dozen hashes.

    `size` leaves are covered; for every bit that is set in it there is one whole subtree, the largest first.
    """

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Adds leaves by their hashes, whole subtrees at a time where they fit."""
        start = 0
        while start < len(leaves):
            level = min(_fitting(self.size), (len(leaves) - start).bit_length() - 1)
            self._push(perfect_root(leaves[start : start + (1 << level)]), level)
            start += 1 << level

    def _push(self, subtree: bytes, level: int) -> None:
        carry = self.size >> level
        while carry & 1:
            subtree = sha256(b"\x01" + self._edge.pop() + subtree).digest()
            carry >>= 1
        self._edge.append(subtree)
        self.size += 1 << level

    def root(self) -> bytes:
        """The root of the tree so far."""
        if not self._edge:
            return EMPTY_ROOT
        found = self._edge[-1]
        for left in reversed(self._edge[:-1]):
            found = node_hash(left, found)
        return found


def _fitting(size: int) -> int:
    """The level of the largest whole subtree that can be added to a tree of this size at once."""
    return (size & -size).bit_length() - 1 if size else 62


def subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The whole subtrees (level, index) that make up the range of leaves, in order. `start` must be where a subtree of
    the tree begins that goes at least to `end`, as in every proof.
    """
    while start < end:
        level = min(_fitting(start), (end - start).bit_length() - 1)
        yield level, start >> level
        start += 1 << level


def range_root(start: int, end: int, node: NodeReader) -> bytes:
    """MTH(D[start:end]) for a range as in `subtrees`."""
    hashes = [node(level, index) for level, index in subtrees(start, end)]
    if not hashes:
        return EMPTY_ROOT
    found = hashes.pop()
    while hashes:
        found = node_hash(hashes.pop(), found)
    return found


def inclusion_proof(index: int, size: int, node: NodeReader) -> list[bytes]:
    """The audit path PATH(index, D[size]) of RFC 9162 section 2.1.3.1, the lowest sibling first."""
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(range_root(middle, end, node))
            end = middle
        else:
            path.append(range_root(start, middle, node))
            start = middle
    return path[::-1]


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root of the tree of `size` leaves in which this leaf hash has this index, if the path is its audit path
    (RFC 9162 section 2.1.3.2); None for a path that cannot be one.
    """
    if not 0 <= index < size:
        return None
    last, found = size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if index & 1 or index == last:
            found = node_hash(sibling, found)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        index, last = index >> 1, last >> 1
    return found if last == 0 else None


def consistency_proof(old: int, new: int, node: NodeReader) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 9162 section 2.1.4.1; empty for an old size of 0 and for equal sizes."""
    if not 0 <= old <= new:
        raise ValueError("a tree does not shrink")
    proof: list[bytes] = []
    start, end, known = 0, new, True
    if old in (0, new):
        return proof
    while old != end:
        middle = start + split(end - start)
        if old <= middle:
            proof.append(range_root(middle, end, node))
            end = middle
        else:
            proof.append(range_root(start, middle, node))
            start, known = middle, False
    if not known:
        proof.append(range_root(start, end, node))
    return proof[::-1]


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the tree of `new` leaves continues that of `old` (RFC 9162 section 2.1.4.2). A tree
    continues the empty one without proof, and itself.
    """
    if not 0 <= old <= new:
        return False
    if old == 0:
        return old_root == EMPTY_ROOT and not proof and (new > 0 or new_root == EMPTY_ROOT)
    if old == new:
        return old_root == new_root and not proof
    return _walk(old, old_root, new, new_root, proof)


def _walk(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if not path or not proof:
        return False
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root
