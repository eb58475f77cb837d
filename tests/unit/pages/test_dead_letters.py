"""The administrator's page of messages that could not be handled."""

import pytest

from services.ballots import contract as ballots
from services.common.errors import Unavailable
from services.common.operations.contract import LettersInHand
from services.tally import contract as tally
from tests.unit.pages import samples
from tests.unit.pages.conftest import Tags, post

PAGE = "/admin/dead-letters"
CHOSEN = {"queue": "ballots.cast", "id": [samples.LETTER["id"]]}


def test_it_shows_letters_why_they_are_there_and_what_was_discarded(admin):
    text = Tags(admin.get(PAGE).text).text
    for said in ("A" * 22, "B" * 22, "ValueError", "손상된 메시지", "다른 사람이 지금"):
        assert said in text


@pytest.mark.parametrize("who", ["operator", "citizen"])
def test_others_neither_see_nor_handle_them(who, request, bus):
    client = request.getfixturevalue(who)
    assert client.get(PAGE).status_code == 403
    assert post(client, PAGE, {**CHOSEN, "action": "replay"}).status_code == 403
    assert not [name for name, _ in bus.asked if "dead_letters" in name]


def test_chosen_ones_are_handled_again(admin, bus):
    bus.on(ballots.REPLAY_DEAD_LETTERS, lambda ids, **_: {"done": ids, "left": []})
    answer = post(admin, PAGE, {**CHOSEN, "action": "replay", "reason": ""})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?done=replay&n=1&left=0")


def test_discarding_needs_a_reason_and_keeps_what_was_entered(admin, bus):
    bus.on(ballots.DISCARD_DEAD_LETTERS, lambda ids, reason, **_: {"done": ids, "left": []})
    refused = post(admin, PAGE, {**CHOSEN, "action": "discard", "reason": " "})
    assert refused.status_code == 422
    page = Tags(refused.text)
    [box] = [a for tag, a in page.tags if tag == "input" and a.get("value") == CHOSEN["id"][0]]
    assert "checked" in box
    assert ("a", {"href": "#reason-ballots.cast"}) in page.tags
    done = post(admin, PAGE, {**CHOSEN, "action": "discard", "reason": "손상된 메시지"})
    assert done.headers["location"] == f"{PAGE}?done=discard&n=1&left=0"


def test_what_cannot_be_done_is_said(admin, bus):
    assert post(admin, PAGE, {"queue": "ballots.cast", "action": "replay"}).status_code == 422
    assert post(admin, PAGE, {**CHOSEN, "queue": "nobody.here", "action": "replay"}).status_code == 404

    def busy(**_):
        raise LettersInHand

    bus.on(ballots.REPLAY_DEAD_LETTERS, busy)
    assert post(admin, PAGE, {**CHOSEN, "action": "replay"}).status_code == 409


def test_a_service_that_does_not_answer_is_named(admin, bus):
    def away(**_):
        raise Unavailable

    bus.on(tally.LIST_DEAD_LETTERS, away)
    text = admin.get(PAGE).text
    assert "tally" in text
    assert "A" * 22 in text


def test_an_operator_learns_why_a_closed_poll_has_no_final_result(operator, admin, bus):
    bus.on(ballots.GET_SEALING, samples.sealing(dead_letters=3))
    said = "처리하지 못한 메시지 때문에"
    assert said in operator.get("/console/polls/closed").text
    assert f'href="{PAGE}"' not in operator.get("/console/polls/closed").text
    assert said not in operator.get("/console/polls/certified").text
    bus.on(ballots.GET_SEALING, samples.sealing())
    assert said not in operator.get("/console/polls/closed").text
