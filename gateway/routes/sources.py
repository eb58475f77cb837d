"""The other sources of composite results: entering their scores, and how far they are."""

import re

from starlette.responses import Response

from gateway.endpoints import ANYBODY, Answer, ApiRequest, Endpoint, answer
from gateway.routes import schemas as s
from gateway.uploads import load_scores, received
from services.common import schemas as kit
from services.common.contract import instance
from services.polls import contract as polls
from services.polls.contract import source_schemas as ss

SOURCES = "/api/v1/polls/{poll_id}/sources"
SOURCE = "/api/v1/polls/{poll_id}/questions/{question_id}/sources/{source}"
NAME = re.compile(r"[^/\x00-\x1f\x7f]{1,80}")


async def enter(asked: ApiRequest) -> Response:
    """The scores are shown to nobody until the result may be seen; the change log has a commitment to them at once. What is entered
    again replaces what was entered before, until the recount has taken it.
    """
    if asked.body:
        return answer(await asked.call(polls.ENTER_SOURCE, actor=asked.actor, **place(asked), **asked.body))
    async with received(asked.request) as upload:
        kit.load(instance(s.ScoresForm), {**upload.fields, "file": upload.filename})
        return answer(await load_scores(asked.request, upload=upload, **place(asked)))


def place(asked: ApiRequest) -> dict[str, str]:
    names = {"poll_id": "poll_id", "question_id": "question", "source": "source"}
    return {argument: asked.path[name] for name, argument in names.items()}


async def list_all(asked: ApiRequest) -> Response:
    return answer(await asked.call(polls.LIST_SOURCES, actor=asked.actor, **asked.path))


ENDPOINTS = (
    Endpoint(
        "PUT",
        SOURCE,
        enter,
        "Enter the scores of a source of a composite result, as JSON or from a file",
        "polls",
        {200: Answer("What everybody may know of them", ss.SourceSchema)},
        body=ss.ScoresSchema,
        form=s.ScoresForm,
        parts={"source": NAME},
        calls=(polls.ENTER_SOURCE, polls.GET_POLL),
        errors=("too_many_uploads",),
    ),
    Endpoint(
        "GET",
        SOURCES,
        list_all,
        "Which sources of composite results are entered",
        "polls",
        {200: Answer("The sources, without scores", ss.SourcesSchema)},
        calls=(polls.LIST_SOURCES,),
        who=ANYBODY,
    ),
)
