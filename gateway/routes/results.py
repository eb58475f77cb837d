"""Results as far as tally lets them be seen, and the wish to hear of them."""

from starlette.responses import Response, StreamingResponse

from gateway.attachments import attachment
from gateway.directory import directory_of
from gateway.endpoints import ANYBODY, Answer, ApiRequest, Endpoint, answer
from gateway.errors import TooManyDownloads
from gateway.exports import File, guarded, parts
from gateway.routes import schemas as s
from services.notify import contract as notify
from services.polls import contract as polls
from services.tally import contract as tally

RESULTS = "/api/v1/polls/{poll_id}/results"
PLAIN = ("csv", "json")
"""Formats without a place for more than the result itself."""
SUBSCRIPTION = "/api/v1/polls/{poll_id}/subscription"


async def results(asked: ApiRequest) -> Response:
    return answer(await asked.gateway.live.results(asked.path["poll_id"]))


async def stream(asked: ApiRequest) -> Response:
    return await asked.gateway.live.watch(asked.path["poll_id"])


async def export(asked: ApiRequest) -> Response:
    """`pb` is a Pabulib file with every ballot, only of a budget vote; `question` chooses one where there are several. It is sent
    while it is read from the log; all of it stands for the log as it was at the beginning.
    """
    wanted = {**asked.path, **asked.query, "language": asked.language, **await printed(asked)}
    key = tuple(sorted(wanted.items()))
    first = await asked.gateway.files.get(key, lambda: asked.gateway.bus.call(tally.EXPORT_RESULTS, **wanted))
    file, kind = File(wanted, first), first["media_type"]
    headers = {"Content-Disposition": attachment(first["filename"], first["title"])}
    if file.whole:
        return Response(file.head, 200, headers, kind)
    if asked.request.method == "HEAD":
        return StreamingResponse(iter(()), 200, headers, kind)
    if asked.gateway.downloads.locked():
        raise TooManyDownloads
    sent = guarded(asked.gateway.downloads, parts(asked.gateway.bus, file))
    return StreamingResponse(sent, 200, headers, kind)


async def printed(asked: ApiRequest) -> dict[str, str]:
    """What is written on a result that services do not know: the organisation's name and our own address."""
    if asked.query["format"] in PLAIN:
        return {}
    poll = await asked.gateway.definitions.get(asked.path["poll_id"], asked.actor)
    names = await directory_of(asked.gateway.bus).names(asked.language)
    name = str(names.get(poll["organization"], poll["organization"]))
    return {"organization": name[:200], "address": str(asked.gateway.settings.public_url).rstrip("/")}


async def texts(asked: ApiRequest) -> Response:
    """Polls judges who may read them, tally when."""
    await asked.call(polls.GET_ROLL, actor=asked.actor, **asked.path)
    wanted = {"question": asked.query["question"], "start": asked.query["cursor"]}
    found = await asked.call(tally.LIST_TEXTS, **asked.path, **wanted)
    cursor = None if found["next"] is None else str(found["next"])
    return answer({"items": found["texts"], "next": cursor})


async def subscribe(asked: ApiRequest) -> Response:
    await asked.gateway.definitions.get(asked.path["poll_id"], asked.actor)
    return answer(await asked.call(notify.SUBSCRIBE, person_id=asked.session.person_id, **asked.path))


async def subscription(asked: ApiRequest) -> Response:
    return answer(await asked.call(notify.GET_SUBSCRIPTION, person_id=asked.session.person_id, **asked.path))


async def unsubscribe(asked: ApiRequest) -> Response:
    return answer(await asked.call(notify.UNSUBSCRIBE, person_id=asked.session.person_id, **asked.path))


ENDPOINTS = (
    Endpoint(
        "GET",
        RESULTS,
        results,
        "Results, live or final, or that they are embargoed",
        "results",
        {200: Answer("What may be seen now", tally.ResultsSchema)},
        calls=(tally.GET_RESULTS,),
        who=ANYBODY,
    ),
    Endpoint(
        "GET",
        f"{RESULTS}/stream",
        stream,
        "Results as they change: an event `results` at most once a second",
        "results",
        {200: Answer("Server-Sent Events", media_types=("text/event-stream",))},
        calls=(tally.GET_RESULTS,),
        errors=("too_many_watchers",),
        who=ANYBODY,
    ),
    Endpoint(
        "GET",
        f"{RESULTS}/export",
        export,
        "Results as a file",
        "results",
        {
            200: Answer(
                "The file, by `format`",
                media_types=tuple(kind.partition(";")[0] for kind in tally.MEDIA_TYPES.values()),
                headers=("Content-Disposition",),
            )
        },
        query=s.ExportQuery,
        calls=(tally.EXPORT_RESULTS, polls.GET_POLL),
        errors=("too_many_downloads",),
        who=ANYBODY,
    ),
    Endpoint(
        "GET",
        f"{RESULTS}/texts",
        texts,
        "What people wrote, for the poll's operators, once the result is final and may be seen",
        "results",
        {200: Answer("Texts in no order, part by part", s.TextListSchema)},
        query=s.TextsQuery,
        calls=(tally.LIST_TEXTS, polls.GET_ROLL),
    ),
    Endpoint(
        "GET",
        SUBSCRIPTION,
        subscription,
        "Whether the result will be announced to the signed-in person",
        "results",
        {200: Answer("The wish", notify.SubscribedSchema)},
        calls=(notify.GET_SUBSCRIPTION,),
    ),
    Endpoint(
        "PUT",
        SUBSCRIPTION,
        subscribe,
        "Be told when the result is published",
        "results",
        {200: Answer("The wish", notify.SubscribedSchema)},
        calls=(notify.SUBSCRIBE, polls.GET_POLL),
    ),
    Endpoint(
        "DELETE",
        SUBSCRIPTION,
        unsubscribe,
        "Not be told",
        "results",
        {200: Answer("The wish", notify.SubscribedSchema)},
        calls=(notify.UNSUBSCRIBE,),
    ),
)
