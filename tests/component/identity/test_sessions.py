"""Sessions: what a token says, refresh, replay, sign-out."""

from datetime import timedelta

import pytest

from services.identity import contract
from services.identity.contract import SessionEnded
from services.identity.storage import tables
from services.identity.usecases import organizations, people, sessions
from services.identity.usecases.upkeep import forget_what_is_over
from tests.component.identity.scene import PHONE, Scene
from tests.component.identity.test_organizations import SEOUL


def test_what_an_access_token_says(scene: Scene) -> None:
    answer = scene.sign_in()
    claims = scene.claims(answer)
    begin = int(scene.clock.now.timestamp())

    assert set(claims) == {"iss", "sub", "sid", "tag", "strength", "roles", "orgs", "iat", "exp"}
    assert claims["sub"] == answer["person"]["id"]
    assert claims["strength"] == "phone"
    assert (claims["roles"], claims["orgs"]) == ([], {})
    assert (claims["iat"], claims["exp"]) == (begin, begin + 600)
    assert people.tag_phones(scene.ctx, [PHONE])["tags"] == [claims["tag"]]


def test_a_refresh_gives_new_tokens_of_the_same_session(scene: Scene) -> None:
    first = scene.sign_in()
    scene.clock.pass_by(minutes=9)
    second = scene.refresh(first["refresh_token"])

    assert second["refresh_token"] != first["refresh_token"]
    assert scene.sid(second) == scene.sid(first)
    assert scene.claims(second)["iat"] == scene.claims(first)["iat"] + 540
    assert second["refresh_expires_at"] == first["refresh_expires_at"]


def test_a_lost_answer_can_be_asked_for_again_within_the_grace(scene: Scene) -> None:
    first = scene.sign_in()
    second = scene.refresh(first["refresh_token"])
    scene.clock.pass_by(seconds=10)
    again = scene.refresh(first["refresh_token"])
    assert again["refresh_token"] == second["refresh_token"]
    assert scene.refresh(again["refresh_token"])


def test_a_used_token_ends_the_session_after_the_grace(scene: Scene) -> None:
    first = scene.sign_in()
    second = scene.refresh(first["refresh_token"])
    scene.clock.pass_by(seconds=10.1)
    with pytest.raises(SessionEnded):
        scene.refresh(first["refresh_token"])
    with pytest.raises(SessionEnded):
        scene.refresh(second["refresh_token"])
    assert scene.told == [(contract.SESSION_ENDED, {"sid": scene.sid(first)})]


def test_a_token_from_long_ago_ends_the_session_too(scene: Scene) -> None:
    first = current = scene.sign_in()
    for _ in range(5):
        scene.clock.pass_by(minutes=9)
        current = scene.refresh(current["refresh_token"])
    with pytest.raises(SessionEnded):
        scene.refresh(first["refresh_token"])
    with pytest.raises(SessionEnded):
        scene.refresh(current["refresh_token"])


@pytest.mark.parametrize("token", ["", "nonsense", "A" * 43, "a\x00b", "\ud800"])
def test_an_unknown_token_is_refused(scene: Scene, token: str) -> None:
    with pytest.raises(SessionEnded):
        scene.refresh(token)


def test_a_guest_is_signed_in_for_a_day_and_a_member_for_two_weeks(scene: Scene) -> None:
    guest = scene.sign_in()
    assert guest["refresh_expires_at"] == scene.clock.now + timedelta(days=1)
    people.update_person(scene.ctx, guest["person"]["id"], member=True)
    scene.clock.pass_by(minutes=9)
    member = scene.refresh(guest["refresh_token"])
    assert member["person"]["member"] is True
    assert member["refresh_expires_at"] == guest["refresh_expires_at"] + timedelta(days=13)
    assert scene.sign_in()["refresh_expires_at"] == scene.clock.now + timedelta(days=14)


def test_a_session_ends_with_its_time(scene: Scene) -> None:
    answer = scene.sign_in()
    scene.clock.pass_by(days=1, seconds=-60)
    last = scene.refresh(answer["refresh_token"])
    assert last["expires_at"] == last["refresh_expires_at"]
    scene.clock.pass_by(seconds=60)
    with pytest.raises(SessionEnded):
        scene.refresh(last["refresh_token"])


def test_signing_out_ends_the_session_and_tells_every_gateway(scene: Scene) -> None:
    answer = scene.sign_in()
    sid = scene.sid(answer)
    scene.sign_out(sid)
    scene.sign_out(sid)
    with pytest.raises(SessionEnded):
        scene.refresh(answer["refresh_token"])
    assert scene.told == [(contract.SESSION_ENDED, {"sid": sid})] * 2


def test_signing_out_of_one_device_leaves_the_other(scene: Scene) -> None:
    first = scene.sign_in()
    scene.clock.pass_by(minutes=1)
    second = scene.sign_in()
    scene.sign_out(scene.sid(first))
    assert scene.refresh(second["refresh_token"])


def test_signing_out_of_what_is_no_session_is_no_error(scene: Scene) -> None:
    scene.sign_out("unknown")
    assert scene.told == []


def test_ended_sessions_are_listed_as_long_as_their_tokens_may_live(scene: Scene) -> None:
    sid = scene.sid(scene.sign_in())
    assert sessions.list_ended_sessions(scene.ctx) == {"sids": []}
    scene.sign_out(sid)
    scene.clock.pass_by(minutes=9.9)
    forget_what_is_over(scene.ctx)
    assert sessions.list_ended_sessions(scene.ctx) == {"sids": [sid]}
    scene.clock.pass_by(minutes=0.2)
    assert sessions.list_ended_sessions(scene.ctx) == {"sids": []}


def test_a_refresh_has_the_roles_of_its_moment(scene: Scene) -> None:
    answer = scene.sign_in()
    admin = scene.admin()
    organizations.create_organization(scene.ctx, admin, SEOUL)
    organizations.set_member(scene.ctx, admin, "seoul", PHONE, "operator")
    answer = scene.refresh(answer["refresh_token"])
    assert scene.claims(answer)["orgs"] == answer["person"]["orgs"] == {"seoul": "operator"}

    organizations.remove_member(scene.ctx, admin, "seoul", answer["person"]["id"])
    scene.admin(PHONE)
    answer = scene.refresh(answer["refresh_token"])
    assert scene.claims(answer)["orgs"] == {}
    assert scene.claims(answer)["roles"] == answer["person"]["roles"] == ["admin"]


def test_a_refused_refresh_writes_nothing(scene: Scene) -> None:
    answer = scene.sign_in()
    scene.sign_out(scene.sid(answer))
    before = scene.rows(tables.refresh_token)
    with pytest.raises(SessionEnded):
        scene.refresh(answer["refresh_token"])
    assert scene.rows(tables.refresh_token) == before
