"""Files that people send: received to disk within limits, read in worker threads, passed on in chunks."""

import base64
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from gateway.auth import actor, check_form, csrf, required
from gateway.auth.sessions import COOKIE
from gateway.bus import Bus
from gateway.context import gateway
from gateway.errors import TooManyUploads, UnsupportedMediaType, invalid
from gateway.uploads.roll_files import RollFile, Row, read_roll
from gateway.uploads.score_files import read_scores
from services.common.errors import DomainError
from services.common.ids import new_id
from services.notify import contract as notify
from services.polls import contract as polls

__all__ = ["Upload", "add_image", "invite", "load_roll", "load_scores", "received"]

FORM = "multipart/form-data"
FIELDS = 20
FIELD_BYTES = 4_096
ROLL_CHUNK = 5_000
INVITATION_CHUNK = 1_000


@dataclass(frozen=True)
class Upload:
    """A received file, which lies on disk if it is large, and the other fields of its form."""

    file: BinaryIO = field(repr=False)
    filename: str = field(repr=False)
    content_type: str
    fields: dict[str, str] = field(repr=False)


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[Upload]:
    """The form's `file`, until the block ends. Only an operator's; at most a few at a time, since each takes disk.

    Raises UnsupportedMediaType, MalformedForm, InvalidInput, CsrfFailed, Forbidden, TooManyUploads.
    """
    operators_only(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise UnsupportedMediaType(accept=[FORM])
    slots = gateway(request).uploads
    if slots.locked():
        raise TooManyUploads
    async with slots:
        form = await request.form(max_files=1, max_fields=FIELDS, max_part_size=FIELD_BYTES)
        try:
            yield upload_of(request, form)
        finally:
            await form.close()


def operators_only(request: Request) -> None:
    """Keeps large bodies of people who could do nothing with them away; the services judge each operation."""
    session = required(request)
    if not (session.orgs or session.roles):
        raise polls.NotAllowed


def upload_of(request: Request, form: FormData) -> Upload:
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    if request.state.session_by == COOKIE and csrf.HEADER not in request.state.headers:
        check_form(request, fields.get(csrf.FIELD))
    fields.pop(csrf.FIELD, None)
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise invalid("/file", "required")
    return Upload(file.file, file.filename or "", file.content_type or "", fields)


async def add_image(request: Request, poll_id: str, target: str, upload: Upload) -> dict[str, Any]:
    """Gives the poll or one of its options a picture. Raises ADD_IMAGE's errors."""
    content = base64.b64encode(await run_in_threadpool(upload.file.read)).decode()
    gw = gateway(request)
    image: dict[str, Any] = await gw.bus.call(
        polls.ADD_IMAGE, poll_id=poll_id, actor=actor(request), target=target, content=content
    )
    gw.definitions.forget(poll_id)
    return image


async def load_scores(
    request: Request, poll_id: str, question: str, source: str, upload: Upload
) -> dict[str, Any]:
    """Enters the file's scores of a source of a composite result. Raises InvalidInput, ENTER_SOURCE's errors."""
    gw = gateway(request)
    poll = await gw.definitions.get(poll_id, actor(request))
    asked = next((one for one in poll["questions"] if one["id"] == question), None)
    if asked is None:
        raise polls.UnknownSource
    scores = await run_in_threadpool(read_scores, upload.file, asked["options"])
    words = {name: upload.fields[name] for name in ("entered_by", "note") if name in upload.fields}
    place = {"poll_id": poll_id, "question": question, "source": source}
    entered: dict[str, Any] = await gw.bus.call(
        polls.ENTER_SOURCE, actor=actor(request), **place, scores=scores, **words
    )
    return entered


async def load_roll(request: Request, poll_id: str, upload: Upload) -> dict[str, Any]:
    """Replaces the poll's roll by the file's, all of it or nothing. Raises InvalidInput and the roll calls' errors."""
    gw = gateway(request)
    roll = await run_in_threadpool(read_roll, upload.file, gw.settings.roll_rows)
    known = {"poll_id": poll_id, "actor": actor(request), "upload_id": new_id()}
    total = None if roll.total is None else min(roll.total, gw.settings.roll_rows)
    await gw.bus.call(polls.BEGIN_ROLL, **known, total=total)
    try:
        await send_rows(gw.bus, known, roll)
        status: dict[str, Any] = await gw.bus.call(polls.COMMIT_ROLL, **known)
    except DomainError:
        with suppress(DomainError):  # polls gives up by itself later what cannot be given up now
            await gw.bus.call(polls.ABANDON_ROLL, **known)
        raise
    gw.definitions.forget(poll_id)
    return status


async def send_rows(bus: Bus, upload: dict[str, Any], roll: RollFile) -> None:
    first = 0
    async for chunk in chunks(roll, ROLL_CHUNK):
        await bus.call(polls.ADD_ROLL_ROWS, **upload, first=first, rows=[wire_row(row) for row in chunk])
        first += len(chunk)


def wire_row(row: Row) -> dict[str, Any]:
    plain: dict[str, Any] = {"line": row.line, "phone": row.phone}
    return plain if row.reason is None else {**plain, "reason": row.reason}


async def chunks(roll: RollFile, size: int) -> AsyncIterator[list[Row]]:
    """Rows in lists of at most `size`, each read in a worker thread while nothing else of the file is in memory."""
    while chunk := await run_in_threadpool(take, roll.rows, size):
        yield chunk


def take(rows: Iterator[Row], size: int) -> list[Row]:
    return list(islice(rows, size))


async def invite(request: Request, poll_id: str, upload: Upload, job_id: str | None = None) -> dict[str, int]:
    """Sends an invitation to each phone of the file that is on the poll's roll, and tells how many of each there were.

    A phone is invited to a poll once, however often this is repeated. Raises InvalidInput, FILTER_ROLL's errors.
    """
    gw = gateway(request)
    roll = await run_in_threadpool(read_roll, upload.file, gw.settings.roll_rows)
    poll = await gw.bus.call(polls.GET_POLL, poll_id=poll_id, actor=actor(request))
    counts = dict.fromkeys(("rows", "on_roll", "queued", "repeated", "opted_out"), 0)
    job = {"poll_id": poll_id, "job_id": job_id or new_id(), "language": poll["language"]}
    async for chunk in chunks(roll, ROLL_CHUNK):
        phones = [row.phone for row in chunk if row.phone]
        chosen = await on_roll(request, poll_id, phones)
        counts["rows"] += len(chunk)
        counts["on_roll"] += len(chosen)
        for start in range(0, len(chosen), INVITATION_CHUNK):
            part = chosen[start : start + INVITATION_CHUNK]
            sent = await gw.bus.call(notify.SEND_INVITATIONS, **job, phones=part)
            for name in ("queued", "repeated", "opted_out"):
                counts[name] += sent[name]
    return counts


async def on_roll(request: Request, poll_id: str, phones: list[str]) -> list[str]:
    """Those of the phones that are on the roll; asked even for none, because polls judges who may ask."""
    asked = {"poll_id": poll_id, "actor": actor(request), "phones": phones}
    flags = (await gateway(request).bus.call(polls.FILTER_ROLL, **asked))["on_roll"]
    return [phone for phone, found in zip(phones, flags, strict=True) if found]
