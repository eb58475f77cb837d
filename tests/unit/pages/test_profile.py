"""A member's own page about what they tell of themselves, and the ballot's page about what is counted."""

import pytest

from services.identity import contract as identity
from services.polls import contract as polls
from tests.unit.gateway import fakes
from tests.unit.pages import samples
from tests.unit.pages.conftest import Tags, signed_in

EMPTY = {"district": None, "birth_year": None, "gender": None, "consented_at": None}
KEPT = {"district": "mapo", "birth_year": 1990, "gender": None, "consented_at": "2026-11-22T00:00:00Z"}
COARSE = {"district": "mapo", "age": "30"}


@pytest.fixture
def member(guest, bus, tokens):
    bus.on(identity.GET_PERSON, fakes.person(member=True))
    bus.on(identity.GET_PROFILE, EMPTY)
    bus.on(identity.UPDATE_PERSON, fakes.person())
    bus.on(identity.SET_PROFILE, KEPT)
    bus.on(identity.DELETE_PROFILE, None)
    bus.on(identity.REFRESH_SESSION, fakes.session(tokens, profile=COARSE))
    return guest.with_headers(Cookie=f"mvoting={tokens.token()}; mvoting-refresh=refresh-1")


def send(member, **fields):
    token = Tags(member.get("/me").text).fields()["csrf_token"][0]
    return member.post("/me/profile", data={"csrf_token": token, **fields})


def test_a_member_is_told_what_it_is_for_and_that_it_is_voluntary(member):
    page = Tags(member.get("/me").text)
    for words in (
        "(선택)",
        "알리지 않아도 똑같이 투표하실 수 있습니다",
        "동의를 철회하시면 바로 삭제",
        "마포구",
    ):
        assert words in page.text
    assert "동의를 철회하고 삭제" not in page.text


def test_what_is_told_is_kept_with_consent_and_the_session_renewed(member, bus):
    answer = send(member, district="mapo", birth_year=" 1990 ", gender="", consent="yes")
    assert (answer.status_code, answer.headers["location"]) == (303, "/me?saved=1#profile")
    told = {"district": "mapo", "birth_year": 1990, "gender": None}
    assert bus.last(identity.SET_PROFILE) == {"person_id": "person-1", "consent": True, **told}
    assert "mvoting-refresh=refresh-2" in "\n".join(answer.headers.get_list("set-cookie"))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"district": "mapo"}, "저장하려면 동의해 주십시오."),
        ({"birth_year": "어제", "consent": "yes"}, "태어난 해를 1985와 같이"),
        ({"birth_year": "99999", "consent": "yes"}, "태어난 해를 1985와 같이"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_kept(member, bus, fields, sentence):
    answer = send(member, **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert bus.times(identity.SET_PROFILE) == 0


def test_consent_is_withdrawn(member, bus):
    bus.on(identity.GET_PROFILE, KEPT)
    assert "동의를 철회하고 삭제" in member.get("/me").text
    assert send(member, action="delete").status_code == 303
    assert bus.last(identity.DELETE_PROFILE) == {"person_id": "person-1"}
    assert bus.times(identity.REFRESH_SESSION) == 1


def test_a_guest_is_told_to_become_a_member(guest, tokens):
    page = signed_in(guest, tokens.token()).get("/me").text
    assert "회원만 저장할 수 있습니다" in page
    assert 'action="/me/profile"' not in page


def test_the_ballot_says_what_is_counted_of_the_voter(guest, bus, tokens):
    breakdown = {"by": ["district", "age", "gender", "channel"], "least": 10}
    bus.on(polls.GET_POLL, lambda poll_id, actor: {**samples.poll("open"), "breakdown": breakdown})
    anybody = guest.get("/polls/open").text
    assert "자치구, 나이, 성별, 참여 방법" in " ".join(anybody.split()).replace(" ,", ",")
    assert "나의 집계 정보" not in anybody
    own = signed_in(guest, tokens.token(profile=COARSE)).get("/polls/open").text
    for words in ("나의 집계 정보", "마포구", "30~39세", "알리지 않음", 'href="/me#profile"'):
        assert words in own


def test_a_poll_without_breakdown_says_nothing_of_it(guest, tokens):
    assert "나의 집계 정보" not in signed_in(guest, tokens.token(profile=COARSE)).get("/polls/open").text
