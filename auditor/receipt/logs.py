"""Finding a ballot in a poll's log, as a server gives it or in a bundle."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from auditor.fetching import Site
from auditor.formats import canonical, merkle, notes, tiles
from auditor.formats.encodings import unb64u
from auditor.formats.tiles import Tile, TileReader
from auditor.record import CityPart, Record, Unreadable, read_keys
from auditor.record.bundle import BundleSource
from auditor.record.served import split, unverified

DECOYS = 7
"""Other leaves whose tiles are fetched as well, so that the server does not learn which ballot is looked for."""
ALL_TILES = 64
"""Up to so many tiles of leaf hashes are simply all fetched."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a leaf is and what proves it; `index` None: the whole log was searched and it is not there."""

    index: int | None
    proof: Sequence[bytes] = ()


class Log(Protocol):
    """Where a ballot is looked for. FINAL: nothing will ever be added to it."""

    FINAL: bool

    def record(self) -> Record:
        """Keys and checkpoint at least, not verified. Raises Unreadable, Unreachable."""

    def find(self, leaf: bytes, size: int) -> Place:
        """Looks for a leaf hash among the first `size`. Raises Unreadable, Unreachable, MalformedTile, NotCanonical."""

    def close(self) -> None:
        """Ends reading."""


class ServedLog:
    """A poll's log at a server."""

    FINAL = False

    def __init__(self, address: str, poll_id: str) -> None:
        self._site = Site(address)
        self._log = f"/log/{poll_id}"
        self._poll_id = poll_id

    def record(self) -> Record:
        """Keys and checkpoint; nothing of the city's log. Raises Unreadable, Unreachable."""
        keys = canonical.read(self._site.get("/api/v1/keys"))
        checkpoint = self._site.get(f"{self._log}/checkpoint", notes.LONGEST)
        witnesses = keys.get("witnesses", []) if isinstance(keys, dict) else []
        return Record(
            poll_id=self._poll_id,
            origin=unverified(checkpoint).origin,
            city_origin="",
            keys=read_keys(keys),
            witnesses=[str(each) for each in witnesses],
            checkpoint=checkpoint,
            city=CityPart(b"", ()),
        )

    def find(self, leaf: bytes, size: int) -> Place:
        """Looks for a leaf hash without telling which: by all tiles of a small log, else by the beginning of the hash and
        with decoys. Raises Unreachable, MalformedTile.
        """
        reader = TileReader(size, lambda tile: self._site.get(f"{self._log}/{tile.path()}"))
        if size <= ALL_TILES * tiles.WIDTH:
            found = [n for n in range(size) if reader.node(0, n) == leaf]
        else:
            found = self._look_up(leaf, size, reader)
        if not found:
            return Place(None)
        return Place(found[0], merkle.inclusion_proof(found[0], size, reader.node))

    def _look_up(self, leaf: bytes, size: int, reader: TileReader) -> list[int]:
        """The hash's beginning is as long as leaves some hundred leaves with it; the tiles of a few others are read too."""
        digits = max(1, min(4, (size // 256).bit_length() // 4))
        listed = canonical.read(self._site.get(f"{self._log}/lookup/{leaf.hex()[:digits]}"))
        entries = listed.get("entries") if isinstance(listed, dict) else None
        try:
            indices = {int(index): unb64u(hash_) for index, hash_ in entries or []}
        except (TypeError, ValueError):
            raise Unreadable("the answer of lookup is malformed") from None
        wanted = [index for index, hash_ in indices.items() if hash_ == leaf and index < size]
        others = [index for index in indices if index not in wanted and index < size]
        looked = [*wanted, *random.SystemRandom().sample(others, min(DECOYS, len(others)))]
        for index in random.SystemRandom().sample(looked, len(looked)):
            reader.node(0, index)
        return wanted

    def close(self) -> None:
        self._site.close()


class BundledLog:
    """A poll's log in a bundle, which is made when nothing is added any more."""

    FINAL = True

    def __init__(self, path: str) -> None:
        try:
            self._source = BundleSource(Path(path).open("rb"))  # noqa: SIM115  the source closes it
        except OSError as error:
            raise Unreadable(f"{path}: {error.strerror}") from None

    def record(self) -> Record:
        return self._source.record()

    def find(self, leaf: bytes, size: int) -> Place:
        """Looks through all leaves; the proof is made of their tiles. Raises Unreadable."""
        rows: dict[Tile, bytes] = {}
        above: list[bytes] = []
        found: list[int] = []
        for tile, data in self._source.bundles(size):
            hashes = [merkle.leaf_hash(each) for each in split(data, tile)]
            found += [tile.index * tiles.WIDTH + n for n, each in enumerate(hashes) if each == leaf]
            if (found and found[0] // tiles.WIDTH == tile.index) or tile.width < tiles.WIDTH:
                rows[Tile(0, tile.index, tile.width)] = b"".join(hashes)
            if tile.width == tiles.WIDTH:
                above.append(merkle.perfect_root(hashes))
        if not found:
            return Place(None)
        return Place(found[0], merkle.inclusion_proof(found[0], size, _Nodes(rows, above).node))

    def close(self) -> None:
        self._source.close()


class _Nodes:
    """The nodes of a tree of which the roots of all full tiles are known, and the hashes of a few."""

    def __init__(self, rows: Mapping[Tile, bytes], above: Sequence[bytes]) -> None:
        self._rows = {tile.index: data for tile, data in rows.items()}
        self._above = above

    def node(self, level: int, index: int) -> bytes:
        if level >= tiles.HEIGHT:
            rise = level - tiles.HEIGHT
            return merkle.perfect_root(self._above[index << rise : (index + 1) << rise])
        tile, first = divmod(index << level, tiles.WIDTH)
        row = self._rows[tile]
        places = range(first, first + (1 << level))
        return merkle.perfect_root([row[n * tiles.HASH : (n + 1) * tiles.HASH] for n in places])
