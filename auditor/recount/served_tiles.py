"""The Merkle tiles that a server gives, beside the leaves that it gives."""

from collections.abc import Sequence

from auditor.formats import merkle, tiles
from auditor.formats.tiles import Tile
from auditor.record import Source
from auditor.recount.findings import Findings


class ServedTiles:
    """Compares the Merkle tiles that a server gives with the leaves. Of each tile only one hash is kept, for those above."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._serves: bool | None = None
        self._roots: list[bytes] = []
        self._wrong: list[str] = []
        self._seen = 0

    def compare(self, tile: Tile, hashes: Sequence[bytes]) -> None:
        if self._serves is False:
            return
        self._look(Tile(0, tile.index, tile.width), b"".join(hashes))
        if tile.width == tiles.WIDTH:
            self._roots.append(merkle.perfect_root(hashes))

    def _look(self, tile: Tile, wanted: bytes) -> None:
        given = self._source.tile(tile)
        self._serves = given is not None
        self._seen += 1
        if given is not None and given != wanted:
            self._wrong.append(tile.path())

    def finish(self, size: int, findings: Findings) -> None:
        if not self._serves:
            return
        rows = {0: self._roots}
        for tile in tiles.tiles(size):
            if tile.level == 0:
                continue
            row = rows.setdefault(tile.level - 1, [])
            hashes = row[tile.index * tiles.WIDTH : tile.index * tiles.WIDTH + tile.width]
            self._look(tile, b"".join(hashes))
            if tile.width == tiles.WIDTH:
                rows.setdefault(tile.level, []).append(merkle.perfect_root(hashes))
        findings.check(
            not self._wrong, "tiles_agree", "tiles_differ", tiles=self._seen, places=self._wrong[:5]
        )
