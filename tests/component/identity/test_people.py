"""People: told about, changed, addressed, made administrators."""

import pytest

from services.identity.contract import InvalidPhone, PersonNotFound
from services.identity.storage import tables
from services.identity.usecases.people import get_addresses, get_person, make_admin, tag_phones, update_person
from tests.component.identity.scene import OTHER, PHONE, Scene


def test_a_person_is_told_about_without_the_phone(scene: Scene) -> None:
    person = scene.sign_in()["person"]
    assert get_person(scene.ctx, person["id"]) == person
    assert "12345678" not in str(person)


@pytest.mark.parametrize("person_id", ["", "A" * 22, "a\x00b", "\ud800"])
def test_an_unknown_person_is_not_found(scene: Scene, person_id: str) -> None:
    with pytest.raises(PersonNotFound):
        get_person(scene.ctx, person_id)
    with pytest.raises(PersonNotFound):
        update_person(scene.ctx, person_id, language="en")


def test_a_person_chooses_a_language_and_becomes_a_member(scene: Scene) -> None:
    person = scene.sign_in()["person"]
    assert update_person(scene.ctx, person["id"], language="en")["language"] == "en"
    assert update_person(scene.ctx, person["id"], member=True) == {**person, "language": "en", "member": True}
    assert update_person(scene.ctx, person["id"]) == get_person(scene.ctx, person["id"])


def test_signing_in_again_keeps_the_chosen_language(scene: Scene) -> None:
    person = scene.sign_in()["person"]
    update_person(scene.ctx, person["id"], language="en")
    scene.clock.pass_by(minutes=1)
    assert scene.sign_in()["person"]["language"] == "en"


def test_addresses_are_told_of_those_who_exist(scene: Scene) -> None:
    first, second = scene.sign_in(PHONE)["person"]["id"], scene.sign_in(OTHER)["person"]["id"]
    addresses = get_addresses(scene.ctx, [first, second, "A" * 22, "\x00"])["addresses"]
    assert addresses == {
        first: {"phone": "+821012345678", "language": "ko"},
        second: {"phone": "+821098765432", "language": "ko"},
    }
    assert get_addresses(scene.ctx, []) == {"addresses": {}}


def test_each_phone_has_one_tag_and_what_is_no_phone_has_none(scene: Scene) -> None:
    tags = tag_phones(scene.ctx, [PHONE, "+82 10-1234-5678", OTHER, "02-123-4567", "", "x" * 1000])["tags"]
    assert tags[0] == tags[1] != tags[2]
    assert tags[3:] == [None, None, None]
    assert scene.count(tables.person) == 0


def test_many_phones_keep_their_order(scene: Scene) -> None:
    phones = [f"010-{n:04}-{n:04}" for n in range(2000, 2500)]
    tags = tag_phones(scene.ctx, phones)["tags"]
    assert len(set(tags)) == 500
    assert tags[321] == tag_phones(scene.ctx, [phones[321]])["tags"][0]


def test_making_an_administrator_twice_is_making_one(scene: Scene) -> None:
    first, second = make_admin(scene.ctx, PHONE), make_admin(scene.ctx, "01012345678")
    assert first == second
    assert first.roles == ("admin",)
    assert scene.count(tables.person) == scene.count(tables.person_role) == 1
    assert scene.sign_in(PHONE)["person"]["roles"] == ["admin"]


def test_who_has_signed_in_can_become_an_administrator(scene: Scene) -> None:
    person_id = scene.sign_in(PHONE)["person"]["id"]
    assert make_admin(scene.ctx, PHONE).person.id == person_id
    with pytest.raises(InvalidPhone):
        make_admin(scene.ctx, "nonsense")
