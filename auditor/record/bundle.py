"""The bundle: one `.tar.gz`, read once from front to back, from a file or as it comes over the network."""

import tarfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

from auditor.formats import canonical, tiles
from auditor.formats.encodings import unb64
from auditor.formats.tiles import Tile
from auditor.record import CityEntry, CityPart, Record, Unreadable, read_keys

MOST = {
    "record.json": 16 * 1024 * 1024,
    "result.json": 64 * 1024 * 1024,
    "checkpoint": 1024 * 1024,
    "city.json": 256 * 1024 * 1024,
}
"""Bytes of each part."""
_DAMAGE = (tarfile.TarError, OSError, EOFError, zlib.error)
MOST_BUNDLE = tiles.WIDTH * (tiles.LONGEST_LEAF + 2)


class BundleSource:
    """A record in a bundle."""

    def __init__(self, stream: IO[bytes], also_close: Callable[[], None] = lambda: None) -> None:
        self._stream = stream
        self._also_close = also_close
        try:
            self._archive = tarfile.open(fileobj=stream, mode="r|gz")  # noqa: SIM115  close() closes it
        except _DAMAGE as error:
            stream.close()
            also_close()
            raise Unreadable(f"not a .tar.gz: {type(error).__name__}") from None
        self._poll_id = ""

    def record(self) -> Record:
        head = self._object("record.json")
        self._poll_id = _text(head, "poll_id")
        result = self._next("result.json", MOST["result.json"])
        checkpoint = self._next(f"log/{self._poll_id}/checkpoint", MOST["checkpoint"])
        city = self._object("city.json")
        witnesses = head.get("witnesses", [])
        if head.get("v") != 1 or not isinstance(witnesses, list):
            raise Unreadable("record.json is of another version")
        return Record(
            poll_id=self._poll_id,
            origin=_text(head, "origin"),
            city_origin=_text(head, "city_origin"),
            keys=read_keys(head.get("keys")),
            witnesses=[str(witness) for witness in witnesses],
            checkpoint=checkpoint,
            city=_city(city),
            result=result,
        )

    def bundles(self, size: int) -> Iterator[tuple[Tile, bytes]]:
        for tile in tiles.bundles(size):
            yield tile, self._next(f"log/{self._poll_id}/{tile.path()}", MOST_BUNDLE)
        if self._member() is not None:
            raise Unreadable("the bundle has more entries than its checkpoint says")

    def tile(self, tile: Tile) -> bytes | None:  # noqa: ARG002  a bundle has no Merkle tiles: they follow from the entries
        return None

    def close(self) -> None:
        self._archive.close()
        self._stream.close()
        self._also_close()

    def _object(self, name: str) -> dict[str, Any]:
        try:
            value = canonical.read(self._next(name, MOST[name]))
        except canonical.NotCanonical:
            raise Unreadable(f"{name} is not JSON") from None
        if not isinstance(value, dict):
            raise Unreadable(f"{name} is no object")
        return value

    def _next(self, name: str, most: int) -> bytes:
        """The next file, which must have this name."""
        member = self._member()
        if member is None or member.name != name or not member.isreg() or member.size > most:
            raise Unreadable(f"{name} is missing, too long, or not in its place")
        try:
            file = self._archive.extractfile(member)
            data = file.read() if file else b""
        except _DAMAGE:
            data = b""
        if len(data) != member.size:
            raise Unreadable(f"{name} is cut off")
        return data

    def _member(self) -> tarfile.TarInfo | None:
        """The next file; the folders between are passed over."""
        try:
            member = self._archive.next()
            while member is not None and member.isdir():
                member = self._archive.next()
            vars(self._archive)["members"] = []  # a million ballots' files need not be remembered
        except _DAMAGE as error:
            raise Unreadable(f"the bundle is damaged: {type(error).__name__}") from None
        return member


def _text(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"{name} is missing")
    return value


def _city(found: dict[str, Any]) -> CityPart:
    try:
        entries = [
            CityEntry(
                int(entry["index"]), entry["leaf"].encode(), tuple(unb64(each) for each in entry["proof"])
            )
            for entry in found["entries"]
        ]
        return CityPart(found["checkpoint"].encode(), entries)
    except (TypeError, KeyError, ValueError, AttributeError):
        raise Unreadable("city.json is malformed") from None
