"""A poll's voter roll, and invitations to those on it."""

from starlette.responses import Response

from gateway.endpoints import Answer, ApiRequest, Endpoint, answer
from gateway.idempotency import derived_id
from gateway.routes import schemas as s
from gateway.uploads import invite, load_roll, received
from services.notify import contract as notify
from services.polls import contract as polls

ROLL = "/api/v1/polls/{poll_id}/roll"
INVITATIONS = "/api/v1/polls/{poll_id}/invitations"


async def put_roll(asked: ApiRequest) -> Response:
    async with received(asked.request) as upload:
        return answer(await load_roll(asked.request, asked.path["poll_id"], upload))


async def get_roll(asked: ApiRequest) -> Response:
    return answer(await asked.call(polls.GET_ROLL, actor=asked.actor, **asked.path))


async def send_invitations(asked: ApiRequest) -> Response:
    job_id = derived_id(asked.request, asked.session.person_id, None)
    async with received(asked.request) as upload:
        return answer(await invite(asked.request, asked.path["poll_id"], upload, job_id), 202)


async def report(asked: ApiRequest) -> Response:
    """Polls judges who may see it."""
    await asked.call(polls.GET_ROLL, actor=asked.actor, **asked.path)
    return answer(await asked.call(notify.GET_DELIVERY_REPORT, **asked.path))


ENDPOINTS = (
    Endpoint(
        "PUT",
        ROLL,
        put_roll,
        "Replace the voter roll by a file's, before the poll opens",
        "roll",
        {200: Answer("The roll; bad and repeated lines by number", s.RollStatusSchema)},
        form=s.RollForm,
        calls=(polls.BEGIN_ROLL, polls.ADD_ROLL_ROWS, polls.COMMIT_ROLL, polls.ABANDON_ROLL),
        errors=("too_many_uploads",),
    ),
    Endpoint(
        "GET",
        ROLL,
        get_roll,
        "The voter roll's state, also while it loads",
        "roll",
        {200: Answer("Counts, and lines that were refused", s.RollStatusSchema)},
        calls=(polls.GET_ROLL,),
    ),
    Endpoint(
        "POST",
        INVITATIONS,
        send_invitations,
        "Invite the phones of a file that are on the roll; each once",
        "roll",
        {202: Answer("Invitations are on their way", s.InvitedSchema)},
        form=s.RollForm,
        calls=(polls.FILTER_ROLL, polls.GET_POLL, notify.SEND_INVITATIONS),
        errors=("too_many_uploads",),
        retryable=True,
    ),
    Endpoint(
        "GET",
        INVITATIONS,
        report,
        "What became of the poll's messages, in numbers",
        "roll",
        {200: Answer("Counts by kind and state", notify.DeliveryReportSchema)},
        calls=(polls.GET_ROLL, notify.GET_DELIVERY_REPORT),
    ),
)
