"""The way of a ballot: what is refused, what is promised, and what is not."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.accepted import Acceptances
from gateway.app import Application, assemble
from gateway.bus import NotConfirmed, Pending
from gateway.routes.ballots import fits
from gateway.routes.schemas import BallotSchema
from gateway.settings import GatewaySettings
from services.ballots import contract as ballots
from services.common.contract import instance
from services.common.errors import InternalError, InvalidInput, Unavailable
from services.common.objects import LocalFolder
from services.polls import contract as polls
from tests.unit.gateway import fakes
from tests.unit.gateway.conftest import Client
from tests.unit.gateway.test_api import problem

URL = "/api/v1/polls/poll-1/ballots"
BALLOT = {"ballot_id": "ballot-0123456789", "answers": {"q1": ["a"]}}


@pytest.fixture(autouse=True)
def working(bus):
    bus.on(polls.ISSUE_PASSES, {"ballot_pass": "pass"})
    bus.on(ballots.CAST, lambda **item: fakes.receipt(item["poll_id"], item["ballot_id"]))


def test_a_ballot_gets_its_receipt(citizen, bus):
    answer = citizen.post(URL, json={**BALLOT, "evidence": {"password": "x"}})
    assert (answer.status_code, answer.json()) == (201, fakes.receipt())
    expected = {
        "poll_id": "poll-1",
        "tag": "tag-of-a-phone",
        "strength": "phone",
        "evidence": {"password": "x"},
    }
    assert bus.last(polls.ISSUE_PASSES) == {**expected, "channel": "api"}
    assert bus.last(ballots.CAST) == {"poll_id": "poll-1", "ballot_pass": "pass", **BALLOT}


@pytest.mark.parametrize("who", [polls.ISSUE_PASSES, ballots.CAST])
def test_a_ballot_sent_again_after_the_closing_gets_its_receipt(citizen, bus, who):
    late = {polls.ISSUE_PASSES: polls.PollNotOpen, ballots.CAST: ballots.PollNotOpen}[who]
    bus.on(who, late(state="closed"))
    bus.on(ballots.GET_STATUS, {"status": "unknown"})
    problem(citizen.post(URL, json=BALLOT), 409, "poll_not_open")
    bus.on(ballots.GET_STATUS, Unavailable())
    problem(citizen.post(URL, json=BALLOT), 409, "poll_not_open")
    bus.on(ballots.GET_STATUS, {"status": "recorded", "receipt": fakes.receipt()})
    answer = citizen.post(URL, json=BALLOT)
    assert (answer.status_code, answer.json()) == (201, fakes.receipt())


def test_nobody_looks_for_ballots_of_a_poll_that_has_not_opened(citizen, bus):
    bus.on(polls.ISSUE_PASSES, polls.PollNotOpen(state="scheduled"))
    problem(citizen.post(URL, json=BALLOT), 409, "poll_not_open")
    assert bus.times(ballots.GET_STATUS) == 0


def test_ballots_learns_nothing_of_the_person(citizen, bus):
    citizen.post(URL, json=BALLOT)
    assert set(bus.last(ballots.CAST)) == {"poll_id", "ballot_id", "answers", "ballot_pass"}


def test_casting_costs_no_call_once_the_poll_is_known(citizen, bus):
    for _ in range(10):
        citizen.post(URL, json=BALLOT)
    assert bus.times(polls.GET_POLL) == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"ballot_id": "short"}, "/ballot_id"),
        ({"ballot_id": "ballot-0123456789\n"}, "/ballot_id"),
        ({"ballot_id": 5}, "/ballot_id"),
        ({"ballot_id": None}, "/ballot_id"),
        ({"answers": []}, "/answers"),
        ({"answers": None}, "/answers"),
        ({"evidence": []}, "/evidence"),
        ({"evidence": {"password": {"x": 1}}}, "/evidence/password/value"),
        ({"colour": 1}, "/colour"),
    ],
)
def test_what_is_not_shaped_like_a_ballot(citizen, bus, change, pointer):
    found = problem(citizen.post(URL, json={**BALLOT, **change}), 422, "invalid_input")
    assert pointer in [each["pointer"] for each in found["errors"]]
    assert bus.times(polls.ISSUE_PASSES) == 0


@pytest.mark.parametrize(
    ("answers", "pointer", "code"),
    [
        ({}, "/answers/q1", "answer_missing"),
        ({"q1": []}, "/answers/q1", "too_few_choices"),
        ({"q1": ["a", "b"]}, "/answers/q1", "too_many_choices"),
        ({"q1": ["c"]}, "/answers/q1/0", "unknown_option"),
        ({"q1": "a"}, "/answers/q1", "not_a_list_of_options"),
        ({"q1": ["a"], "q2": 1}, "/answers/q2", "unknown_question"),
    ],
)
def test_answers_that_break_the_ballot_rules(citizen, bus, answers, pointer, code):
    found = problem(citizen.post(URL, json={**BALLOT, "answers": answers}), 422, "invalid_ballot")
    assert {"pointer": pointer, "code": code} in [
        {k: e[k] for k in ("pointer", "code")} for e in found["errors"]
    ]
    assert bus.times(polls.ISSUE_PASSES) == 0, "a wrong ballot uses nothing up"


SCRAPS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=20),
    st.lists(st.integers()),
    st.just("x" * 1001),
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "ballot_id": st.one_of(SCRAPS, st.from_regex(r"[A-Za-z0-9_-]{14,66}\n?", fullmatch=True)),
        "answers": st.one_of(SCRAPS, st.dictionaries(st.text(max_size=3), SCRAPS)),
        "evidence": st.one_of(SCRAPS, st.dictionaries(st.text(max_size=3), SCRAPS)),
        "other": SCRAPS,
    },
)


@given(BODIES)
def test_the_quick_check_is_the_schema(body):
    assert fits(body) == (not instance(BallotSchema).validate(body))


def test_what_was_sent_is_not_sent_back_whole(citizen):
    answers = {"q1": ["a"], **{f"{n}{'q' * 2000}": 1 for n in range(90)}}
    assert len(citizen.post(URL, json={**BALLOT, "answers": answers}).content) < 20_000


def test_only_who_is_signed_in(guest, bus):
    problem(guest.post(URL, json=BALLOT), 401, "unauthenticated")
    assert not bus.asked


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (polls.NotEligible(rule="roll"), 403),
        (polls.EvidenceNeeded(field="password"), 403),
        (polls.WrongPassword(tries_left=2), 403),
        (polls.TooManyTries(retry_after=60), 429),
        (polls.PollNotOpen(state="closed"), 409),
        (polls.PollNotFound(), 404),
    ],
)
def test_a_pass_that_is_refused(citizen, bus, error, status):
    bus.on(polls.ISSUE_PASSES, error)
    found = problem(citizen.post(URL, json=BALLOT), status, error.code)
    assert {key: found[key] for key in error.params} == error.params
    assert bus.times(ballots.CAST) == 0


def test_a_second_ballot(citizen, bus):
    bus.on(ballots.CAST, ballots.AlreadyVoted(recorded_at="2026-11-22T00:00:00Z"))
    assert (
        problem(citizen.post(URL, json=BALLOT), 409, "already_voted")["recorded_at"] == "2026-11-22T00:00:00Z"
    )


def test_ballots_checks_the_answers_again(citizen, bus):
    bus.on(ballots.CAST, InvalidInput([{"pointer": "/answers/q1", "code": "answer_missing", "params": {}}]))
    problem(citizen.post(URL, json=BALLOT), 422, "invalid_ballot")


@pytest.mark.parametrize(
    ("batch", "error"),
    [
        (polls.ISSUE_PASSES, Unavailable()),
        (polls.ISSUE_PASSES, InternalError()),
        (ballots.CAST, NotConfirmed()),
        (ballots.CAST, InternalError()),
        (ballots.CAST, ballots.InvalidPass()),
        (ballots.CAST, ballots.PollUnknown()),
    ],
)
def test_nothing_is_promised(citizen, bus, batch, error):
    bus.on(batch, error)
    answer = citizen.post(URL, json=BALLOT)
    problem(answer, 503, "try_again")
    assert 1 <= int(answer.headers["retry-after"]) <= 3
    bus.on(ballots.GET_STATUS, {"status": "unknown"})
    assert citizen.get(f"{URL}/{BALLOT['ballot_id']}").json() == {"status": "unknown"}


def test_a_confirmed_ballot_without_an_answer_is_pending(citizen, guest, bus):
    bus.on(ballots.CAST, Pending())
    answer = citizen.post(URL, json=BALLOT)
    assert answer.status_code == 202
    url = answer.json()["status_url"]
    assert answer.headers["location"] == url
    bus.on(ballots.GET_STATUS, {"status": "unknown"})
    assert guest.get(url).json() == {"status": "pending"}
    bus.on(ballots.GET_STATUS, {"status": "refused", "code": "already_voted"})
    assert guest.get(url).json() == {"status": "refused", "code": "already_voted"}
    bus.on(ballots.GET_STATUS, {"status": "recorded", "receipt": fakes.receipt(), "index": 3})
    assert guest.get(url).json() == {"status": "recorded", "receipt": fakes.receipt(), "index": 3}


def test_no_ballot_leaves_long_after_its_pass_was_asked_for(citizen, application, bus):
    now = [100.0]
    application.state.caster._clock = lambda: now[0]

    def slow(**_):
        now[0] += 2.1
        return {"ballot_pass": "pass"}

    bus.on(polls.ISSUE_PASSES, slow)
    problem(citizen.post(URL, json=BALLOT), 503, "try_again")
    assert bus.times(ballots.CAST) == 0


@pytest.mark.parametrize("state", ["draft", "scheduled", "closed", "published", "cancelled"])
def test_a_poll_that_is_not_open(citizen, bus, state):
    bus.on(polls.GET_POLL, fakes.poll(state=state))
    found = problem(citizen.post(URL, json=BALLOT), 409, "poll_not_open")
    assert (found["state"], found["closes_at"]) == (state, "2026-11-30T00:00:00Z")
    assert bus.times(polls.ISSUE_PASSES) == 0


def test_a_poll_that_has_just_opened(citizen, bus, monkeypatch):
    bus.on(polls.GET_POLL, fakes.poll(state="scheduled"))
    problem(citizen.post(URL, json=BALLOT), 409, "poll_not_open")
    bus.on(polls.GET_POLL, fakes.poll())
    monkeypatch.setattr("gateway.casting.NOT_OPEN_BELIEVED", 0.0)
    assert citizen.post(URL, json=BALLOT).status_code == 201


def test_polls_being_away_does_not_stop_casting_in_a_known_poll(citizen, bus):
    assert citizen.post(URL, json=BALLOT).status_code == 201
    bus.on(polls.GET_POLL, Unavailable())
    bus.tell(polls.POLL_CHANGED, poll_id="poll-1")
    assert citizen.post(URL, json=BALLOT).status_code == 201


def test_an_unknown_poll(citizen, bus):
    problem(citizen.post("/api/v1/polls/poll-2/ballots", json=BALLOT), 404, "poll_not_found")
    bus.on(polls.GET_POLL, Unavailable())
    problem(citizen.post("/api/v1/polls/poll-3/ballots", json=BALLOT), 503, "try_again")


def test_many_first_readers_ask_once(citizen, bus):
    async def together():
        posts = (citizen.http.post(URL, json={**BALLOT, "ballot_id": f"ballot-{n:010}"}) for n in range(50))
        return await asyncio.gather(*posts)

    answers = citizen.runner.run(together())
    assert {answer.status_code for answer in answers} == {201}
    assert bus.times(polls.GET_POLL) == 1


def test_any_gateway_says_pending_of_what_another_took(citizen, guest, bus, environ, tmp_path):
    bus.on(ballots.CAST, Pending())
    bus.on(ballots.GET_STATUS, {"status": "unknown"})
    url = citizen.post(URL, json=BALLOT).json()["status_url"]
    other = Client(guest.runner, assembled(environ, bus, tmp_path, b"k" * 32))
    assert other.get(url).json() == {"status": "pending"}
    assert other.get(url.partition("?")[0]).json() == {"status": "unknown"}
    stranger = Client(guest.runner, assembled(environ, bus, tmp_path, b"s" * 32))
    assert stranger.get(url).json() == {"status": "unknown"}


def assembled(environ, bus, folder, key):
    return Application(
        assemble(GatewaySettings.load(environ), bus, LocalFolder(folder / "media"), key, fakes.Tokens().keys)
    )


def test_a_note_is_good_for_one_ballot_and_for_a_quarter_of_an_hour():
    now = [1_000_000.7]
    acceptances = Acceptances(b"k" * 32, lambda: now[0])
    note = acceptances.note("poll-1", "ballot-1")
    assert acceptances.vouches(note, "poll-1", "ballot-1")
    for wrong in (("poll-2", "ballot-1"), ("poll-1", "ballot-2")):
        assert not acceptances.vouches(note, *wrong)
    for changed in (
        f"1{note}",
        note[:-1],
        note.upper(),
        "",
        ".",
        "1000000.",
        "9" * 5000,
        "\u0661." + note,
        note + "\u00e9",
    ):
        assert not acceptances.vouches(changed, "poll-1", "ballot-1")
    now[0] += 898.0
    assert acceptances.vouches(note, "poll-1", "ballot-1")
    now[0] += 2.0
    assert not acceptances.vouches(note, "poll-1", "ballot-1")
    now[0] -= 1000.0
    assert not acceptances.vouches(note, "poll-1", "ballot-1"), "from the future"


@pytest.mark.parametrize("ballot_id", ["x", "x" * 65, "ballot.0123456789"])
def test_the_status_of_what_cannot_be_a_ballot(guest, bus, ballot_id):
    answer = guest.get(f"{URL}/{ballot_id}")
    assert answer.status_code == 404 or answer.json() == {"status": "unknown"}
    assert bus.times(ballots.GET_STATUS) == 0
