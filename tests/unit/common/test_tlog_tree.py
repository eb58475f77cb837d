"""Proofs and tiles against the tree itself: for every size up to 600, and for random sizes beyond."""

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.common.tlog import merkle, ranges, tiles

LEAVES = [merkle.leaf_hash(str(n).encode()) for n in range(70_000)]
MOST = 600


def root_of(size: int) -> bytes:
    return merkle.levels(LEAVES[:size])[-1][0] if size else merkle.EMPTY_ROOT


def roots() -> Iterator[bytes]:
    """The roots of all sizes from 0 on, one leaf after the other: a compact range (RFC 9162 section 2.1.5)."""
    right_edge: list[tuple[int, bytes]] = []
    yield merkle.EMPTY_ROOT
    for leaf in LEAVES:
        height, found = 0, leaf
        while right_edge and right_edge[-1][0] == height:
            found = merkle.node_hash(right_edge.pop()[1], found)
            height += 1
        right_edge.append((height, found))
        for _, left in reversed(right_edge[:-1]):
            found = merkle.node_hash(left, found)
        yield found


ROOTS = [root for _, root in zip(range(MOST + 1), roots(), strict=False)]


def stored(sizes: list[int]) -> dict[tuple[int, int], bytes]:
    """The tiles after growing from size to size."""
    kept: dict[tuple[int, int], bytes] = {}
    for old, new in pairwise([0, *sizes]):
        on_edge = {place: kept[place] for place in tiles.edge(old)}
        kept |= tiles.grow(old, on_edge, LEAVES[old:new])
    return kept


ONE_BY_ONE = stored(list(range(1, MOST + 1)))


def test_the_two_ways_to_a_root_agree():
    assert [root_of(size) for size in range(MOST + 1)] == ROOTS


def test_tiles_grown_leaf_by_leaf_give_the_root_of_every_size():
    assert [tiles.root(size, ONE_BY_ONE) for size in range(MOST + 1)] == ROOTS


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 70_000), min_size=1, max_size=6, unique=True).map(sorted))
def test_however_a_tree_grew_its_tiles_are_those_of_its_leaves(sizes: list[int]):
    kept, size = stored(sizes), sizes[-1]
    levels = [LEAVES[:size]]
    while len(levels[-1]) >= tiles.WIDTH:
        below = levels[-1]
        levels.append(
            [
                merkle.levels(below[at : at + tiles.WIDTH])[-1][0]
                for at in range(0, len(below) - tiles.WIDTH + 1, tiles.WIDTH)
            ]
        )
    expected = {
        (level, at // tiles.WIDTH): b"".join(hashes[at : at + tiles.WIDTH])
        for level, hashes in enumerate(levels)
        for at in range(0, len(hashes), tiles.WIDTH)
    }
    assert kept == expected
    assert all(tiles.root(size, kept) == root_of(size) for size in sizes)


def test_the_edge_names_the_tiles_that_are_not_full():
    assert tiles.edge(0) == tiles.edge(1 << 24)[:-1] == []
    assert tiles.edge(1) == [(0, 0)]
    assert tiles.edge(256) == [(1, 0)]
    assert tiles.edge(257) == [(0, 1), (1, 0)]
    assert tiles.edge(65_536 + 256) == [(1, 1), (2, 0)]


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 511, 512, 513, 599, 600])
def test_every_leaf_is_proved_to_be_in_the_tree(size: int):
    for index in range(size):
        path = [tiles.hash_of(part, ONE_BY_ONE) for part in ranges.inclusion(index, size)]
        assert merkle.root_of_path(LEAVES[index], index, size, path) == ROOTS[size]


def test_inclusion_in_every_size():
    rng = random.Random(1)
    for size in range(1, MOST + 1):
        for index in {0, size - 1, rng.randrange(size)}:
            path = [tiles.hash_of(part, ONE_BY_ONE) for part in ranges.inclusion(index, size)]
            assert merkle.root_of_path(LEAVES[index], index, size, path) == ROOTS[size]
            assert path == merkle.inclusion_path(merkle.levels(LEAVES[:size]), index)


def test_consistency_between_all_sizes():
    rng = random.Random(2)
    for new in range(1, MOST + 1):
        for old in {1, new - 1, *(rng.randrange(1, new + 1) for _ in range(4))} - {0, new}:
            proof = [tiles.hash_of(part, ONE_BY_ONE) for part in ranges.consistency(old, new)]
            assert merkle.roots_of_consistency(old, new, ROOTS[old], proof) == (ROOTS[old], ROOTS[new])
            broken = [*proof[:-1], merkle.leaf_hash(b"another")]
            assert merkle.roots_of_consistency(old, new, ROOTS[old], broken) != (ROOTS[old], ROOTS[new])
            assert merkle.roots_of_consistency(old, new, ROOTS[old], [*proof, proof[0]]) is None
            assert merkle.roots_of_consistency(old, new, ROOTS[old], proof[:-1]) != (ROOTS[old], ROOTS[new])


@settings(max_examples=25, deadline=None)
@given(st.integers(601, 70_000), st.data())
def test_proofs_of_large_trees(size: int, data: st.DataObject):
    kept, whole = stored([size]), root_of(size)
    index = data.draw(st.integers(0, size - 1))
    path = [tiles.hash_of(part, kept) for part in ranges.inclusion(index, size)]
    assert merkle.root_of_path(LEAVES[index], index, size, path) == whole
    old = data.draw(st.integers(1, size - 1))
    wanted = ranges.consistency(old, size)
    needed = {place: kept[place] for place in tiles.places(wanted)}
    proof = [tiles.hash_of(part, needed) for part in wanted]
    assert merkle.roots_of_consistency(old, size, root_of(old), proof) == (root_of(old), whole)


def test_nothing_is_proved_of_what_is_not_there():
    assert ranges.consistency(0, 5) == ranges.consistency(5, 5) == []
    for wrong in ((5, 5), (-1, 5), (0, 0)):
        with pytest.raises(ValueError, match="no such leaf"):
            ranges.inclusion(*wrong)
    with pytest.raises(ValueError, match="shrink"):
        ranges.consistency(6, 5)
    assert merkle.roots_of_consistency(0, 5, b"", []) is None
    assert merkle.roots_of_consistency(5, 5, b"", []) is None
    assert merkle.roots_of_consistency(3, 7, ROOTS[3], []) is None


def test_a_damaged_tile_is_noticed():
    kept = stored([300])
    for broken in ({**kept, (0, 1): kept[0, 1][:-32]}, {k: v for k, v in kept.items() if k != (0, 1)}):
        with pytest.raises(tiles.TileMissing):
            tiles.root(300, broken)
        with pytest.raises(tiles.TileMissing):
            tiles.grow(300, broken, LEAVES[300:301])
