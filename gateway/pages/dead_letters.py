"""Administration: messages that could not be handled."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import auth, operations
from gateway.context import gateway
from gateway.errors import invalid, status_of
from gateway.pages.admin import field_errors, required_admin
from gateway.pages.rendering import Errors, render
from services.common.errors import DomainError, Unavailable
from services.common.operations.contract import LONGEST_REASON

SHORTEST_REASON = 3
DONE = ("replay", "discard")


async def page(request: Request) -> Response:
    required_admin(request)
    return await show(request)


async def show(request: Request, status: int = 200, **data: Any) -> Response:
    found = await operations.all_dead_letters(gateway(request).bus, required_admin(request))
    letters = {
        queue["queue"]: [one for one in found["items"] if one["queue"] == queue["queue"]]
        for queue in found["queues"]
    }
    own = {"errors": Errors(), "entered": {"queue": "", "ids": (), "reason": ""}, **data}
    return render(
        request,
        "admin/dead_letters.html",
        status,
        queues=found["queues"],
        letters=letters,
        discarded=found["discarded"],
        unavailable=found["unavailable"],
        done=request.query_params.get("done"),
        done_count=_number(request.query_params.get("n")),
        left_count=_number(request.query_params.get("left")),
        longest_reason=LONGEST_REASON,
        **own,
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else 0


async def handle(request: Request) -> Response:
    actor = required_admin(request)
    form = await auth.read_form(request)
    action, queue = str(form.get("action", "")), str(form.get("queue", ""))
    ids = [str(each) for each in form.getlist("id")]
    reason = str(form.get("reason", "")).strip()
    try:
        answer = await perform(request, actor, action, queue, ids, reason)
    except Unavailable:
        raise
    except DomainError as error:
        entered = {"queue": queue, "ids": ids, "reason": reason[:LONGEST_REASON]}
        errors = field_errors(request, error, f"queue-{queue}")
        errors = Errors([(where(field, queue), text) for field, text in errors])
        return await show(request, status_of(error), entered=entered, errors=errors)
    done, left = len(answer["done"]), len(answer["left"])
    return RedirectResponse(f"/admin/dead-letters?done={action}&n={done}&left={left}", 303)


def where(field: str, queue: str) -> str:
    """The id of the field on the page, which has a form for every queue."""
    if field == "reason":
        return f"reason-{queue}"
    return f"queue-{queue}"


async def perform(
    request: Request, actor: dict[str, Any], action: str, queue: str, ids: list[str], reason: str
) -> Any:
    """`HandledSchema`. Raises what the call declares, and `InvalidInput`."""
    bus = gateway(request).bus
    if not ids:
        raise invalid("/ids", "none_chosen")
    if action == "replay":
        return await bus.call(operations.replay_call(queue), actor=actor, queue=queue, ids=ids)
    if action != "discard":
        raise invalid("/action", "required")
    if len(reason) < SHORTEST_REASON:
        raise invalid("/reason", "reason_needed")
    call = operations.discard_call(queue)
    return await bus.call(call, actor=actor, queue=queue, ids=ids, reason=reason)
