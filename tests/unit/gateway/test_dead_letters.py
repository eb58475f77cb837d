"""Dead letters over the API: for administrators, by the service that owns the queue."""

import pytest

from gateway.operations import KEEPERS
from services.ballots import contract as ballots
from services.common.errors import Unavailable
from services.common.operations.contract import LettersInHand, NotAdministrator
from services.notify import contract as notify

PATH = "/api/v1/dead-letters"
LETTER = {
    "id": "A" * 22,
    "queue": "ballots.cast",
    "reason": "failed",
    "error_type": "ValueError",
    "request_id": None,
    "attempts": 1,
    "bytes": 10,
    "items": 1,
    "died_at": None,
    "about": {"poll-1": 1},
    "discarding": False,
}
CHOSEN = {"queue": "ballots.cast", "ids": ["A" * 22]}


def listed(service, items):
    queue = {"queue": f"{service}.one", "count": len(items), "busy": False}
    return {"queues": [queue], "items": items, "discarded": []}


@pytest.fixture
def admin(guest, tokens):
    token = tokens.token(sub="person-3", sid="session-3", roles=["admin"])
    return guest.with_headers(Authorization=f"Bearer {token}")


@pytest.fixture(autouse=True)
def keepers(bus):
    """Every owner judges the actor itself."""
    for service, contract in KEEPERS.items():

        def listing(actor, service=service):
            if "admin" not in actor["roles"]:
                raise NotAdministrator
            return listed(service, [LETTER] if service == "ballots" else [])

        bus.on(contract.LIST_DEAD_LETTERS, listing)


def test_all_services_are_listed_together(admin):
    found = admin.get(PATH).json()
    assert found["items"] == [LETTER]
    assert {queue["queue"] for queue in found["queues"]} == {f"{service}.one" for service in KEEPERS}
    assert (found["unavailable"], found["next"]) == ([], None)


def test_a_service_that_is_away_hides_nothing_of_the_others(admin, bus):
    bus.on(notify.LIST_DEAD_LETTERS, Unavailable())
    found = admin.get(PATH).json()
    assert (found["items"], found["unavailable"]) == ([LETTER], ["notify"])


def test_only_administrators(guest, operator):
    assert guest.get(PATH).status_code == 401
    assert operator.get(PATH).status_code == 403


def test_the_owner_of_the_queue_handles_them(admin, bus):
    bus.on(ballots.REPLAY_DEAD_LETTERS, lambda ids, **_: {"done": ids, "left": []})
    bus.on(ballots.DISCARD_DEAD_LETTERS, lambda ids, **_: {"done": [], "left": ids})
    assert admin.post(f"{PATH}/replay", json=CHOSEN).json() == {"done": CHOSEN["ids"], "left": []}
    asked = {**CHOSEN, "reason": "damaged"}
    assert admin.post(f"{PATH}/discard", json=asked).json() == {"done": [], "left": CHOSEN["ids"]}
    name, arguments = bus.asked[-1]
    assert name == "ballots.discard_dead_letters"
    assert (arguments["reason"], arguments["actor"]["person_id"]) == ("damaged", "person-3")


def test_what_is_refused(admin, bus):
    assert admin.post(f"{PATH}/discard", json=CHOSEN).status_code == 422
    assert admin.post(f"{PATH}/discard", json={**CHOSEN, "reason": "  "}).status_code == 422
    assert admin.post(f"{PATH}/replay", json={**CHOSEN, "ids": []}).status_code == 422
    assert admin.post(f"{PATH}/replay", json={**CHOSEN, "queue": "other.queue"}).status_code == 404
    bus.on(ballots.REPLAY_DEAD_LETTERS, LettersInHand())
    busy = admin.post(f"{PATH}/replay", json=CHOSEN)
    assert (busy.status_code, busy.json()["code"]) == (409, "dead_letters_in_hand")
