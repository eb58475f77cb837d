"""The tree's storage: tiles of up to 256 hashes (C2SP tlog-tiles, tile height 8). Pure.

Tile `(level, number)` holds the roots of the complete subtrees of 256 to the power of `level` leaves, from the
`256 * number`th on, 32 bytes each, one after the other. A tile grows at its end only, so every shorter beginning of it
is what it was when the tree was smaller.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from services.common.tlog import ranges
from services.common.tlog.merkle import EMPTY_ROOT, HASH_BYTES, node_hash

HEIGHT = 8
WIDTH = 1 << HEIGHT
TILE_BYTES = WIDTH * HASH_BYTES

Place = tuple[int, int]
"""Level and number of a tile."""
Tiles = Mapping[Place, bytes]


class TileMissing(LookupError):
    """A tile is not there or shorter than the size of the tree says: the storage is damaged."""


def edge(size: int) -> list[Place]:
    """The tiles that are not full in a tree of `size` leaves, one a level at most."""
    found = []
    level = 0
    while hashes := size >> (HEIGHT * level):
        if hashes % WIDTH:
            found.append((level, hashes // WIDTH))
        level += 1
    return found


def grow(size: int, on_edge: Tiles, leaf_hashes: Sequence[bytes]) -> dict[Place, bytes]:
    """The tiles that change when these leaves are added to a tree of `size`, as they are then.

    `on_edge` are the tiles that `edge(size)` names. Raises `TileMissing`.
    """
    changed: dict[Place, bytes] = {}
    level, added = 0, b"".join(leaf_hashes)
    while added:
        number, held = divmod(size >> (HEIGHT * level), WIDTH)
        data = _beginning(on_edge, (level, number), held) + added
        rising = []
        for start in range(0, len(data), TILE_BYTES):
            tile = data[start : start + TILE_BYTES]
            changed[level, number] = tile
            number += 1
            if len(tile) == TILE_BYTES:
                rising.append(_root_of_complete(tile))
        level, added = level + 1, b"".join(rising)
    return changed


def places(parts: Iterable[ranges.Range]) -> set[Place]:
    """The tiles from which the hashes of these parts are computed."""
    return {_where(node)[0] for part in parts for node in ranges.nodes(part)}


def hash_of(part: ranges.Range, tiles: Tiles) -> bytes:
    """The hash of this part of the tree from the tiles that `places` names. Raises `TileMissing`."""
    complete = [_hash_of_node(node, tiles) for node in ranges.nodes(part)]
    if not complete:
        return EMPTY_ROOT
    found = complete.pop()
    while complete:
        found = node_hash(complete.pop(), found)
    return found


def root(size: int, tiles: Tiles) -> bytes:
    """The root of the tree of `size` leaves; its tiles are `places([(0, size)])`. Raises `TileMissing`."""
    return hash_of((0, size), tiles)


def _where(node: ranges.Node) -> tuple[Place, int, int]:
    """The tile, and where in it the hashes begin and how many they are, that a complete subtree is made of."""
    height, number = node
    level, above = divmod(height, HEIGHT)
    tile, offset = divmod(number << above, WIDTH)
    return (level, tile), offset, 1 << above


def _hash_of_node(node: ranges.Node, tiles: Tiles) -> bytes:
    place, offset, count = _where(node)
    return _root_of_complete(_beginning(tiles, place, offset + count)[offset * HASH_BYTES :])


def _beginning(tiles: Tiles, place: Place, hashes: int) -> bytes:
    if not hashes:
        return b""
    tile = tiles.get(place, b"")
    if len(tile) < hashes * HASH_BYTES:
        raise TileMissing(place)
    return tile[: hashes * HASH_BYTES]


def _root_of_complete(hashes: bytes) -> bytes:
    """The root over a power of two of hashes: every pair lies side by side."""
    while len(hashes) > HASH_BYTES:
        hashes = b"".join(
            [sha256(b"\x01" + hashes[at : at + 64]).digest() for at in range(0, len(hashes), 64)]
        )
    return hashes
