"""What anyone may read of the logs: checkpoints, tiles, entries and proofs, all under what is published."""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.ballots.contract import TILE_WIDTH, LogNotFound, TileNotFound
from services.ballots.domain import CITY, Published
from services.ballots.storage import LogReader
from services.common.encodings import b64u
from services.common.tlog import ranges, tiles
from services.common.tlog.note import Note
from services.common.tlog.witness import Witness


def checkpoint(log_id: str, *, reader: LogReader) -> dict[str, Any]:
    """The newest published checkpoint, as in `CheckpointSchema`. Raises `LogNotFound`."""
    found = published(log_id, reader)
    return {"checkpoint": with_cosignatures(found, reader), "size": found.size, "sealed": found.final}


def published(log_id: str, reader: LogReader) -> Published:
    """Raises `LogNotFound`."""
    found = reader.newest(log_id)
    if found is None:
        raise LogNotFound
    return found


def with_cosignatures(found: Published, reader: LogReader) -> str:
    """The note, with what witnesses have added to it."""
    return found.note + "".join(reader.lines(found.log_id, found.size).values())


def tile(log_id: str, level: int, index: int, width: int, *, reader: LogReader) -> dict[str, Any]:
    """A tile, as in `TileSchema`. Raises `LogNotFound`, `TileNotFound`."""
    hashes = published(log_id, reader).size >> (tiles.HEIGHT * level)
    if index * TILE_WIDTH + width > hashes:
        raise TileNotFound
    data = reader.tile(log_id, level, index)[: 32 * width]
    return {"tile": base64.b64encode(data).decode()}


def entry_bundle(log_id: str, index: int, width: int, *, reader: LogReader) -> dict[str, Any]:
    """A bundle, as in `BundleSchema`. Raises `LogNotFound`, `TileNotFound`."""
    start = index * TILE_WIDTH
    if start + width > published(log_id, reader).size:
        raise TileNotFound
    leaves = [leaf.encode() for leaf in reader.leaves(log_id, start, start + width)]
    data = b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)
    return {"bundle": base64.b64encode(data).decode()}


def lookup(log_id: str, prefix: str, *, reader: LogReader) -> dict[str, Any]:
    """The leaves whose hashes begin so, as in `FoundLeavesSchema`. Raises `LogNotFound`."""
    size = published(log_id, reader).size
    found = reader.leaves_between(log_id, *between(prefix), size)
    return {"size": size, "entries": [[index, b64u(leaf_hash)] for index, leaf_hash in found]}


def between(prefix: str) -> tuple[bytes, bytes | None]:
    """The first hash that begins with these hex digits, and the first after them that does not; none after `ffff`."""
    digits = 64 - len(prefix)
    low = int(prefix, 16) << (4 * digits)
    high = low + (1 << (4 * digits))
    return low.to_bytes(32, "big"), None if high >> 256 else high.to_bytes(32, "big")


def proof(log_id: str, index: int, size: int, reader: LogReader) -> list[str]:
    """The inclusion proof of an entry in the tree of this size, base64, lowest first."""
    hashes = reader.hashes(log_id, ranges.inclusion(index, size))
    return [base64.b64encode(each).decode() for each in hashes]


def place_of(log_id: str, index: int, *, reader: LogReader) -> dict[str, Any]:
    """What `GET_STATUS` adds for an entry once it is under a published checkpoint; nothing before."""
    found = reader.newest(log_id)
    if found is None or index >= found.size:
        return {}
    return {
        "inclusion_proof": proof(log_id, index, found.size, reader),
        "checkpoint": with_cosignatures(found, reader),
    }


def city_record(poll_id: str, *, reader: LogReader) -> dict[str, Any]:
    """What the city's log says of a poll, as in `CityRecordSchema`. Raises `LogNotFound`."""
    found = published(CITY, reader)
    entries = [
        {"index": index, "leaf": leaf, "proof": proof(CITY, index, found.size, reader)}
        for index, leaf in reader.facts_of(poll_id, found.size)
    ]
    return {"checkpoint": with_cosignatures(found, reader), "entries": entries}


def logs(after: str, limit: int, *, reader: LogReader) -> dict[str, Any]:
    """Published logs, as in `LogsSchema`."""
    found = reader.newest_of_all(after, limit)
    names = ("log_id", "origin", "size")
    return {"logs": [{**{name: getattr(one, name) for name in names}, "sealed": one.final} for one in found]}


def agreed(found: Published, witnesses: Sequence[Witness], reader: LogReader) -> list[str]:
    """The names of those of our witnesses that have cosigned this checkpoint."""
    lines = reader.lines(found.log_id, found.size)
    return sorted(one.name for one in witnesses if one.name in lines)


def log_state(
    poll_id: str, *, reader: LogReader, witnesses: Sequence[Witness], needed: Callable[[str], int]
) -> dict[str, Any]:
    """How far the poll's log has come, as in `LogStateSchema`; a poll without ballots has an empty one.

    `needed` tells how many witnesses the poll's definition asks for. It is asked of sealed logs only.
    """
    found = reader.newest(poll_id)
    if found is None or not found.final:
        return {"size": reader.size(poll_id), "sealed": False, "checkpoint": None, "witnessed": False}
    have = len(agreed(found, witnesses, reader))
    return {
        "size": found.size,
        "sealed": True,
        "checkpoint": str(Note.parse(found.note)),
        "witnessed": have >= needed(poll_id),
    }


def sealing(
    poll_id: str,
    *,
    reader: LogReader,
    witnesses: Sequence[Witness],
    needed: Callable[[str], int],
    dead_letters: Callable[[], int],
) -> dict[str, Any]:
    """How the end of the log stands, as in `SealingSchema`."""
    found = reader.newest(poll_id)
    sealed = found is not None and found.final
    names = [] if found is None else agreed(found, witnesses, reader)
    return {
        "sealed": sealed,
        "dead_letters": 0 if sealed else dead_letters(),
        "witnesses": {"needed": needed(poll_id), "agreed": names},
        "refused": reader.refused(poll_id),
    }


def witness_keys(witnesses: Sequence[Witness]) -> dict[str, Any]:
    """Who is asked for cosignatures, as in `WitnessesSchema`."""
    return {"witnesses": [{"name": one.name, "vkey": one.key.vkey} for one in witnesses]}


def texts(poll_id: str, question: str, start: int, limit: int, *, reader: LogReader) -> dict[str, Any]:
    """What was written, as in `TextsSchema`."""
    size = reader.size(poll_id)
    end = min(size, start + limit)
    found = reader.texts(poll_id, question, start, end)
    return {"texts": found, "next": end if end < size else None}


def public_keys(keys: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The keys by use, as in `PublicKeysSchema`: `keys` are base64url by use and id."""
    return {
        "keys": [
            {"id": key_id, "use": use, "algorithm": "Ed25519", "public_key": key}
            for use, of_use in sorted(keys.items())
            for key_id, key in sorted(of_use.items())
        ]
    }
