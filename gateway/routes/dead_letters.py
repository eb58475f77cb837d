"""Messages that no service could handle, for administrators."""

from starlette.responses import Response

from gateway import operations
from gateway.endpoints import Answer, ApiRequest, Endpoint, answer
from gateway.operations import KEEPERS
from gateway.routes import schemas as s
from services.common.operations import contract as c

LIST = "/api/v1/dead-letters"


async def list_all(asked: ApiRequest) -> Response:
    return answer(await operations.all_dead_letters(asked.gateway.bus, asked.actor))


async def replay(asked: ApiRequest) -> Response:
    return answer(
        await asked.call(operations.replay_call(asked.body["queue"]), actor=asked.actor, **asked.body)
    )


async def discard(asked: ApiRequest) -> Response:
    return answer(
        await asked.call(operations.discard_call(asked.body["queue"]), actor=asked.actor, **asked.body)
    )


ENDPOINTS = (
    Endpoint(
        "GET",
        LIST,
        list_all,
        "Messages that could not be handled, without their contents (administrators)",
        "operations",
        {200: Answer("Queues, letters, and what was discarded", s.DeadLettersOfAllSchema)},
        calls=tuple(contract.LIST_DEAD_LETTERS for contract in KEEPERS.values()),
    ),
    Endpoint(
        "POST",
        f"{LIST}/replay",
        replay,
        "Have these messages handled again (administrators)",
        "operations",
        {200: Answer("Which were, and which are not there or stay", c.HandledSchema)},
        body=c.ChosenLettersSchema,
        calls=tuple(contract.REPLAY_DEAD_LETTERS for contract in KEEPERS.values()),
    ),
    Endpoint(
        "POST",
        f"{LIST}/discard",
        discard,
        "Remove these messages for good; polls that lose ballots tell the reason (administrators)",
        "operations",
        {200: Answer("Which went, and which are not there", c.HandledSchema)},
        body=c.DiscardedLettersSchema,
        calls=tuple(contract.DISCARD_DEAD_LETTERS for contract in KEEPERS.values()),
    ),
)
