"""Merkle trees of RFC 6962 section 2.1: SHA-256, 0x00 before a leaf, 0x01 before two nodes. Pure."""

from collections.abc import Sequence
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves."""


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def levels(leaf_hashes: Sequence[bytes]) -> list[list[bytes]]:
    """The tree over these leaf hashes, level by level, the leaves first, the root last.

    A node without a right neighbour stands on the next level as it is, which gives RFC 6962's tree for every size.
    Raises ValueError for an empty tree.
    """
    if not leaf_hashes:
        raise ValueError("a tree needs a leaf")
    tree = [list(leaf_hashes)]
    while len(tree[-1]) > 1:
        below = tree[-1]
        above = [node_hash(below[n], below[n + 1]) for n in range(0, len(below) - 1, 2)]
        tree.append([*above, below[-1]] if len(below) % 2 else above)
    return tree


def inclusion_path(tree: Sequence[Sequence[bytes]], index: int) -> list[bytes]:
    """The siblings from this leaf to the root, lowest first (RFC 6962 section 2.1.1). `tree` is from `levels`."""
    path = []
    for level in tree[:-1]:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        index >>= 1
    return path


def root_of_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root of the tree of `size` leaves in which the leaf hash `leaf` has this index, if the path is its path
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


def roots_of_consistency(
    old: int, new: int, old_root: bytes, proof: Sequence[bytes]
) -> tuple[bytes, bytes] | None:
    """The roots of the trees of `old` and `new` leaves that this consistency proof leads to (RFC 9162 section 2.1.4.2);
    None for a proof that cannot be one. It holds if the first is `old_root` and the second the new tree's root.
    """
    if not 0 < old < new:
        return None
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    steps = list(proof) if first else [old_root, *proof]
    if not steps:
        return None
    of_old = of_new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if first & 1 or first == last:
            of_old, of_new = node_hash(step, of_old), node_hash(step, of_new)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            of_new = node_hash(of_new, step)
        first, last = first >> 1, last >> 1
    return (of_old, of_new) if last == 0 else None
