"""Whatever one gateway was told or has done holds at the other."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from services.common.ids import new_id
from tests.fixtures.people import GENEROUS, City, Person, eventually, found_city

CODES = 4
PHONE = "+821079990001"
ENVIRON = {**GENEROUS, "IDENTITY_CODES_PER_NUMBER": str(CODES)}


@pytest.fixture(scope="module")
def stack(start_stack):
    return start_stack(environ=ENVIRON, gateways=2)


@pytest.fixture(scope="module")
def seoul(stack) -> Person:
    city: City = found_city(stack)
    return city.seoul


def at(person: Person, url: str) -> Person:
    """The same person, with the same session, at this gateway."""
    other = Person(url, person.phone)
    other.http.headers.update(person.http.headers)
    return other


def test_signing_out_at_one_ends_the_session_at_the_other(stack):
    one = Person(stack.urls[0]).sign_in()
    other = at(one, stack.urls[1])
    other.ask("GET", "/me")
    one.ask("POST", "/auth/sign-out", 204)
    eventually(lambda: other.http.get("/api/v1/me").status_code == 401, 2.0)


def test_codes_are_counted_for_both_together(stack):
    both = [Person(url, PHONE) for url in stack.urls]
    asked = [both[n % 2].http.post("/api/v1/auth/phone", json={"phone": PHONE}) for n in range(CODES + 1)]
    assert [answer.status_code for answer in asked] == [202] * CODES + [429]


def test_wrong_codes_are_counted_for_both_together(stack):
    one = Person(stack.urls[0])
    both = [one, at(one, stack.urls[1])]
    challenge = one.http.post("/api/v1/auth/phone", json={"phone": one.phone}).json()["challenge_id"]
    code = eventually(lambda: one.code_for(challenge))
    wrong = {"challenge_id": challenge, "code": f"{(int(code) + 1) % 1_000_000:06d}"}
    told = [both[n % 2].http.post("/api/v1/auth/phone/confirm", json=wrong).json()["code"] for n in range(12)]
    last = told.index("too_many_attempts")
    assert told == ["wrong_code"] * last + ["too_many_attempts"] * (len(told) - last)


def test_a_change_at_one_is_seen_at_the_other(stack, seoul):
    poll = seoul.open_poll("seoul")
    other, voter = at(seoul, stack.urls[1]), Person(stack.urls[0]).sign_in()
    assert seoul.ask("GET", f"/polls/{poll}")["state"] == "open"
    other.ask("POST", f"/polls/{poll}/close")
    refused = voter.cast(poll, {"q1": ["a"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "poll_not_open")
    eventually(lambda: Person(stack.urls[0]).ask("GET", f"/polls/{poll}")["state"] != "open", 5.0)


def test_password_tries_are_counted_for_both_together(stack, seoul):
    poll = seoul.open_poll("seoul", eligibility={"rule": "password", "password": "우리동네-2026"})
    voter = Person(stack.urls[0]).sign_in()
    both = [voter, at(voter, stack.urls[1])]
    told = [both[n % 2].cast(poll, {"q1": ["a"]}, password="wrong").json()["code"] for n in range(6)]
    assert told == ["wrong_password"] * 5 + ["too_many_tries"]


def test_results_stream_from_both(stack, seoul):
    poll = seoul.open_poll("seoul", results="live")

    def heard(url: str) -> bool:
        with httpx.stream("GET", f"{url}/api/v1/polls/{poll}/results/stream", timeout=20) as stream:
            return any('"voters":1' in line for line in stream.iter_lines())

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(heard, url) for url in stack.urls]
        assert Person(stack.urls[1]).sign_in().cast(poll, {"q1": ["a"]}).status_code == 201
        assert [one.result(30) for one in both] == [True, True]


def test_the_same_ballot_at_both_counts_once(stack, seoul):
    poll, ballot = seoul.open_poll("seoul"), new_id()
    voter = Person(stack.urls[0]).sign_in()
    people = [voter, at(voter, stack.urls[1])] * 4
    with ThreadPoolExecutor(len(people)) as pool:
        answers = list(pool.map(lambda person: person.cast(poll, {"q1": ["a"]}, ballot), people))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1


def test_what_one_has_accepted_both_can_tell_of(stack, seoul):
    """While no worker runs: 202 for both ballots of a voter. Then one counts, and the other is told why it does not."""
    poll = seoul.open_poll("seoul")
    voter = Person(stack.urls[0]).sign_in()
    worker = stack.supervisor.process("ballots-worker")
    worker.stop()
    try:
        with ThreadPoolExecutor(2) as pool:
            both = [voter, at(voter, stack.urls[1])]
            accepted = list(pool.map(lambda person: person.cast(poll, {"q1": ["a"]}), both))
        assert [answer.status_code for answer in accepted] == [202, 202]
        links = [answer.json()["status_url"] for answer in accepted]
        assert {told(url, link) for url in stack.urls for link in links} == {("pending", None)}
    finally:
        worker.start()
    outcomes = {("recorded", None), ("refused", "already_voted")}
    for url in stack.urls:
        eventually(lambda url=url: {told(url, link) for link in links} == outcomes)


def told(url: str, link: str) -> tuple[Any, Any]:
    found = httpx.get(f"{url}{link}").json()
    return found["status"], found.get("code")
