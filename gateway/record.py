"""The bundle of a poll's whole public record (docs/record.md): one .tar.gz, made while it is sent.

The same state gives the same bytes: members in a fixed order, without times or owners. At most a few entry bundles are in
memory at a time, and compressing happens in worker threads.
"""

import asyncio
import hashlib
import tarfile
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import orjson
from starlette.concurrency import run_in_threadpool

from gateway.bus import Bus
from gateway.keys import PublicKeys
from gateway.public_log import PublicLog, TileName, spell_index
from services.ballots import contract as ballots
from services.common.encodings import canonical_json
from services.common.errors import Unavailable
from services.tally import contract as tally

AHEAD = 3
"""Entry bundles that are fetched before their turn."""
TRIES = 6
PAUSE = 0.5
LAST_KINDS = {"poll_sealed", "result"}
"""What the city log tells of a poll at its end."""
GZIP = 31
"""zlib's window bits for a gzip frame, whose header then has no time and no name."""


@dataclass(frozen=True)
class Opening:
    """All of the bundle but the entries, whose number is `size`. `tag` names these bytes."""

    poll_id: str
    members: tuple[tuple[str, bytes], ...]
    size: int

    @property
    def tag(self) -> str:
        """The same for the same record."""
        digest = hashlib.sha256()
        for name, content in self.members:
            digest.update(b"%s %d\n" % (name.encode(), len(content)))
            digest.update(content)
        return digest.hexdigest()[:32]


class Records:
    """Makes bundles."""

    def __init__(self, bus: Bus, keys: PublicKeys, log: PublicLog) -> None:
        self._bus, self._keys, self._log = bus, keys, log

    async def open(self, poll_id: str) -> Opening:
        """Raises ResultsNotFound, ResultsEmbargoed before the final result may be seen, LogNotFound, and Unavailable,
        also for the moment until the city log shows the poll's end and result.
        """
        result = (await self._bus.call(tally.GET_FINAL_RESULT, poll_id=poll_id))["document"]
        final = await self._bus.call(ballots.GET_CHECKPOINT, log_id=poll_id)
        if not final["sealed"]:
            raise Unavailable
        city = await self._bus.call(ballots.GET_CITY_RECORD, poll_id=poll_id)
        if not {orjson.loads(entry["leaf"])["kind"] for entry in city["entries"]} >= LAST_KINDS:
            raise Unavailable
        about = {
            "v": 1,
            "poll_id": poll_id,
            "origin": origin_of(final["checkpoint"]),
            "city_origin": origin_of(city["checkpoint"]),
            "keys": await self._keys.all(),
            "witnesses": await self._keys.witnesses(),
        }
        members = (
            ("record.json", canonical_json(about)),
            ("result.json", result.encode()),
            (f"log/{poll_id}/checkpoint", final["checkpoint"].encode()),
            ("city.json", canonical_json({name: city[name] for name in ("checkpoint", "entries")})),
        )
        return Opening(poll_id, members, final["size"])

    async def archive(self, opening: Opening) -> AsyncIterator[bytes]:
        """The .tar.gz, part by part. Raises what fetching an entry bundle raises, once trying again did not help."""
        packer = zlib.compressobj(6, zlib.DEFLATED, GZIP)
        async for name, content in self._members(opening):
            if packed := await run_in_threadpool(packer.compress, tar_member(name, content)):
                yield packed
        yield packer.compress(bytes(2 * tarfile.BLOCKSIZE)) + packer.flush()

    async def _members(self, opening: Opening) -> AsyncIterator[tuple[str, bytes]]:
        for member in opening.members:
            yield member
        names = bundle_names(opening.size)
        fetching: list[asyncio.Task[bytes]] = []
        try:
            for at, name in enumerate(names):
                ahead = names[at + len(fetching) : at + AHEAD]
                fetching += [asyncio.ensure_future(self._bundle(opening.poll_id, each)) for each in ahead]
                yield f"log/{opening.poll_id}/tile/{spell_bundle(name)}", await fetching.pop(0)
        finally:
            for task in fetching:
                task.cancel()

    async def _bundle(self, poll_id: str, name: TileName) -> bytes:
        for _ in range(TRIES - 1):
            try:
                return await self._log.fetch_bundle(poll_id, name)
            except Unavailable:
                await asyncio.sleep(PAUSE)
        return await self._log.fetch_bundle(poll_id, name)


def bundle_names(size: int) -> list[TileName]:
    """Every entry bundle of a log of this size in order, the last one partial."""
    full, rest = divmod(size, ballots.TILE_WIDTH)
    names = [TileName(-1, index, ballots.TILE_WIDTH) for index in range(full)]
    return [*names, TileName(-1, full, rest)] if rest else names


def spell_bundle(name: TileName) -> str:
    suffix = "" if name.width == ballots.TILE_WIDTH else f".p/{name.width}"
    return f"entries/{spell_index(name.index)}{suffix}"


def tar_member(name: str, content: bytes) -> bytes:
    """A file as it stands in the archive (POSIX ustar): its head, its bytes, and zeros up to a whole block."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o644
    head = info.tobuf(tarfile.USTAR_FORMAT)
    return head + content + bytes(-len(content) % tarfile.BLOCKSIZE)


def origin_of(checkpoint: str) -> str:
    return checkpoint.partition("\n")[0]
