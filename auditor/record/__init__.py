"""A poll's public record (docs/record.md), as a bundle or as a log serves it: `Record` is what a recount works on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from auditor.formats.encodings import unb64u
from auditor.formats.tiles import Tile

CITY = "city"


class Unreadable(Exception):
    """The record cannot be read at all: a part is missing, or is not what the format says. The message says which."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One of the platform's public keys: 32 bytes of Ed25519 under an id, for one use."""

    id: str
    use: str
    public_key: bytes


@dataclass(frozen=True, slots=True)
class CityEntry:
    """A leaf of the city's log. `proof`: its inclusion proof; None where the whole log was read."""

    index: int
    leaf: bytes
    proof: tuple[bytes, ...] | None


@dataclass(frozen=True, slots=True)
class CityPart:
    """What the city's log says of a poll. `root`: the root that was computed where the whole log was read."""

    checkpoint: bytes
    entries: Sequence[CityEntry]
    root: bytes | None = None


class Source(Protocol):
    """Where a record comes from."""

    def record(self) -> "Record":
        """All but the ballots. Raises Unreadable, Unreachable."""

    def bundles(self, size: int) -> Iterator[tuple[Tile, bytes]]:
        """The entry bundles of a log of this size, in order; once only, after `record`. Raises Unreadable, Unreachable."""

    def tile(self, tile: Tile) -> bytes | None:
        """A Merkle tile as it is served; None where the source has none. Raises Unreachable."""

    def close(self) -> None:
        """Ends reading."""


@dataclass(frozen=True, slots=True)
class Record:
    """All of a record but the ballots; nothing of it is verified yet.

    `result`: the signed result's bytes as they were given; None where the source has it only in the city's log.
    """

    poll_id: str
    origin: str
    city_origin: str
    keys: Sequence[PublicKey]
    witnesses: Sequence[str]
    checkpoint: bytes
    city: CityPart
    result: bytes | None = field(default=None, repr=False)


def read_keys(listed: Any) -> list[PublicKey]:
    """The list of `/api/v1/keys`. Raises Unreadable."""
    if isinstance(listed, dict):
        listed = listed.get("keys")
    try:
        found = [PublicKey(str(key["id"]), str(key["use"]), unb64u(key["public_key"])) for key in listed]
    except (TypeError, KeyError, ValueError):
        raise Unreadable("the list of keys is malformed") from None
    return [key for key in found if len(key.public_key) == 32]
