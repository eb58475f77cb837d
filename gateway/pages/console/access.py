"""Who may be in the console, and the poll they work on."""

from typing import Any

from starlette.requests import Request

from gateway import auth
from gateway.context import gateway
from gateway.pages.forms import is_identifier
from services.polls import contract as polls


def required_operator(request: Request) -> dict[str, Any]:
    """The actor, who runs at least one organisation. Raises Unauthenticated, NotAllowed."""
    session = auth.required(request)
    if not session.orgs and "admin" not in session.roles:
        raise polls.NotAllowed
    return session.actor


async def operated_poll(request: Request) -> dict[str, Any]:
    """The poll of the address as it is now, for those who run it. Raises PollNotFound, NotAllowed."""
    actor = required_operator(request)
    if not is_identifier(request.path_params["poll_id"]):
        raise polls.PollNotFound
    poll: dict[str, Any] = await gateway(request).bus.call(
        polls.GET_POLL, poll_id=request.path_params["poll_id"], actor=actor
    )
    if poll["organization"] not in actor["orgs"] and "admin" not in actor["roles"]:
        raise polls.NotAllowed
    return poll


async def update(request: Request, poll_id: str, patch: dict[str, Any]) -> None:
    """Changes the poll. Raises UPDATE_POLL's errors."""
    gw = gateway(request)
    await gw.bus.call(polls.UPDATE_POLL, poll_id=poll_id, actor=auth.actor(request), patch=patch)
    gw.definitions.forget(poll_id)
