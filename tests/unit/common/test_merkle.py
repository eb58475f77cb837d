"""Merkle trees against the known roots of the Certificate Transparency reference, and against the RFC's own words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.tlog import merkle

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


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
    assert tree[-1][0].hex() == ROOTS[size - 1]


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
