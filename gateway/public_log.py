"""The public logs as everybody may fetch them (docs/record.md; C2SP tlog-tiles).

Full tiles never change and are kept in memory, so that a surge of checking browsers costs ballots nothing. Entries are
given out only while tally lets the poll's results be seen.
"""

import base64
import gzip
import re
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.concurrency import run_in_threadpool

from gateway.bus import Bus
from gateway.errors import NotFound
from gateway.kept import Fresh, Lasting
from services.ballots import contract as ballots
from services.polls import contract as polls
from services.tally import contract as tally

NEWEST = 1.0
"""Seconds that a checkpoint, what a lookup found, and whether entries may be seen are told without asking again."""
KEPT_LOGS = 2_000
KEPT_LOOKUPS = 64
HASH_BYTES = 32
ENTRIES = "entries"
TILE = re.compile(
    r"(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,4}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)
PREFIX = re.compile(r"[0-9a-f]{1,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TileName:
    """Which tile: `level` is 0 to 63, or -1 for an entry bundle; `width` 256 is a full one."""

    level: int
    index: int
    width: int

    @property
    def is_bundle(self) -> bool:
        """Whether it is entries rather than hashes."""
        return self.level < 0


def read_tile_name(path: str) -> TileName:
    """`0/x001/234.p/5`, `entries/000`: `<L>/<N>[.p/<W>]` as the format spells it and no other way. Raises NotFound."""
    found = TILE.fullmatch(path)
    if found is None:
        raise NotFound
    kind, spelled, width = found.groups()
    index = int(spelled.replace("x", "").replace("/", ""))
    name = TileName(-1 if kind == ENTRIES else int(kind), index, int(width or ballots.TILE_WIDTH))
    if spell_index(index) != spelled or name.level > 63 or (width and name.width >= ballots.TILE_WIDTH):
        raise NotFound
    return name


def spell_index(index: int) -> str:
    """1234067 as `x001/x234/067`."""
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])


class PublicLog:
    """What is fetched of the logs. `limit`: bytes of tiles and bundles that are kept."""

    def __init__(self, bus: Bus, limit: int) -> None:
        self._bus = bus
        self._checkpoints = Fresh(NEWEST, KEPT_LOGS)
        self._lookups = Fresh(NEWEST, KEPT_LOOKUPS)
        self._visible = Fresh(NEWEST, KEPT_LOGS)
        self._tiles = Lasting(limit)
        bus.subscribe(tally.RESULTS_UPDATED, lambda event: self._visible.forget(event["poll_id"]))
        bus.subscribe(polls.POLL_CHANGED, lambda event: self._visible.forget(event["poll_id"]))

    async def checkpoint(self, log_id: str) -> dict[str, Any]:
        """`{"checkpoint": the newest published note, "size", "sealed"}`, at most a second old. Raises LogNotFound."""
        found: dict[str, Any] = await self._checkpoints.get(
            log_id, lambda: self._bus.call(ballots.GET_CHECKPOINT, log_id=log_id)
        )
        return found

    async def lookup(self, log_id: str, prefix: str) -> bytes:
        """JSON of all leaves whose hash begins so. Raises NotFound for what is no prefix, LogNotFound."""
        if not PREFIX.fullmatch(prefix):
            raise NotFound

        async def ask() -> bytes:
            return orjson.dumps(await self._bus.call(ballots.LOOKUP_LEAVES, log_id=log_id, prefix=prefix))

        found: bytes = await self._lookups.get((log_id, prefix), ask)
        return found

    async def tile(self, log_id: str, name: TileName) -> bytes:
        """The tile's hashes. Raises LogNotFound, TileNotFound."""
        full = self._tiles.peek((log_id, TileName(name.level, name.index, ballots.TILE_WIDTH)))
        if full is not None:
            return full[: name.width * HASH_BYTES]
        return await self._tiles.get((log_id, name), lambda: self._ask_tile(log_id, name))

    async def bundle(self, log_id: str, name: TileName, *, zipped: bool = False) -> bytes:
        """The bundle's entries, also compressed with gzip. Raises ResultsEmbargoed, LogNotFound, TileNotFound."""
        await self.check_visible(log_id)
        if not zipped:
            return await self._tiles.get((log_id, name), lambda: self.fetch_bundle(log_id, name))

        async def compressed() -> bytes:
            plain = await self.fetch_bundle(log_id, name)
            return await run_in_threadpool(gzip.compress, plain, 6, mtime=0)

        return await self._tiles.get((log_id, name, "gzip"), compressed)

    async def check_visible(self, log_id: str) -> None:
        """Raises ResultsEmbargoed while this log's entries may not be seen; those of the city's log always may."""
        if log_id == ballots.CITY:
            return
        found = await self._visible.get(log_id, lambda: self._bus.call(tally.GET_VISIBILITY, poll_id=log_id))
        if not found["visible"]:
            raise tally.ResultsEmbargoed(results=found["results"])

    async def fetch_bundle(self, log_id: str, name: TileName) -> bytes:
        """The bundle from ballots, past memory and gate: for whoever has passed the gate. Raises as `bundle`."""
        asked = {"log_id": log_id, "index": name.index, "width": name.width}
        return base64.b64decode((await self._bus.call(ballots.GET_ENTRY_BUNDLE, **asked))["bundle"])

    async def _ask_tile(self, log_id: str, name: TileName) -> bytes:
        asked = {"log_id": log_id, "level": name.level, "index": name.index, "width": name.width}
        return base64.b64decode((await self._bus.call(ballots.GET_TILE, **asked))["tile"])
