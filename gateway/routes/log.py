"""The public logs, at the addresses of C2SP tlog-tiles, and a poll's whole record in one file (docs/record.md)."""

import hashlib
from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse

from gateway.endpoints import NOBODY, Answer, ApiRequest, Endpoint, raises
from gateway.errors import TooManyDownloads
from gateway.public_log import PREFIX, TILE, read_tile_name
from gateway.record import Opening
from services.ballots import contract as ballots
from services.tally import contract as tally

BINARY, TEXT = "application/octet-stream", "text/plain; charset=utf-8"
NEWEST = "public, max-age=2"
FOR_EVER = "public, max-age=31536000, immutable"
OPEN_TO_ALL = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""A copy of the check page at another body's address may read what is public anyway."""


async def checkpoint(asked: ApiRequest) -> Response:
    """A signed note (C2SP tlog-checkpoint) with the cosignatures collected for it."""
    found = await asked.gateway.log.checkpoint(asked.path["log_id"])
    return public(asked, found["checkpoint"].encode(), TEXT, NEWEST)


async def tile(asked: ApiRequest) -> Response:
    """`{tile}` is `<L>/<N>` or `<L>/<N>.p/<W>` for hashes, `entries/<N>` or `entries/<N>.p/<W>` for entries, which are
    given out once the results may be seen.
    """
    name, log_id = read_tile_name(asked.path["tile"]), asked.path["log_id"]
    if not name.is_bundle:
        return public(asked, await asked.gateway.log.tile(log_id, name), BINARY, FOR_EVER)
    zipped = "gzip" in asked.request.headers.get("accept-encoding", "")
    bundle = await asked.gateway.log.bundle(log_id, name, zipped=zipped)
    coding = {"Vary": "Accept-Encoding", **({"Content-Encoding": "gzip"} if zipped else {})}
    return public(asked, bundle, BINARY, FOR_EVER, coding)


async def lookup(asked: ApiRequest) -> Response:
    """Where ballots stand whose fingerprint begins so: many, so that nobody learns which of them is meant."""
    found = await asked.gateway.log.lookup(asked.path["log_id"], asked.path["prefix"])
    return public(asked, found, "application/json", NEWEST)


async def record(asked: ApiRequest) -> Response:
    """A .tar.gz that can be checked offline years later: result, final checkpoint, keys, the city log's leaves of this
    poll, and every entry.
    """
    opening = await asked.gateway.records.open(asked.path["poll_id"])
    headers = {
        "Content-Disposition": f'attachment; filename="mvoting-record-{opening.poll_id}.tar.gz"',
        "Cache-Control": "public, max-age=60",
        "ETag": f'"{opening.tag}"',
        **OPEN_TO_ALL,
    }
    if knows(asked, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    if asked.request.method == "HEAD":
        return Response(headers=headers, media_type="application/gzip")
    if asked.gateway.downloads.locked():
        raise TooManyDownloads
    return StreamingResponse(sent(asked, opening), 200, headers, "application/gzip")


async def sent(asked: ApiRequest, opening: Opening) -> AsyncIterator[bytes]:
    async with asked.gateway.downloads:
        async for part in asked.gateway.records.archive(opening):
            yield part


def public(
    asked: ApiRequest, body: bytes, kind: str, kept: str, own: dict[str, str] | None = None
) -> Response:
    """These very bytes, or that whoever asks has them already."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"Cache-Control": kept, "ETag": tag, **OPEN_TO_ALL, **(own or {})}
    if knows(asked, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, 200, headers, kind)


def knows(asked: ApiRequest, tag: str) -> bool:
    return tag in asked.request.headers.get("if-none-match", "")


ENDPOINTS = (
    Endpoint(
        "GET",
        "/log/{log_id}/checkpoint",
        checkpoint,
        "Newest state of a poll's log, or of the city's (`city`)",
        "proof",
        {200: Answer("The checkpoint", media_types=("text/plain",), headers=("ETag",))},
        calls=(ballots.GET_CHECKPOINT,),
        who=NOBODY,
    ),
    Endpoint(
        "GET",
        "/log/{log_id}/tile/{tile:path}",
        tile,
        "A tile of the Merkle tree, or an entry bundle",
        "proof",
        {
            200: Answer(
                "Hashes of 32 bytes, or entries with their lengths", media_types=(BINARY,), headers=("ETag",)
            )
        },
        parts={"tile": TILE},
        calls=(ballots.GET_TILE, ballots.GET_ENTRY_BUNDLE, tally.GET_VISIBILITY),
        errors=raises(tally.ResultsEmbargoed),
        who=NOBODY,
    ),
    Endpoint(
        "GET",
        "/log/{log_id}/lookup/{prefix}",
        lookup,
        "Leaves whose hash begins with these hex digits",
        "proof",
        {200: Answer("Places and hashes", ballots.FoundLeavesSchema)},
        parts={"prefix": PREFIX},
        calls=(ballots.LOOKUP_LEAVES,),
        who=NOBODY,
    ),
    Endpoint(
        "GET",
        "/api/v1/polls/{poll_id}/record",
        record,
        "The whole public record of a poll, once its final result is released",
        "proof",
        {
            200: Answer(
                "The bundle", media_types=("application/gzip",), headers=("Content-Disposition", "ETag")
            )
        },
        calls=(
            tally.GET_FINAL_RESULT,
            ballots.GET_CHECKPOINT,
            ballots.GET_CITY_RECORD,
            ballots.GET_ENTRY_BUNDLE,
        ),
        errors=("too_many_downloads",),
        who=NOBODY,
    ),
)
