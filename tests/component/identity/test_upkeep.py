"""Forgetting what is over, and changing keys."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.common.crypto import Undecryptable
from services.common.encodings import b64u
from services.identity.keys import Keys
from services.identity.storage import tables
from services.identity.usecases import upkeep
from services.identity.usecases.people import get_addresses, update_person
from services.identity.usecases.profiles import get_profile, set_profile
from services.identity.usecases.sign_in import get_delivery
from tests.component.identity.scene import OTHER, PHONE, Scene

PASSING = (tables.challenge, tables.usage, tables.session, tables.refresh_token)


def test_nothing_that_still_matters_is_forgotten(scene: Scene) -> None:
    answer = scene.sign_in()
    asked = scene.ask(OTHER)
    before = [scene.rows(table) for table in PASSING]
    scene.clock.pass_by(minutes=2)
    assert upkeep.forget_what_is_over(scene.ctx) == 0
    assert [scene.rows(table) for table in PASSING] == before
    assert scene.confirm(asked["challenge_id"])
    assert scene.refresh(answer["refresh_token"])


def test_what_is_over_is_forgotten_and_people_stay(scene: Scene) -> None:
    answer = scene.sign_in()
    scene.refresh(answer["refresh_token"])
    scene.clock.pass_by(days=2)
    assert upkeep.forget_what_is_over(scene.ctx) > 0
    assert [scene.count(table) for table in PASSING] == [0, 0, 0, 0]
    assert scene.count(tables.person) == 1
    assert upkeep.forget_what_is_over(scene.ctx) == 0


def test_a_session_that_was_signed_out_is_forgotten_early(scene: Scene) -> None:
    scene.sign_out(scene.sid(scene.sign_in()))
    scene.clock.pass_by(hours=1)
    upkeep.forget_what_is_over(scene.ctx)
    assert scene.count(tables.session) == scene.count(tables.refresh_token) == 0


def test_much_is_forgotten_in_small_steps(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "_ROWS", 2)
    for number in range(5):
        scene.ask(f"010-{2000 + number}-0000")
    scene.clock.pass_by(days=1)
    upkeep.forget_what_is_over(scene.ctx)
    assert scene.count(tables.challenge) == 0


def test_phones_and_profiles_are_encrypted_anew_with_a_new_key(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_ROWS", 2)
    people = [scene.sign_in(f"010-{2000 + number}-0000")["person"]["id"] for number in range(5)]
    asked = scene.ask(PHONE)
    phones = get_addresses(scene.ctx, people)
    update_person(scene.ctx, people[0], member=True)
    told = set_profile(scene.ctx, people[0], consent=True, district="mapo", birth_year=1990, gender=None)

    folder = tmp_path / "keys" / "identity"
    (folder / "data-2.key").write_text(b64u(b"2" * 32))
    scene.ctx = replace(scene.ctx, keys=Keys.load(tmp_path / "keys"))
    assert upkeep.encrypt_anew(scene.ctx) == 6
    assert upkeep.encrypt_anew(scene.ctx) == 0
    assert get_delivery(scene.ctx, asked["challenge_id"])["phone"]

    (folder / "data-1.key").unlink()
    scene.ctx = replace(scene.ctx, keys=Keys.load(tmp_path / "keys"))
    assert get_addresses(scene.ctx, people) == phones
    assert get_profile(scene.ctx, people[0]) == told


def test_a_phone_cannot_be_moved_to_another_person(scene: Scene) -> None:
    first, second = scene.sign_in(PHONE)["person"]["id"], scene.sign_in(OTHER)["person"]["id"]
    stolen = next(row for row in scene.rows(tables.person) if row["id"] == first)["phone_sealed"]
    with scene.ctx.store.write() as work:
        work.people.update(second, {"phone_sealed": stolen})
        work.commit()
    with pytest.raises(Undecryptable):
        get_addresses(scene.ctx, [second])
