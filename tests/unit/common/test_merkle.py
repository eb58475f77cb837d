"""Merkle trees against the known roots of the Certificate Transparency reference, and against the RFC's own words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.tlog import merkle
from tests.fixtures.merkle_vectors import LEAVES, ROOTS


def tree_of(count: int) -> list[list[bytes]]:
    return merkle.levels([merkle.leaf_hash(str(n).encode()) for n in range(count)])


def root_as_the_rfc_says(hashes: list[bytes]) -> bytes:
    """RFC 6962 section 2.1, word for word: split at the largest power of two below the size."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return merkle.node_hash(root_as_the_rfc_says(hashes[:split]), root_as_the_rfc_says(hashes[split:]))


@pytest.mark.parametrize("size", range(1, 9))
def test_known_roots(size):
    tree = merkle.levels([merkle.leaf_hash(leaf) for leaf in LEAVES[:size]])
    assert tree[-1][0].hex() == ROOTS[size]


def test_an_empty_tree_has_no_root():
    with pytest.raises(ValueError, match="leaf"):
        merkle.levels([])


@pytest.mark.parametrize("size", range(1, 130))
def test_every_leaf_of_every_size_is_included_at_its_index_only(size):
    tree = tree_of(size)
    root = tree[-1][0]
    assert root == root_as_the_rfc_says(tree[0])
    for index, leaf in enumerate(tree[0]):
        path = merkle.inclusion_path(tree, index)
        assert merkle.root_of_path(leaf, index, size, path) == root
        assert merkle.root_of_path(leaf, (index + 1) % (size + 1), size, path) != root


@given(st.integers(1, 300), st.data())
def test_a_path_that_was_changed_leads_elsewhere(size, data):
    tree = tree_of(size)
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_path(tree, index)
    change = data.draw(st.sampled_from(["leaf", "longer", *(["shorter", "byte"] if path else [])]))
    leaf = tree[0][index]
    if change == "leaf":
        leaf = merkle.leaf_hash(b"another")
    elif change == "longer":
        path = [*path, leaf]
    elif change == "shorter":
        path = path[:-1]
    else:
        place = data.draw(st.integers(0, len(path) - 1))
        path[place] = bytes(32)
    assert merkle.root_of_path(leaf, index, size, path) != tree[-1][0]
