"""Administration: organisations and their operators."""

from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import auth
from gateway.context import gateway
from gateway.errors import status_of
from gateway.pages import forms
from gateway.pages.organizations import directory
from gateway.pages.rendering import Errors, render, sentence
from services.common.errors import DomainError, InvalidInput, Unavailable
from services.identity import contract as identity

FIELDS = ("id", "name_ko", "name_en")


def required_admin(request: Request) -> dict[str, Any]:
    session = auth.required(request)
    if "admin" not in session.roles:
        raise identity.NotAllowed
    return session.actor


def org_of(request: Request) -> str:
    """The organisation of the address. Raises OrganizationNotFound for what cannot be one's id."""
    org: str = request.path_params["org"]
    if not forms.is_identifier(org):
        raise identity.OrganizationNotFound
    return org


async def organizations_page(request: Request) -> Response:
    required_admin(request)
    return await show_organizations(request)


async def show_organizations(request: Request, status: int = 200, **data: Any) -> Response:
    found = await gateway(request).bus.call(identity.LIST_ORGANIZATIONS)
    entered = dict.fromkeys(FIELDS, "")
    own = {"entered": entered, "errors": Errors(), "done": request.query_params.get("done"), **data}
    return render(request, "admin/organizations.html", status, items=found["items"], **own)


async def create_organization(request: Request) -> Response:
    actor = required_admin(request)
    form = await auth.read_form(request)
    entered = {name: forms.text(form, name).strip() for name in FIELDS}
    try:
        await gateway(request).bus.call(identity.CREATE_ORGANIZATION, actor=actor, **entered)
    except Unavailable:
        raise
    except DomainError as error:
        errors = field_errors(request, error, "id")
        return await show_organizations(request, status_of(error), entered=entered, errors=errors)
    directory(request).forget()
    return RedirectResponse("/admin?done=organization", 303)


def field_errors(request: Request, error: DomainError, field: str) -> Errors:
    """Complaints beside their fields; any other refusal beside the field it must be about."""
    if isinstance(error, InvalidInput):
        return Errors(
            [
                (e["pointer"].strip("/"), sentence(request, e["code"], e.get("params", {})))
                for e in error.errors
            ]
        )
    return Errors([(field, sentence(request, error.code, error.params))])


async def organization_page(request: Request) -> Response:
    required_admin(request)
    return await show_organization(request)


async def show_organization(request: Request, status: int = 200, **data: Any) -> Response:
    bus, org = gateway(request).bus, org_of(request)
    members = await bus.call(identity.LIST_MEMBERS, actor=required_admin(request), organization=org)
    known = (await bus.call(identity.LIST_ORGANIZATIONS))["items"]
    organization = next((o for o in known if o["id"] == org), None)
    if organization is None:
        raise identity.OrganizationNotFound
    own = {"entered": {"phone": ""}, "errors": Errors(), "done": request.query_params.get("done"), **data}
    return render(
        request, "admin/organization.html", status, organization=organization, members=members["items"], **own
    )


async def change_members(request: Request) -> Response:
    actor = required_admin(request)
    form = await auth.read_form(request)
    org = org_of(request)
    try:
        done = await (remove_member if form.get("person_id") else add_member)(request, actor, org, form)
    except Unavailable:
        raise
    except DomainError as error:
        entered = {"phone": forms.text(form, "phone", 40)}
        errors = field_errors(request, error, "phone")
        return await show_organization(request, status_of(error), entered=entered, errors=errors)
    return RedirectResponse(f"/admin/organizations/{org}?done={done}", 303)


async def add_member(request: Request, actor: dict[str, Any], org: str, form: FormData) -> str:
    phone = forms.text(form, "phone", 40).strip()
    await gateway(request).bus.call(
        identity.SET_MEMBER, actor=actor, organization=org, phone=phone, role="operator"
    )
    return "added"


async def remove_member(request: Request, actor: dict[str, Any], org: str, form: FormData) -> str:
    person_id = forms.identifier(form, "person_id")
    await gateway(request).bus.call(
        identity.REMOVE_MEMBER, actor=actor, organization=org, person_id=person_id
    )
    return "removed"
