"""Profiles: told with consent, kept encrypted, known outside in coarse values only, and gone with the consent."""

from typing import Any

import pytest

from services.common.crypto import Undecryptable
from services.common.errors import InvalidInput
from services.identity.contract import NotAMember, PersonNotFound
from services.identity.domain import Profile, age_band
from services.identity.storage import tables
from services.identity.usecases.people import update_person
from services.identity.usecases.profiles import delete_profile, get_profile, set_profile
from tests.component.identity.scene import Scene

TOLD = {"district": "mapo", "birth_year": 1990, "gender": "female"}
NOTHING = {"district": None, "birth_year": None, "gender": None, "consented_at": None}


def a_member(scene: Scene) -> str:
    person_id = scene.sign_in()["person"]["id"]
    update_person(scene.ctx, person_id, member=True)
    scene.clock.pass_by(minutes=1)
    return person_id


def claims(scene: Scene) -> dict[str, Any]:
    answer = scene.sign_in()
    scene.clock.pass_by(minutes=1)
    return scene.claims(answer)


def test_what_a_member_tells_is_kept_until_it_is_withdrawn(scene: Scene) -> None:
    member = a_member(scene)
    assert get_profile(scene.ctx, member) == NOTHING
    first = set_profile(scene.ctx, member, consent=True, **TOLD)
    assert first == {**TOLD, "consented_at": scene.clock.now} == get_profile(scene.ctx, member)
    scene.clock.pass_by(minutes=5)
    less = set_profile(scene.ctx, member, consent=True, district="mapo", birth_year=None, gender=None)
    assert less == {**NOTHING, "district": "mapo", "consented_at": first["consented_at"]}
    delete_profile(scene.ctx, member)
    delete_profile(scene.ctx, member)
    assert get_profile(scene.ctx, member) == NOTHING
    assert scene.count(tables.profile) == 0


def test_a_profile_that_tells_nothing_is_none(scene: Scene) -> None:
    member = a_member(scene)
    set_profile(scene.ctx, member, consent=True, **TOLD)
    empty = set_profile(scene.ctx, member, consent=True, district=None, birth_year=None, gender=None)
    assert (empty, scene.count(tables.profile)) == (NOTHING, 0)


def test_the_next_token_carries_coarse_values_only(scene: Scene) -> None:
    member = a_member(scene)
    assert "profile" not in claims(scene)
    set_profile(scene.ctx, member, consent=True, **TOLD)
    age = scene.clock.now.year - 1990
    assert claims(scene)["profile"] == {"district": "mapo", "age": str(age // 10 * 10), "gender": "female"}
    delete_profile(scene.ctx, member)
    assert "profile" not in claims(scene)


def test_the_database_holds_what_was_told_encrypted_for_its_person_only(scene: Scene) -> None:
    member = a_member(scene)
    set_profile(scene.ctx, member, consent=True, **TOLD)
    (row,) = scene.rows(tables.profile)
    assert not any(str(value) in row["sealed"] for value in TOLD.values())
    with pytest.raises(Undecryptable):
        scene.ctx.keys.open_profile(row["sealed"], "A" * 22)


def test_guests_and_the_unborn_have_none(scene: Scene) -> None:
    guest = scene.sign_in()["person"]["id"]
    with pytest.raises(NotAMember):
        set_profile(scene.ctx, guest, consent=True, **TOLD)
    update_person(scene.ctx, guest, member=True)
    with pytest.raises(InvalidInput):
        set_profile(scene.ctx, guest, consent=True, **{**TOLD, "birth_year": scene.clock.now.year + 1})
    with pytest.raises(PersonNotFound):
        get_profile(scene.ctx, "A" * 22)


@pytest.mark.parametrize(
    ("age", "band"),
    [(-1, None), (9, None), (10, "10"), (19, "10"), (20, "20"), (69, "60"), (70, "70"), (126, "70")],
)
def test_ages_are_bands_of_ten_years(age: int, band: str | None) -> None:
    assert age_band(2026 - age, 2026) == band
    assert Profile(birth_year=2026 - age).coarse(2026) == ({} if band is None else {"age": band})
