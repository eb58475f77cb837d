"""Organisations and operators: who may do what."""

from dataclasses import replace

import pytest

from services.identity.contract import InvalidPhone, NotAllowed, OrganizationExists, OrganizationNotFound
from services.identity.domain import Actor, Organization
from services.identity.storage import tables
from services.identity.usecases.organizations import (
    create_organization,
    list_members,
    list_organizations,
    remove_member,
    set_member,
)
from tests.component.identity.scene import OTHER, PHONE, Scene

SEOUL = Organization("seoul", "서울특별시", "Seoul Metropolitan Government")
GANGNAM = Organization("gangnam", "강남구", "Gangnam-gu")


def test_an_administrator_makes_organisations_that_everybody_can_list(scene: Scene) -> None:
    admin = scene.admin()
    assert create_organization(scene.ctx, admin, SEOUL) == SEOUL
    scene.clock.pass_by(seconds=1)
    create_organization(scene.ctx, admin, GANGNAM)
    assert list_organizations(scene.ctx) == {"items": [SEOUL, GANGNAM]}


def test_an_organisation_s_id_is_taken_once(scene: Scene) -> None:
    admin = scene.admin()
    create_organization(scene.ctx, admin, SEOUL)
    with pytest.raises(OrganizationExists):
        create_organization(scene.ctx, admin, replace(SEOUL, name_en="Another"))
    assert list_organizations(scene.ctx) == {"items": [SEOUL]}


def test_an_operator_is_named_by_phone_and_need_not_have_signed_in(scene: Scene) -> None:
    admin = scene.admin()
    create_organization(scene.ctx, admin, SEOUL)
    member = set_member(scene.ctx, admin, "seoul", PHONE, "operator")
    assert set_member(scene.ctx, admin, "seoul", "+821012345678", "operator") == member
    assert member["phone_hint"] == "5678"

    answer = scene.sign_in(PHONE)
    assert answer["person"]["id"] == member["person_id"]
    assert answer["person"]["orgs"] == {"seoul": "operator"}
    assert answer["person"]["member"] is True


def test_a_removed_operator_is_gone_and_removing_again_is_no_error(scene: Scene) -> None:
    admin = scene.admin()
    create_organization(scene.ctx, admin, SEOUL)
    operator = scene.operator("seoul")
    for person_id in (operator.person_id, operator.person_id, "unknown"):
        remove_member(scene.ctx, admin, "seoul", person_id)
    assert list_members(scene.ctx, admin, "seoul") == {"items": []}


def test_members_are_listed_for_administrators_and_the_organisation_s_own_operators(scene: Scene) -> None:
    admin = scene.admin()
    for organization in (SEOUL, GANGNAM):
        create_organization(scene.ctx, admin, organization)
    operator = scene.operator("seoul")
    stranger = scene.operator("gangnam", "010-7777-7777")

    items = list_members(scene.ctx, admin, "seoul")["items"]
    assert [(item.person_id, item.role, item.phone_hint) for item in items] == [
        (operator.person_id, "operator", OTHER[-4:])
    ]
    assert list_members(scene.ctx, operator, "seoul")["items"] == items
    with pytest.raises(NotAllowed):
        list_members(scene.ctx, stranger, "seoul")


def test_who_is_no_administrator_changes_nothing(scene: Scene) -> None:
    admin = scene.admin()
    create_organization(scene.ctx, admin, SEOUL)
    operator = scene.operator("seoul")
    nobody = Actor(scene.sign_in(PHONE)["person"]["id"], (), {})
    liar = replace(nobody, roles=("admin",), orgs={"seoul": "operator"})
    made_up = Actor("system", ("admin",), {})
    before = (scene.rows(tables.organization), scene.rows(tables.membership))

    for actor in (operator, nobody, liar, made_up, replace(admin, roles=())):
        with pytest.raises(NotAllowed):
            create_organization(scene.ctx, actor, GANGNAM)
        with pytest.raises(NotAllowed):
            set_member(scene.ctx, actor, "seoul", PHONE, "operator")
        with pytest.raises(NotAllowed):
            remove_member(scene.ctx, actor, "seoul", operator.person_id)
    for actor in (nobody, liar, made_up):
        with pytest.raises(NotAllowed):
            list_members(scene.ctx, actor, "seoul")
    assert (scene.rows(tables.organization), scene.rows(tables.membership)) == before


def test_a_former_operator_is_not_believed_until_the_token_is_over(scene: Scene) -> None:
    admin = scene.admin()
    create_organization(scene.ctx, admin, SEOUL)
    operator = scene.operator("seoul")
    remove_member(scene.ctx, admin, "seoul", operator.person_id)
    with pytest.raises(NotAllowed):
        list_members(scene.ctx, operator, "seoul")


def test_an_unknown_organisation_is_said_to_be_unknown(scene: Scene) -> None:
    admin = scene.admin()
    for organization in ("nowhere", "", "\x00", "\ud800"):
        with pytest.raises(OrganizationNotFound):
            set_member(scene.ctx, admin, organization, PHONE, "operator")
        with pytest.raises(OrganizationNotFound):
            remove_member(scene.ctx, admin, organization, admin.person_id)
        with pytest.raises(OrganizationNotFound):
            list_members(scene.ctx, admin, organization)


def test_an_operator_needs_a_phone(scene: Scene) -> None:
    admin = scene.admin()
    create_organization(scene.ctx, admin, SEOUL)
    with pytest.raises(InvalidPhone):
        set_member(scene.ctx, admin, "seoul", "02-123-4567", "operator")
