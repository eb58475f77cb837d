"""The way of a ballot over pages, without a line of JavaScript."""

import pytest

from gateway.bus import NotConfirmed, Pending
from services.ballots import contract as ballots
from services.identity import contract as identity
from services.polls import contract as polls
from tests.unit.gateway import fakes
from tests.unit.pages.conftest import Tags, csrf_of, post

BALLOT = "ballot-0123456789abcd"
FILLED = {"ballot_id": BALLOT, "q.q1": "o4"}
PATH = "/polls/simple"


def test_a_ballot_is_confirmed_and_cast(citizen, bus):
    page = citizen.post(f"{PATH}/confirm", data={"csrf_token": csrf_of(citizen), **FILLED})
    assert page.status_code == 200
    assert "주관적 평가" in page.text
    fields = {name: values[0] for name, values in Tags(page.text).fields().items()}
    assert fields["ballot_id"] == BALLOT
    done = citizen.post(f"{PATH}/ballots", data=fields)
    assert (done.status_code, done.headers["location"]) == (303, f"{PATH}/ballots/{BALLOT}")
    assert bus.last(ballots.CAST)["answers"] == {"q1": ["o4"]}


def test_every_kind_of_question_is_read(citizen, bus):
    filled = {
        "ballot_id": BALLOT,
        "q.q1": "o1",
        "q.q2": "abstain",
        "q.q3.o1": "5",
        "q.q3.o2": "1",
        "q.q4": " 좋습니다 ",
        "q.q5": ["o1", "o3"],
        "q.q6.o1": "77",
        "q.q6.o2": "0",
        "q.unknown": "x",
    }
    assert post(citizen, "/polls/open/ballots", filled).status_code == 303
    assert bus.last(ballots.CAST)["answers"] == {
        "q1": ["o1"],
        "q2": "abstain",
        "q3": {"o1": 5, "o2": 1},
        "q4": " 좋습니다 ",
        "q5": ["o1", "o3"],
        "q6": {"o1": 77, "o2": 0},
    }


def test_what_is_wrong_stands_beside_its_field_and_what_was_entered_is_kept(citizen, bus):
    filled = {"ballot_id": BALLOT, "q.q1": "o1", "q.q3.o1": "9", "q.q3.o2": "2", "q.q4": "그대로"}
    page = post(citizen, "/polls/open/confirm", filled)
    assert page.status_code == 422
    assert 'href="#q-q2"' in page.text
    assert 'href="#q-q3-o1"' in page.text
    assert "1점에서 5점까지" in page.text
    assert "그대로</textarea>" in page.text
    assert f'value="{BALLOT}"' in page.text
    assert not bus.times(ballots.CAST)


def test_going_back_to_change_keeps_the_choice(citizen):
    page = post(citizen, f"{PATH}/confirm", {**FILLED, "do": "edit"})
    assert page.status_code == 200
    assert (
        "input",
        {"class": "stamp", "type": "radio", "name": "q.q1", "value": "o4", "checked": None},
    ) in Tags(page.text).tags


def test_a_guests_ballot_is_carried_through_sign_in(guest, bus, tokens):
    bus.on(
        identity.START_CHALLENGE,
        {"challenge_id": "c1", "expires_at": "2026-11-22T00:03:00Z", "resend_at": "2026-11-22T00:00:30Z"},
    )
    bus.on(identity.CONFIRM_CHALLENGE, fakes.session(tokens))
    asked = guest.post(f"{PATH}/confirm", data=FILLED)
    fields = {name: values[0] for name, values in Tags(asked.text).fields().items()}
    assert fields["next"] == PATH
    code = guest.post("/sign-in", data={**fields, "phone": "010-1234-5678"})
    fields = {name: values[0] for name, values in Tags(code.text).fields().items()}
    confirmed = guest.post("/sign-in/code", data={**fields, "code": "123 456"})
    assert confirmed.status_code == 200
    assert "주관적 평가" in confirmed.text
    assert "mvoting=" in confirmed.headers["set-cookie"]
    assert bus.last(identity.CONFIRM_CHALLENGE)["code"] == "123456"
    fields = {name: values[0] for name, values in Tags(confirmed.text).fields().items()}
    assert (fields["ballot_id"], fields["q.q1"]) == (BALLOT, "o4")
    citizen = guest.with_headers(Cookie=f"mvoting={tokens.token()}")
    assert citizen.post(f"{PATH}/ballots", data=fields).status_code == 303


CARRIED = {"challenge_id": "c1", "ballot_of": "simple", "ballot_id": BALLOT, "q.q1": "o4"}


def test_a_wrong_code_keeps_the_ballot(guest, bus):
    bus.on(identity.CONFIRM_CHALLENGE, identity.WrongCode())
    form = {"expires_at": "nonsense", "code": "1", "next": "//evil", **CARRIED}
    page = guest.post("/sign-in/code", data=form)
    assert page.status_code == 401
    fields = Tags(page.text).fields()
    assert {name: fields[name][0] for name in CARRIED} == CARRIED
    assert set(fields["next"]) == {"/"}


