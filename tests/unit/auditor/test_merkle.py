"""Merkle trees and tiles against published vectors, and against the RFC's own words for every size up to 600."""

import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.formats import merkle, tiles
from auditor.formats.tiles import Tile
from tests.fixtures.merkle_vectors import LEAVES, ROOTS
from tests.unit.auditor.logs import bundle

HASHES = [merkle.leaf_hash(str(n).encode()) for n in range(70_000)]


@cache
def mth(start: int, end: int) -> bytes:
    """RFC 9162 section 2.1.1, word for word."""
    if end - start == 1:
        return HASHES[start]
    k = 1
    while k * 2 < end - start:
        k *= 2
    return merkle.node_hash(mth(start, start + k), mth(start + k, end)) if end > start else merkle.EMPTY_ROOT


def node(level: int, index: int) -> bytes:
    return mth(index << level, (index + 1) << level)


def tree_of(leaves: list[bytes]) -> merkle.Accumulator:
    tree = merkle.Accumulator()
    tree.extend([merkle.leaf_hash(leaf) for leaf in leaves])
    return tree


@pytest.mark.parametrize("size", range(9))
def test_known_roots(size):
    assert tree_of(LEAVES[:size]).root().hex() == ROOTS[size]


def known_nodes() -> dict[str, bytes]:
    """The nodes of the tree of seven leaves, by the letters of RFC 9162 section 2.1.5."""
    leaves = [merkle.leaf_hash(leaf) for leaf in LEAVES[:7]]
    found = dict(zip("abcdefj", leaves, strict=True))
    for name, (left, right) in {"g": "ab", "h": "cd", "i": "ef", "k": "gh", "l": "ij"}.items():
        found[name] = merkle.node_hash(found[left], found[right])
    return found


def read_known(level: int, index: int) -> bytes:
    names = {0: "abcdefj", 1: "ghi", 2: "k"}
    return known_nodes()[names[level][index]]


@pytest.mark.parametrize(("index", "letters"), [(0, "bhl"), (3, "cgl"), (4, "fjk"), (6, "ik")])
def test_the_audit_paths_of_rfc_9162(index, letters):
    path = [known_nodes()[letter] for letter in letters]
    assert merkle.inclusion_proof(index, 7, read_known) == path
    root = merkle.root_from_inclusion(merkle.leaf_hash(LEAVES[index]), index, 7, path)
    assert root is not None
    assert root.hex() == ROOTS[7]


@pytest.mark.parametrize(("old", "letters"), [(3, "cdgl"), (4, "l"), (6, "ijk")])
def test_the_consistency_proofs_of_rfc_9162(old, letters):
    proof = [known_nodes()[letter] for letter in letters]
    assert merkle.consistency_proof(old, 7, read_known) == proof
    assert merkle.is_consistent(old, bytes.fromhex(ROOTS[old]), 7, bytes.fromhex(ROOTS[7]), proof)


def test_every_size_up_to_600_has_the_root_that_the_rfc_says():
    tree = merkle.Accumulator()
    for size in range(601):
        assert tree.root() == mth(0, size) == merkle.range_root(0, size, node)
        tree.extend(HASHES[size : size + 1])


