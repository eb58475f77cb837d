"""A log's Merkle tree as rows of tiles: growing it, and reading roots and proofs of any of its sizes.

A tile that is read may have grown since the size was read; its beginning is what it was.
"""

from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from services.ballots.domain import Log
from services.ballots.storage.record_tables import tile
from services.common.tlog import ranges, tiles

_TILES = select(tile.c.level, tile.c.number, tile.c.hashes).where(
    tile.c.log_id == bindparam("log"),
    sa.tuple_(tile.c.level, tile.c.number).in_(bindparam("places", expanding=True)),
)


def read_tiles(conn: sa.Connection, log_id: str, places: Collection[tiles.Place]) -> dict[tiles.Place, bytes]:
    """Those of these tiles that there are."""
    if not places:
        return {}
    rows = conn.execute(_TILES, {"log": log_id, "places": sorted(places)})
    return {(row.level, row.number): bytes(row.hashes) for row in rows}


def grow(conn: sa.Connection, log: Log, leaf_hashes: Sequence[bytes]) -> bytes:
    """Adds these leaves to the log's tree as it was read; the new root. Raises `TileMissing`."""
    on_edge = read_tiles(conn, log.log_id, tiles.edge(log.size))
    changed = tiles.grow(log.size, on_edge, leaf_hashes)
    rows = [
        {"log_id": log.log_id, "level": level, "number": number, "hashes": hashes}
        for (level, number), hashes in sorted(changed.items())
    ]
    dialect = sqlite if conn.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(tile)
    key = [tile.c.log_id, tile.c.level, tile.c.number]
    replace = statement.on_conflict_do_update(index_elements=key, set_={"hashes": statement.excluded.hashes})
    conn.execute(replace, rows)
    return tiles.root(log.size + len(leaf_hashes), {**on_edge, **changed})


def hashes(conn: sa.Connection, log_id: str, parts: Iterable[ranges.Range]) -> list[bytes]:
    """The hashes of these parts of the tree, which it must have grown to. Raises `TileMissing`."""
    wanted = list(parts)
    read = read_tiles(conn, log_id, tiles.places(wanted))
    return [tiles.hash_of(part, read) for part in wanted]