def test_a_carried_ballot_is_checked_anew(guest, bus, tokens):
    bus.on(identity.CONFIRM_CHALLENGE, fakes.session(tokens))
    page = guest.post("/sign-in/code", data={**CARRIED, "code": "123456", "q.q1": "o9"})
    assert page.status_code == 422
    assert "없는 보기입니다" in page.text


def test_a_ballot_for_no_poll_is_not_found(guest, bus, tokens):
    bus.on(identity.CONFIRM_CHALLENGE, fakes.session(tokens))
    assert guest.post("/sign-in/code", data={**CARRIED, "ballot_of": "../x"}).status_code == 404


def test_a_second_try_says_when_the_first_was_recorded(citizen, bus):
    bus.on(ballots.CAST, ballots.AlreadyVoted(recorded_at="2026-11-21T23:41:00Z"))
    page = post(citizen, f"{PATH}/ballots", FILLED)
    assert page.status_code == 409
    assert "이미 투표하셨습니다" in page.text
    assert "2026년 11월 22일 (일) 08:41" in page.text


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (polls.EvidenceNeeded(field="password"), 403, "투표 비밀번호를 입력해 주십시오."),
        (polls.WrongPassword(tries_left=2), 403, "남은 횟수: 2번"),
        (polls.TooManyTries(retry_after=600), 429, "10분 후에"),
        (polls.NotEligible(rule="roll"), 403, "선거인명부에 등록된"),
        (polls.PollNotOpen(state="closed", closes_at="2026-11-22T00:00:00Z"), 409, "투표가 마감되었습니다"),
    ],
)
def test_a_refusal_by_polls_is_explained(citizen, bus, error, status, said):
    bus.on(polls.ISSUE_PASSES, error)
    bus.on(ballots.GET_STATUS, {"status": "unknown"})
    page = post(citizen, "/polls/guarded/ballots", {**FILLED, "evidence.password": "secret-word"})
    assert page.status_code == status
    assert said in page.text
    assert "secret-word" not in page.text


def test_a_busy_service_is_asked_again_with_the_same_ballot(citizen, bus):
    bus.on(ballots.CAST, NotConfirmed())
    page = post(citizen, f"{PATH}/ballots", FILLED)
    assert page.status_code == 503
    assert page.headers["retry-after"]
    assert "data-retry=" in page.text
    fields = Tags(page.text).fields()
    assert (fields["ballot_id"], fields["q.q1"]) == ([BALLOT], ["o4"])


def test_a_pending_ballot_waits_on_its_own_page(citizen, bus):
    bus.on(ballots.CAST, Pending())
    bus.on(ballots.GET_STATUS, {"status": "unknown"})
    done = post(citizen, f"{PATH}/ballots", FILLED)
    assert done.status_code == 303
    page = citizen.get(done.headers["location"])
    assert "투표를 기록하고 있습니다" in page.text
    assert "data-waiting" in page.text


@pytest.mark.parametrize(
    ("code", "said"), [("already_voted", "먼저 기록된 투표만 반영"), ("poll_not_open", "투표할 수 없습니다")]
)
def test_a_ballot_that_was_refused_while_it_waited_says_why(citizen, bus, code, said):
    bus.on(ballots.CAST, Pending())
    bus.on(ballots.GET_STATUS, {"status": "refused", "code": code})
    page = citizen.get(post(citizen, f"{PATH}/ballots", FILLED).headers["location"])
    assert page.status_code == 200
    assert said in page.text
    assert "data-waiting" not in page.text


def test_an_unknown_ballot_says_so(guest, bus):
    bus.on(ballots.GET_STATUS, {"status": "unknown"})
    assert guest.get(f"{PATH}/ballots/{BALLOT}").status_code == 404


def test_a_receipt_is_a_page_and_a_file(guest):
    page = guest.get(f"{PATH}/ballots/{BALLOT}")
    assert "투표 확인증" in page.text
    assert BALLOT in page.text
    file = guest.get(f"{PATH}/ballots/{BALLOT}?download=1")
    assert file.json()["ballot_id"] == BALLOT
    assert "attachment" in file.headers["content-disposition"]


def test_a_forged_form_is_refused(citizen, bus):
    assert citizen.post(f"{PATH}/ballots", data=FILLED).status_code == 403
    assert citizen.post(f"{PATH}/ballots", data={**FILLED, "csrf_token": "x"}).status_code == 403
    assert not bus.times(ballots.CAST)


def test_a_ballot_number_that_is_none_of_ours_is_replaced(citizen, bus):
    post(citizen, f"{PATH}/ballots", {**FILLED, "ballot_id": "<script>"})
    assert bus.last(ballots.CAST)["ballot_id"] != "<script>"


def test_a_ballot_for_a_closed_poll_is_not_confirmed(citizen):
    filled = {"q.q1": "o1", "q.q2": "yes", "q.q3.o1": "1", "q.q3.o2": "1", "ballot_id": BALLOT}
    assert post(citizen, "/polls/closed/confirm", filled).status_code == 409
