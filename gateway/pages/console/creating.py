"""The page that makes a draft."""

from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import auth
from gateway.context import gateway
from gateway.errors import status_of
from gateway.pages import forms, labels
from gateway.pages.console.access import required_operator
from gateway.pages.console.complaints import complaints
from gateway.pages.organizations import organizations
from gateway.pages.public import named
from gateway.pages.rendering import Errors, render
from services.common.errors import DomainError, Unavailable
from services.common.ids import is_id, new_id
from services.polls import contract as polls

OFFERED = ("policy", "survey", "budget", "community", "onsite", "contest", "staff")


async def own_organizations(request: Request, actor: dict[str, Any]) -> list[tuple[str, str]]:
    names = await organizations(request)
    ids = list(names) if "admin" in actor["roles"] else list(actor["orgs"])
    return [(org, names.get(org, org)) for org in ids]


async def new_page(request: Request, status: int = 200, **data: Any) -> Response:
    actor = required_operator(request)
    entered = {"title": "", "organization": "", "kind": "policy"}
    own = {"entered": entered, "errors": Errors(), "key": new_id(), **data}
    return render(
        request,
        "console/new.html",
        status,
        organizations=await own_organizations(request, actor),
        kinds=named(request, labels.KINDS, OFFERED),
        **own,
    )


async def create(request: Request) -> Response:
    actor = required_operator(request)
    form = await auth.read_form(request)
    draft = {name: forms.text(form, name) for name in ("title", "organization", "kind")}
    try:
        poll = await gateway(request).bus.call(
            polls.CREATE_POLL, actor=actor, draft=draft, poll_id=form_key(form)
        )
    except Unavailable:
        raise
    except DomainError as error:
        return await new_page(request, status_of(error), entered=draft, errors=complaints(request, error))
    return RedirectResponse(f"/console/polls/{poll['id']}/edit", 303)


def form_key(form: FormData) -> str | None:
    """The id that the form was given for what it makes: sent twice, it makes one."""
    key = forms.identifier(form, "key")
    return key if is_id(key) else None
