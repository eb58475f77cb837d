"""Profiles through the API, and where coarse values of them go: into the pass request of a poll with a breakdown only."""

from pathlib import Path

import pytest

import gateway
from services.ballots import contract as ballots
from services.identity import contract as identity
from services.polls import contract as polls
from tests.unit.gateway import fakes
from tests.unit.gateway.test_api import problem

PROFILE = "/api/v1/me/profile"
TOLD = {"district": "mapo", "birth_year": 1990, "gender": None}
KEPT = {**TOLD, "consented_at": "2026-11-22T00:00:00Z"}
COARSE = {"district": "mapo", "age": "30"}


@pytest.fixture(autouse=True)
def working(bus):
    bus.on(identity.GET_PROFILE, KEPT)
    bus.on(identity.SET_PROFILE, KEPT)
    bus.on(identity.DELETE_PROFILE, None)
    bus.on(polls.ISSUE_PASSES, {"ballot_pass": "pass"})
    bus.on(ballots.CAST, lambda **item: fakes.receipt(item["poll_id"], item["ballot_id"]))


def test_a_member_tells_reads_and_withdraws(citizen, bus):
    assert citizen.get(PROFILE).json() == KEPT
    answer = citizen.put(PROFILE, json={**TOLD, "consent": True})
    assert (answer.status_code, answer.json()) == (200, KEPT)
    assert bus.last(identity.SET_PROFILE) == {"person_id": "person-1", "consent": True, **TOLD}
    assert citizen("DELETE", PROFILE).status_code == 204
    assert bus.last(identity.DELETE_PROFILE) == {"person_id": "person-1"}
    assert bus.times(identity.REFRESH_SESSION) == 0


@pytest.mark.parametrize("body", [TOLD, {**TOLD, "consent": False}, {"consent": True, "district": "busan"}])
def test_nothing_is_kept_without_consent_or_of_another_kind(citizen, bus, body):
    problem(citizen.put(PROFILE, json=body), 422, "invalid_input")
    assert bus.times(identity.SET_PROFILE) == 0


def test_guests_have_none(citizen, guest, bus):
    problem(guest.get(PROFILE), 401, "unauthenticated")
    bus.on(identity.SET_PROFILE, identity.NotAMember())
    problem(citizen.put(PROFILE, json={**TOLD, "consent": True}), 403, "not_a_member")


def test_a_browsers_session_has_the_new_profile_at_once(guest, application, bus, tokens):
    bus.on(identity.REFRESH_SESSION, fakes.session(tokens, profile=COARSE))
    token = tokens.token()
    csrf = application.state.sessions.by_bearer(token).session.csrf
    headers = {"Cookie": f"mvoting={token}; mvoting-refresh=refresh-1", "X-CSRF-Token": csrf}
    answer = guest.put(PROFILE, json={**TOLD, "consent": True}, headers=headers)
    assert answer.status_code == 200
    assert bus.last(identity.REFRESH_SESSION) == {"refresh_token": "refresh-1"}
    assert "mvoting-refresh=refresh-2" in "\n".join(answer.headers.get_list("set-cookie"))


def test_only_a_poll_with_a_breakdown_hears_of_the_profile(guest, bus, tokens):
    voter = guest.with_headers(Authorization=f"Bearer {tokens.token(profile=COARSE)}")
    ballot = {"ballot_id": "ballot-0123456789", "answers": {"q1": ["a"]}}
    broken_down = fakes.poll(id="poll-2", breakdown={"by": ["district"], "least": 10})
    bus.on(
        polls.GET_POLL, lambda poll_id, actor: broken_down if poll_id == "poll-2" else fakes.poll(id=poll_id)
    )
    for poll_id, sent in (("poll-1", None), ("poll-2", COARSE)):
        assert voter.post(f"/api/v1/polls/{poll_id}/ballots", json=ballot).status_code == 201
        assert bus.last(polls.ISSUE_PASSES).get("profile") == sent
        assert "mapo" not in str(bus.last(ballots.CAST))


def test_nobody_outside_can_ask_for_groups():
    """Counters of groups, and what their tags stand for, are for tally: no code of the gateway names these calls."""
    code = [path.read_text() for path in Path(gateway.__file__).parent.rglob("*.py")]
    assert len(code) > 50
    assert not [text for text in code if "COHORT" in text]
