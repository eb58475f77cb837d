"""The root of leaves that come one after the other is that of the whole tree."""

from hashlib import sha256

from services.common.tlog.frontier import Frontier
from services.common.tlog.merkle import EMPTY_ROOT, leaf_hash, levels


def test_every_size_up_to_600_has_the_root_of_the_whole_tree():
    frontier, leaves = Frontier(), []
    assert frontier.root == EMPTY_ROOT == sha256(b"").digest()
    for n in range(600):
        leaves.append(leaf_hash(str(n).encode()))
        frontier.add(leaves[-1])
        assert frontier.size == n + 1
        assert frontier.root == levels(leaves)[-1][0]
