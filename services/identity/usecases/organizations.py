"""Organisations and their operators.

An actor's claim is as old as the access token it came with, so a role is believed only if the database still has it.
"""

import re
from typing import Any

from services.identity.contract import ORGANIZATION_ID, NotAllowed, OrganizationExists, OrganizationNotFound
from services.identity.domain import ADMIN, OPERATOR, Actor, Organization
from services.identity.storage import View
from services.identity.usecases.context import Context, id_or_nothing
from services.identity.usecases.people import person_with_phone


def list_organizations(ctx: Context) -> dict[str, Any]:
    with ctx.store.read() as view:
        return {"items": view.organizations.all()}


def create_organization(ctx: Context, actor: Actor, new: Organization) -> Organization:
    """Raises `NotAllowed`, `OrganizationExists`."""
    with ctx.store.write() as work:
        _require_admin(work, actor)
        if not work.organizations.add(new, work.now):
            raise OrganizationExists
        work.commit()
    return new


def set_member(ctx: Context, actor: Actor, organization: str, phone: str, role: str) -> dict[str, Any]:
    """The person with this phone, made if unknown, gets the role. Raises `NotAllowed`, `OrganizationNotFound`, `InvalidPhone`."""
    with ctx.store.write() as work:
        _require_admin(work, actor)
        _require_organization(work, organization)
        person = person_with_phone(ctx, work, ctx.phones.normalise(phone), member=True)
        work.organizations.set_role(organization, person.id, role, work.now)
        work.commit()
    return {"person_id": person.id, "role": role, "phone_hint": person.phone_hint}


def remove_member(ctx: Context, actor: Actor, organization: str, person_id: str) -> None:
    """Idempotent: somebody without a role there is no error. Raises `NotAllowed`, `OrganizationNotFound`."""
    with ctx.store.write() as work:
        _require_admin(work, actor)
        _require_organization(work, organization)
        work.organizations.remove(organization, id_or_nothing(person_id))
        work.commit()


def list_members(ctx: Context, actor: Actor, organization: str) -> dict[str, Any]:
    """For administrators and the organisation's own operators. Raises `NotAllowed`, `OrganizationNotFound`."""
    with ctx.store.read() as view:
        if not _is_admin(view, actor) and not _is_operator(view, actor, organization):
            raise NotAllowed
        _require_organization(view, organization)
        return {"items": view.organizations.members(organization)}


def _require_admin(view: View, actor: Actor) -> None:
    if not _is_admin(view, actor):
        raise NotAllowed


def _is_admin(view: View, actor: Actor) -> bool:
    return ADMIN in actor.roles and view.people.has_role(id_or_nothing(actor.person_id), ADMIN)


def _is_operator(view: View, actor: Actor, organization: str) -> bool:
    if actor.orgs.get(organization) != OPERATOR:
        return False
    return view.organizations.role_of(id_or_nothing(actor.person_id), organization) == OPERATOR


def _require_organization(view: View, organization: str) -> None:
    if not re.fullmatch(ORGANIZATION_ID, organization) or not view.organizations.exists(organization):
        raise OrganizationNotFound
