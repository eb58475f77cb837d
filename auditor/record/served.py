"""A record piece by piece, as a log serves it to everybody: checkpoints, entries and tiles, and the city's whole log."""

from collections.abc import Iterator
from typing import Any

from auditor.fetching import Site
from auditor.formats import canonical, checkpoints, merkle, notes, tiles
from auditor.formats.checkpoints import Checkpoint
from auditor.formats.merkle import Accumulator
from auditor.formats.tiles import Tile
from auditor.record import CITY, CityEntry, CityPart, Record, Unreadable, read_keys


class ServedSource:
    """A poll's log at a server."""

    def __init__(self, site: Site, poll_id: str) -> None:
        self._site = site
        self._poll_id = poll_id

    def record(self) -> Record:
        keys = self._json("/api/v1/keys")
        checkpoint = self._site.get(f"/log/{self._poll_id}/checkpoint", notes.LONGEST)
        origin = unverified(checkpoint).origin
        stem, _, name = origin.rpartition("/")
        if name != self._poll_id:
            raise Unreadable("the checkpoint is another log's")
        witnesses = keys.get("witnesses", [])
        return Record(
            poll_id=self._poll_id,
            origin=origin,
            city_origin=f"{stem}/{CITY}",
            keys=read_keys(keys),
            witnesses=[str(witness) for witness in witnesses] if isinstance(witnesses, list) else [],
            checkpoint=checkpoint,
            city=self._city(),
        )

    def bundles(self, size: int) -> Iterator[tuple[Tile, bytes]]:
        yield from self._bundles(self._poll_id, size)

    def tile(self, tile: Tile) -> bytes | None:
        return self._site.get(f"/log/{self._poll_id}/{tile.path()}")

    def close(self) -> None:
        self._site.close()

    def _bundles(self, log: str, size: int) -> Iterator[tuple[Tile, bytes]]:
        for tile in tiles.bundles(size):
            yield tile, self._site.get(f"/log/{log}/{tile.path()}")

    def _city(self) -> CityPart:
        """The city's whole log, of which only what names the poll is kept."""
        checkpoint = self._site.get(f"/log/{CITY}/checkpoint", notes.LONGEST)
        tree = Accumulator()
        kept = []
        for tile, data in self._bundles(CITY, unverified(checkpoint).size):
            leaves = split(data, tile)
            named = ((n, leaf) for n, leaf in enumerate(leaves, tree.size) if self._names(leaf))
            kept += [CityEntry(index, leaf, None) for index, leaf in named]
            tree.extend([merkle.leaf_hash(leaf) for leaf in leaves])
        return CityPart(checkpoint, kept, tree.root())

    def _names(self, leaf: bytes) -> bool:
        if self._poll_id.encode() not in leaf:
            return False
        try:
            value = canonical.loads(leaf)
        except canonical.NotCanonical:
            return True  # what cannot be read is shown as that
        return isinstance(value, dict) and value.get("poll") == self._poll_id

    def _json(self, path: str) -> dict[str, Any]:
        try:
            value = canonical.read(self._site.get(path))
        except canonical.NotCanonical:
            value = None
        if not isinstance(value, dict):
            raise Unreadable(f"{path} is not a JSON object")
        return value


def split(data: bytes, tile: Tile) -> list[bytes]:
    """The leaves of a bundle. Raises Unreadable."""
    try:
        return tiles.entries(data, tile.width)
    except tiles.MalformedTile:
        raise Unreadable(f"{tile.path()} is cut off or malformed") from None


def unverified(checkpoint: bytes) -> Checkpoint:
    """What a checkpoint says, before anyone has looked at its signature. Raises Unreadable."""
    try:
        return checkpoints.parse(notes.parse(checkpoint).text)
    except ValueError as error:
        raise Unreadable(f"the checkpoint is malformed: {error}") from None
