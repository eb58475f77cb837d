"""Polls: their life from draft to publication."""

from typing import Any

from starlette.responses import Response

from gateway.endpoints import ANYBODY, Answer, ApiRequest, Endpoint, answer, nothing
from gateway.idempotency import derived_id
from gateway.routes import schemas as s
from gateway.uploads import add_image, received
from services.common import schemas as kit
from services.common.contract import Call, instance
from services.polls import contract as polls
from services.polls.contract import schemas as p

LIST = "/api/v1/polls"
POLL = "/api/v1/polls/{poll_id}"


async def list_all(asked: ApiRequest) -> Response:
    return answer(await asked.call(polls.LIST_POLLS, actor=asked.actor, **asked.query))


async def create(asked: ApiRequest) -> Response:
    chosen = derived_id(asked.request, asked.session.person_id, asked.body)
    poll = await asked.call(
        polls.CREATE_POLL, within="/draft", actor=asked.actor, draft=asked.body, **given(poll_id=chosen)
    )
    return answer(poll, 201, {"Location": f"{LIST}/{poll['id']}"})


async def copy(asked: ApiRequest) -> Response:
    chosen = derived_id(asked.request, asked.session.person_id, None)
    poll = await asked.call(polls.COPY_POLL, actor=asked.actor, **asked.path, **given(new_id=chosen))
    return answer(poll, 201, {"Location": f"{LIST}/{poll['id']}"})


def given(**arguments: Any) -> dict[str, Any]:
    """Those of the arguments that are there."""
    return {name: value for name, value in arguments.items() if value is not None}


async def get(asked: ApiRequest) -> Response:
    return answer(await asked.gateway.definitions.get(asked.path["poll_id"], asked.actor))


async def update(asked: ApiRequest) -> Response:
    return await changed(asked, polls.UPDATE_POLL, within="/patch", patch=asked.body)


async def delete(asked: ApiRequest) -> Response:
    await changed(asked, polls.DELETE_POLL)
    return nothing()


async def schedule(asked: ApiRequest) -> Response:
    return await changed(asked, polls.SCHEDULE_POLL, **asked.body)


async def open_now(asked: ApiRequest) -> Response:
    return await changed(asked, polls.OPEN_POLL)


async def close_now(asked: ApiRequest) -> Response:
    return await changed(asked, polls.CLOSE_POLL)


async def cancel(asked: ApiRequest) -> Response:
    return await changed(asked, polls.CANCEL_POLL)


async def publish(asked: ApiRequest) -> Response:
    return await changed(asked, polls.PUBLISH_POLL)


async def changed(asked: ApiRequest, call: Call, within: str = "", **arguments: Any) -> Response:
    """Makes the change, and has this gateway show it from now on, whatever the outcome."""
    try:
        return answer(await asked.call(call, within=within, actor=asked.actor, **asked.path, **arguments))
    finally:
        asked.gateway.definitions.forget(asked.path["poll_id"])


async def changes(asked: ApiRequest) -> Response:
    return answer(await asked.call(polls.LIST_CHANGES, actor=asked.actor, **asked.path))


async def upload_image(asked: ApiRequest) -> Response:
    async with received(asked.request) as upload:
        kit.load(instance(s.ImageForm), {**upload.fields, "file": upload.filename})
        image = await add_image(asked.request, asked.path["poll_id"], upload.fields["target"], upload)
    return answer(image, 201)


def transition(name: str, handler: Any, summary: str, call: Call, body: Any = None) -> Endpoint:
    """A change of a poll's state."""
    return Endpoint(
        "POST",
        f"{POLL}/{name}",
        handler,
        summary,
        "polls",
        {200: Answer("The poll as it is now", p.PollSchema)},
        body=body,
        body_needed=False,
        calls=(call,),
        errors=("invalid_input",),
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        LIST,
        list_all,
        "List and search polls",
        "polls",
        {200: Answer("Polls, newest first", p.PollListSchema)},
        query=s.ListQuery,
        calls=(polls.LIST_POLLS,),
        who=ANYBODY,
    ),
    Endpoint(
        "POST",
        LIST,
        create,
        "Create a draft",
        "polls",
        {201: Answer("The draft", p.PollSchema, headers=("Location",))},
        body=p.PollDraftSchema,
        calls=(polls.CREATE_POLL,),
        retryable=True,
    ),
    Endpoint(
        "GET",
        POLL,
        get,
        "One poll",
        "polls",
        {200: Answer("The poll", p.PollSchema)},
        calls=(polls.GET_POLL,),
        who=ANYBODY,
    ),
    Endpoint(
        "PATCH",
        POLL,
        update,
        "Change a draft; once open only `closes_at` and `notice`",
        "polls",
        {200: Answer("The poll as changed", p.PollSchema)},
        body=p.PollPatchSchema,
        calls=(polls.UPDATE_POLL,),
    ),
    Endpoint(
        "DELETE",
        POLL,
        delete,
        "Delete a poll that has not opened",
        "polls",
        {204: Answer("Deleted")},
        calls=(polls.DELETE_POLL,),
    ),
    Endpoint(
        "POST",
        f"{POLL}/copy",
        copy,
        "Copy a poll into a new draft",
        "polls",
        {201: Answer("The draft", p.PollSchema, headers=("Location",))},
        calls=(polls.COPY_POLL,),
        retryable=True,
    ),
    transition("schedule", schedule, "Let it open by itself", polls.SCHEDULE_POLL, s.TimesSchema),
    transition("open", open_now, "Open it now; the definition is frozen", polls.OPEN_POLL),
    transition("close", close_now, "Close it now", polls.CLOSE_POLL),
    transition("cancel", cancel, "Cancel it", polls.CANCEL_POLL),
    transition("publish", publish, "Publish its result", polls.PUBLISH_POLL),
    Endpoint(
        "GET",
        f"{POLL}/changes",
        changes,
        "What was changed since it opened",
        "polls",
        {200: Answer("The change log, oldest first", p.ChangesSchema)},
        calls=(polls.LIST_CHANGES,),
        who=ANYBODY,
    ),
    Endpoint(
        "POST",
        f"{POLL}/images",
        upload_image,
        "Give the poll or an option a picture",
        "polls",
        {201: Answer("The stored image", s.StoredImageSchema)},
        form=s.ImageForm,
        calls=(polls.ADD_IMAGE,),
        errors=("too_many_uploads",),
    ),
)
