"""The root of a tree whose leaves come one after the other, in memory that grows with the logarithm of their number. Pure."""

from functools import reduce

from services.common.tlog.merkle import EMPTY_ROOT, node_hash


class Frontier:
    """The complete subtrees of the leaves so far (RFC 6962 section 2.1), largest first: one for each 1 bit of their number."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[bytes] = []

    def add(self, leaf_hash: bytes) -> None:
        """The next leaf."""
        grown, size = leaf_hash, self.size
        while size & 1:
            grown = node_hash(self._subtrees.pop(), grown)
            size >>= 1
        self._subtrees.append(grown)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The root of the tree of all leaves so far."""
        if not self._subtrees:
            return EMPTY_ROOT
        return reduce(lambda right, left: node_hash(left, right), reversed(self._subtrees))
