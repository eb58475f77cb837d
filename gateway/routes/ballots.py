"""Casting a ballot, and what became of it."""

from typing import Any

from starlette.responses import Response

from gateway.casting import Pending, check_shape
from gateway.endpoints import ANYBODY, Answer, ApiRequest, Endpoint, answer
from gateway.routes import schemas as s
from services.ballots import contract as ballots
from services.common import schemas as kit
from services.common.contract import instance
from services.common.errors import InvalidInput
from services.polls import contract as polls

FIELDS = frozenset(("ballot_id", "answers", "evidence"))
NEEDED = frozenset(("ballot_id", "answers"))
BALLOTS = "/api/v1/polls/{poll_id}/ballots"


async def cast(asked: ApiRequest) -> Response:
    """The ballot counts once: sent again with the same `ballot_id` it gets the same receipt."""
    if not fits(asked.body):
        kit.load(instance(s.BallotSchema), asked.body)
    outcome = await asked.gateway.caster.cast(
        session=asked.session,
        poll_id=asked.path["poll_id"],
        ballot_id=asked.body["ballot_id"],
        answers=asked.body["answers"],
        evidence=asked.body.get("evidence", {}),
        channel="api",
    )
    if isinstance(outcome, Pending):
        return answer({"status_url": outcome.status_url}, 202, {"Location": outcome.status_url})
    return answer(outcome.receipt, 201)


def fits(body: dict[str, Any]) -> bool:
    """What BallotSchema says, at a tenth of its cost; tests hold the two together."""
    if not body.keys() <= FIELDS or not body.keys() >= NEEDED:
        return False
    try:
        check_shape(body["ballot_id"], body["answers"], body.get("evidence", {}))
    except InvalidInput:
        return False
    return True


async def status(asked: ApiRequest) -> Response:
    """Any gateway can say `pending`, whichever took the ballot: the link itself proves that one did."""
    path, note = asked.path, asked.query["accepted"]
    return answer(await asked.gateway.caster.status(path["poll_id"], path["ballot_id"], note))


ENDPOINTS = (
    Endpoint(
        "POST",
        BALLOTS,
        cast,
        "Cast a ballot",
        "ballots",
        {
            201: Answer("Recorded; the receipt is a signed promise", ballots.ReceiptSchema),
            202: Answer("Kept safely; ask `status_url`", s.AcceptedBallotSchema, headers=("Location",)),
        },
        body=s.BallotSchema,
        by_hand=True,
        calls=(polls.ISSUE_PASSES, ballots.CAST),
        errors=("invalid_ballot", "try_again"),
    ),
    Endpoint(
        "GET",
        BALLOTS + "/{ballot_id}",
        status,
        "What became of a ballot; never the choice",
        "ballots",
        {200: Answer("Recorded with its receipt, refused, pending, or unknown", s.BallotStateSchema)},
        query=s.BallotStateQuery,
        calls=(ballots.GET_STATUS,),
        who=ANYBODY,
    ),
)