@pytest.mark.parametrize("start", range(0, 600, 100))
def test_inclusion_in_every_size_up_to_600(start):
    rng = random.Random(start)
    for size in range(max(1, start), start + 101):
        root = mth(0, size)
        for index in {0, size - 1, size // 2, *(rng.randrange(size) for _ in range(4))}:
            path = merkle.inclusion_proof(index, size, node)
            assert merkle.root_from_inclusion(HASHES[index], index, size, path) == root
            assert merkle.root_from_inclusion(HASHES[index], (index + 1) % (size + 1), size, path) != root
            assert merkle.root_from_inclusion(HASHES[index], index, size, [*path, root]) != root
            assert not path or merkle.root_from_inclusion(HASHES[index], index, size, path[:-1]) != root


@pytest.mark.parametrize("start", range(0, 600, 100))
def test_consistency_between_every_size_up_to_600_and_others(start):
    rng = random.Random(start)
    for new in range(start, start + 101):
        for old in {0, new, new // 2, max(0, new - 1), *(rng.randrange(new + 1) for _ in range(4))}:
            proof = merkle.consistency_proof(old, new, node)
            assert merkle.is_consistent(old, mth(0, old), new, mth(0, new), proof)
            assert not merkle.is_consistent(old, HASHES[-1], new, mth(0, new), proof)
            assert old in (0, new) or not merkle.is_consistent(old, mth(0, old), new, HASHES[-1], proof)
            assert not merkle.is_consistent(old, mth(0, old), new, mth(0, new), [*proof, HASHES[0]])
            assert not proof or not merkle.is_consistent(old, mth(0, old), new, mth(0, new), proof[:-1])


@settings(max_examples=30, deadline=None)
@given(st.integers(1, len(HASHES)), st.data())
def test_random_sizes_beyond(size, data):
    old = data.draw(st.integers(0, size))
    index = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_proof(index, size, node)
    assert merkle.root_from_inclusion(HASHES[index], index, size, path) == mth(0, size)
    proof = merkle.consistency_proof(old, size, node)
    assert merkle.is_consistent(old, mth(0, old), size, mth(0, size), proof)
    for bad in range(len(proof)):
        forged = [*proof[:bad], bytes(32), *proof[bad + 1 :]]
        assert not merkle.is_consistent(old, mth(0, old), size, mth(0, size), forged)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 700), max_size=12))
def test_leaves_may_come_in_any_portions(portions):
    tree = merkle.Accumulator()
    for portion in portions:
        tree.extend(HASHES[tree.size : tree.size + portion])
    assert tree.size == sum(portions)
    assert tree.root() == mth(0, tree.size)


@pytest.mark.parametrize(("old", "new"), [(5, 4), (-1, 4)])
def test_a_tree_does_not_shrink(old, new):
    assert not merkle.is_consistent(old, HASHES[0], new, HASHES[0], [])
    with pytest.raises(ValueError, match="shrink"):
        merkle.consistency_proof(old, new, node)


def test_tile_paths():
    """C2SP tlog-tiles: "index 1234067 will be encoded as x001/x234/067", and the tiles of a tree of 70,000."""
    assert Tile(0, 1234067).path() == "tile/0/x001/x234/067"
    assert Tile(tiles.ENTRIES, 0, 5).path() == "tile/entries/000.p/5"
    row = {level: [tile for tile in tiles.tiles(70_000) if tile.level == level] for level in range(3)}
    assert [len(row[level]) for level in range(3)] == [274, 2, 1]
    assert [row[level][-1].width for level in range(3)] == [112, 17, 1]
    assert [tile.path() for tile in tiles.tiles(256)] == ["tile/0/000", "tile/1/000.p/1"]


def tile_bytes(tile: Tile) -> bytes:
    rise = tiles.HEIGHT * tile.level
    return b"".join(
        mth((tile.index * tiles.WIDTH + n) << rise, (tile.index * tiles.WIDTH + n + 1) << rise)
        for n in range(tile.width)
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(1, len(HASHES)), st.data())
def test_proofs_from_tiles(size, data):
    known_tiles = set(tiles.tiles(size))

    def fetch(tile: Tile) -> bytes:
        assert tile in known_tiles
        return tile_bytes(tile)

    reader = tiles.TileReader(size, fetch)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    path = merkle.inclusion_proof(index, size, reader.node)
    assert merkle.root_from_inclusion(HASHES[index], index, size, path) == mth(0, size)
    proof = merkle.consistency_proof(old, size, reader.node)
    assert merkle.is_consistent(old, mth(0, old), size, mth(0, size), proof)


def test_a_tile_that_was_cut_is_refused():
    reader = tiles.TileReader(300, lambda tile: tile_bytes(tile)[:-32])
    with pytest.raises(tiles.MalformedTile, match="tile/0/000"):
        reader.node(0, 0)


@given(st.lists(st.binary(max_size=400), min_size=1, max_size=256))
def test_entry_bundles_come_back(leaves):
    data = bundle(leaves)
    assert tiles.entries(data, len(leaves)) == leaves
    for wrong in (data[:-1], data + b"\0", data + b"\0\0"):
        with pytest.raises(tiles.MalformedTile):
            tiles.entries(wrong, len(leaves))
