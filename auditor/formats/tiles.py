"""Tiles and entry bundles (C2SP tlog-tiles): where they are and what is in them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from auditor.formats.merkle import perfect_root

WIDTH = 256
"""Hashes in a full tile, entries in a full bundle."""
HEIGHT = 8
"""Levels of the tree from a tile to the one above."""
ENTRIES = -1
"""What stands for the level of entry bundles."""
HASH = 32
LONGEST_LEAF = 2**16 - 1


class MalformedTile(ValueError):
    """The bytes are not the tile or the bundle that was asked for."""


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Tile `index` of tile level `level`, `width` hashes (or entries) wide; level ENTRIES is that of entry bundles."""

    level: int
    index: int
    width: int = WIDTH

    def path(self) -> str:
        """Where it is under a log's address: `tile/0/x001/234.p/5`."""
        level = "entries" if self.level < 0 else str(self.level)
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{number(self.index)}{partial}"


def number(index: int) -> str:
    """An index in groups of three digits, all but the last behind an `x`: `x001/x234/067`."""
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.append(f"x{index % 1000:03d}")
    return "/".join(reversed(groups))


def bundles(size: int) -> Iterator[Tile]:
    """The entry bundles of a log of this size, in order."""
    return _row(ENTRIES, size)


def tiles(size: int) -> Iterator[Tile]:
    """All tiles of a tree of this size, level by level."""
    level, width = 0, size
    while width:
        yield from _row(level, width)
        level, width = level + 1, width // WIDTH


def _row(level: int, width: int) -> Iterator[Tile]:
    whole, rest = divmod(width, WIDTH)
    yield from (Tile(level, index) for index in range(whole))
    if rest:
        yield Tile(level, whole, rest)


def entries(data: bytes, width: int) -> list[bytes]:
    """The leaves of a bundle of `width` entries, each behind its length as a big endian uint16. Raises MalformedTile."""
    found = []
    place, end = 0, len(data)
    while place + 2 <= end:
        start = place + 2
        place = start + (data[place] << 8 | data[place + 1])
        found.append(data[start:place])
    if place != end or len(found) != width:
        raise MalformedTile(f"a bundle of {width} entries was expected")
    return found


class TileReader:
    """Reads nodes of a tree of `size` leaves from its tiles. What it reads is not verified: it is for making proofs, which are
    verified against a root.

    `fetch` gives a tile's bytes; tiles that were read are kept, a few hundred at most.
    """

    KEPT = 512

    def __init__(self, size: int, fetch: Callable[[Tile], bytes]) -> None:
        self._size = size
        self._fetch = fetch
        self._kept: dict[Tile, bytes] = {}

    def node(self, level: int, index: int) -> bytes:
        """The hash of node (level, index), a whole subtree. Raises MalformedTile and what `fetch` raises."""
        row, rise = divmod(level, HEIGHT)
        first = index << rise
        tile = self._tile(row, first // WIDTH)
        place = first % WIDTH
        if place + (1 << rise) > tile.width:
            raise ValueError("the node is not in this tree")
        data = self._bytes(tile)
        hashes = [data[n * HASH : (n + 1) * HASH] for n in range(place, place + (1 << rise))]
        return perfect_root(hashes)

    def _tile(self, level: int, index: int) -> Tile:
        """The tile as it is in a tree of this size."""
        width = (self._size >> HEIGHT * level) - index * WIDTH
        return Tile(level, index, min(width, WIDTH))

    def _bytes(self, tile: Tile) -> bytes:
        if tile not in self._kept:
            if len(self._kept) >= self.KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[tile] = checked(tile, self._fetch(tile))
        return self._kept[tile]


def checked(tile: Tile, data: bytes) -> bytes:
    """A tile's bytes. Raises MalformedTile when there are not as many as its hashes have."""
    if len(data) != tile.width * HASH:
        raise MalformedTile(f"{tile.path()}: {tile.width} hashes were expected")
    return data
