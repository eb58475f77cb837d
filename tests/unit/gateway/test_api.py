"""The API's surface: what it asks the services, what it answers, and how it refuses."""

import asyncio

import pytest

from services.common.errors import InternalError, InvalidInput
from services.identity import contract as identity
from services.notify import contract as notify
from services.polls import contract as polls
from services.tally import contract as tally
from tests.unit.gateway import fakes

DRAFT = {"title": "제목", "organization": "seoul"}


def problem(answer, status: int, code: str) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict = answer.json()
    assert (found["status"], found["code"]) == (status, code)
    assert found["detail"]
    return found


def test_a_poll_comes_from_memory(guest, bus):
    first, second = guest.get("/api/v1/polls/poll-1"), guest.get("/api/v1/polls/poll-1")
    assert first.json() == second.json() == fakes.poll()
    assert bus.times(polls.GET_POLL) == 1


def test_a_changed_poll_is_fetched_again(guest, bus):
    guest.get("/api/v1/polls/poll-1")
    bus.tell(polls.POLL_CHANGED, poll_id="poll-1")
    bus.on(polls.GET_POLL, fakes.poll(state="closed"))
    assert guest.get("/api/v1/polls/poll-1").json()["state"] == "closed"


def test_a_known_poll_is_shown_while_polls_is_away(guest, bus):
    guest.get("/api/v1/polls/poll-1")
    bus.tell(polls.POLL_CHANGED, poll_id="poll-1")
    del bus.answers[polls.GET_POLL.routing_key]
    assert guest.get("/api/v1/polls/poll-1").status_code == 200


def test_an_operator_sees_a_draft_that_is_not_kept(operator, guest, bus):
    bus.on(
        polls.GET_POLL, lambda poll_id, actor: fakes.poll(state="draft") if actor else polls.PollNotFound()
    )
    assert operator.get("/api/v1/polls/poll-1").json()["state"] == "draft"
    problem(guest.get("/api/v1/polls/poll-1"), 404, "poll_not_found")


def test_lists_pass_their_filters_on(guest, bus):
    bus.on(polls.LIST_POLLS, {"items": [], "next": None})
    answer = guest.get("/api/v1/polls", params={"state": "open", "q": "버스", "limit": "5", "mine": "true"})
    assert answer.json() == {"items": [], "next": None}
    asked = bus.last(polls.LIST_POLLS)
    assert asked == {"actor": None, "state": "open", "q": "버스", "limit": 5, "mine": True}


@pytest.mark.parametrize(
    ("query", "pointer"),
    [("state=wrong", "/state"), ("limit=0", "/limit"), ("limit=x", "/limit"), ("nope=1", "/nope")],
)
def test_a_wrong_query_is_named(guest, query, pointer):
    found = problem(guest.get(f"/api/v1/polls?{query}"), 422, "invalid_input")
    assert [each["pointer"] for each in found["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({**DRAFT, "colour": 1}, "/colour", "unknown_field"),
        ({**DRAFT, "title": 7}, "/title", "invalid"),
        ({"organization": "seoul"}, "/title", "required"),
        (
            {**DRAFT, "questions": [{"id": "q", "kind": "choice", "title": ""}]},
            "/questions/0/title",
            "length",
        ),
        ({**DRAFT, "closes_at": "2026-11-30T00:00:00"}, "/closes_at", "invalid"),
        ([], "", "invalid"),
        ("x", "", "invalid"),
    ],
)
def test_a_wrong_body_is_named_by_pointer(operator, bus, body, pointer, code):
    found = problem(operator.post("/api/v1/polls", json=body), 422, "invalid_input")
    assert (found["errors"][0]["pointer"], found["errors"][0]["code"]) == (pointer, code)
    assert bus.times(polls.CREATE_POLL) == 0


@pytest.mark.parametrize(
    "text", ["{", "", "\x00", '{"title": NaN}', '{"a": "\\ud800"}', "[" * 3000, "{'a': 1}"]
)
def test_malformed_json(operator, text):
    answer = operator.post("/api/v1/polls", content=text, headers={"Content-Type": "application/json"})
    problem(answer, 400, "malformed_json")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_another_media_type(operator, kind):
    answer = operator.post("/api/v1/polls", content=b"{}", headers={"Content-Type": kind})
    problem(answer, 415, "unsupported_media_type")
    assert answer.headers["accept"] == "application/json"


def test_a_complaint_of_polls_points_into_the_body(operator, bus):
    complaint = {"pointer": "/draft/eligibility/rule", "code": "unknown_rule", "params": {}}
    bus.on(polls.CREATE_POLL, InvalidInput([complaint]))
    found = problem(operator.post("/api/v1/polls", json=DRAFT), 422, "invalid_input")
    assert found["errors"][0]["pointer"] == "/eligibility/rule"


def test_an_oversize_body_is_refused_before_it_is_read(operator):
    async def never():
        yield pytest.fail("the body was read")

    answer = operator.post("/api/v1/polls", content=never(), headers={"Content-Length": "300000"})
    assert problem(answer, 413, "too_large")["limit"] == 262144


def test_a_body_that_does_not_say_its_size_is_cut_off(operator):
    async def endless():
        while True:
            yield b"x" * 100_000

    headers = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
    problem(operator.post("/api/v1/polls", content=endless(), headers=headers), 413, "too_large")


def test_no_such_address_and_no_such_method(guest):
    problem(guest.get("/api/v1/nothing"), 404, "not_found")
    answer = guest("DELETE", "/api/v1/polls")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("poll_id", ["%00", "a%2Fb", "x" * 100, "한글", "a b"])
def test_what_cannot_be_an_id_asks_nobody(guest, bus, poll_id):
    assert guest.get(f"/api/v1/polls/{poll_id}").status_code == 404
    assert not bus.asked


def test_an_error_nobody_declared_says_nothing(guest, bus):
    def broken(**_):
        raise RuntimeError("secret +821012345678")

    bus.on(polls.LIST_POLLS, broken)
    answer = guest.get("/api/v1/polls")
    problem(answer, 500, "internal")
    assert "secret" not in answer.text


def test_an_internal_error_of_a_service(guest, bus):
    bus.on(polls.LIST_POLLS, InternalError())
    problem(guest.get("/api/v1/polls"), 500, "internal")


def test_a_service_that_does_not_answer(guest):
    answer = guest.get("/api/v1/polls")
    problem(answer, 503, "unavailable")
    assert 1 <= int(answer.headers["retry-after"]) <= 3


def test_the_language_of_an_error(guest):
    korean, english = (
        guest.get("/api/v1/x"),
        guest.get("/api/v1/x", headers={"Accept-Language": "fr, en;q=0.8"}),
    )
    assert (korean.headers["content-language"], english.headers["content-language"]) == ("ko", "en")


def test_every_answer_has_its_request_id_and_security_headers(guest):
    answer = guest.get("/api/v1/polls/poll-1", headers={"X-Request-ID": "abcdefgh-1"})
    assert answer.headers["x-request-id"] == "abcdefgh-1"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    forged = guest.get("/api/v1/polls/poll-1", headers={"X-Request-ID": "bad id\t"})
    assert forged.headers["x-request-id"] != "bad id\t"


def test_signing_in_by_phone(guest, bus, tokens):
    challenge = {
        "challenge_id": "c",
        "expires_at": "2026-11-22T00:03:00Z",
        "resend_at": "2026-11-22T00:01:00Z",
    }
    bus.on(identity.START_CHALLENGE, challenge)
    assert guest.post("/api/v1/auth/phone", json={"phone": "010-1234-5678"}).status_code == 202
    assert bus.last(identity.START_CHALLENGE)["address"] == "127.0.0.1"
    bus.on(identity.CONFIRM_CHALLENGE, fakes.session(tokens))
    answer = guest.post("/api/v1/auth/phone/confirm", json={"challenge_id": "c", "code": "123456"})
    assert answer.json()["person"]["id"] == "person-1"
    bus.on(identity.CONFIRM_CHALLENGE, identity.WrongCode())
    problem(
        guest.post("/api/v1/auth/phone/confirm", json={"challenge_id": "c", "code": "1"}), 401, "wrong_code"
    )
    bus.on(identity.CONFIRM_CHALLENGE, identity.TooManyAttempts(retry_after=42))
    answer = guest.post("/api/v1/auth/phone/confirm", json={"challenge_id": "c", "code": "1"})
    problem(answer, 429, "too_many_attempts")
    assert answer.headers["retry-after"] == "42"


def test_renewing_a_session(guest, bus, tokens):
    bus.on(identity.REFRESH_SESSION, fakes.session(tokens))
    assert (
        guest.post("/api/v1/auth/refresh", json={"refresh_token": "r"}).json()["refresh_token"] == "refresh-2"
    )
    bus.on(identity.REFRESH_SESSION, identity.SessionEnded())
    problem(guest.post("/api/v1/auth/refresh", json={"refresh_token": "r"}), 401, "session_ended")


def test_me(citizen, guest, bus):
    assert citizen.get("/api/v1/me").json() == {**fakes.person(), "opt_out": False}
    bus.on(notify.GET_PREFERENCES, lambda **_: InternalError())
    assert citizen.get("/api/v1/me").json()["opt_out"] is None
    answer = guest.get("/api/v1/me")
    problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_changing_me(citizen, bus):
    bus.on(identity.UPDATE_PERSON, fakes.person(language="en"))
    bus.on(notify.SET_PREFERENCES, {"person_id": "person-1", "opt_out": True})
    assert citizen("PATCH", "/api/v1/me", json={"language": "en", "opt_out": True}).status_code == 200
    assert bus.last(identity.UPDATE_PERSON) == {"person_id": "person-1", "language": "en"}


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("open", polls.OPEN_POLL),
        ("close", polls.CLOSE_POLL),
        ("publish", polls.PUBLISH_POLL),
        ("cancel", polls.CANCEL_POLL),
        ("schedule", polls.SCHEDULE_POLL),
    ],
)
def test_states_change_and_memory_forgets(operator, bus, name, call):
    operator.get("/api/v1/polls/poll-1")
    bus.on(call, fakes.poll())
    assert operator.post(f"/api/v1/polls/poll-1/{name}").status_code == 200
    operator.get("/api/v1/polls/poll-1")
    assert bus.times(polls.GET_POLL) == 2
    bus.on(call, polls.WrongState(state="closed"))
    assert problem(operator.post(f"/api/v1/polls/poll-1/{name}"), 409, "wrong_state")["state"] == "closed"


def test_a_poll_is_scheduled_with_its_times(operator, bus):
    bus.on(polls.SCHEDULE_POLL, fakes.poll(state="scheduled"))
    times = {"opens_at": "2026-12-01T00:00:00Z", "closes_at": None}
    assert operator.post("/api/v1/polls/poll-1/schedule", json=times).json()["state"] == "scheduled"
    assert bus.last(polls.SCHEDULE_POLL)["opens_at"] == "2026-12-01T00:00:00Z"
    problem(operator.post("/api/v1/polls/poll-1/schedule", json={"opens_at": "soon"}), 422, "invalid_input")


def test_a_frozen_poll(operator, bus):
    bus.on(polls.UPDATE_POLL, polls.PollFrozen(fields=["title"]))
    found = problem(operator("PATCH", "/api/v1/polls/poll-1", json={"title": "x"}), 409, "poll_frozen")
    assert found["fields"] == ["title"]


def test_creations_may_be_sent_again(operator, bus):
    bus.on(
        polls.CREATE_POLL, lambda actor, draft, poll_id=None: fakes.poll(id=poll_id or "fresh", state="draft")
    )
    key = {"Idempotency-Key": "3f1c"}
    first = operator.post("/api/v1/polls", json=DRAFT, headers=key)
    again = operator.post("/api/v1/polls", json=DRAFT, headers=key)
    other = operator.post("/api/v1/polls", json={**DRAFT, "title": "다른"}, headers=key)
    assert first.status_code == 201
    assert first.json()["id"] == again.json()["id"] != other.json()["id"]
    assert first.headers["location"] == f"/api/v1/polls/{first.json()['id']}"
    assert operator.post("/api/v1/polls", json=DRAFT).json()["id"] == "fresh"
    problem(
        operator.post("/api/v1/polls", json=DRAFT, headers={"Idempotency-Key": "a b"}), 422, "invalid_input"
    )


def test_copies_may_be_sent_again(operator, citizen, bus):
    bus.on(polls.COPY_POLL, lambda actor, poll_id, new_id=None: fakes.poll(id=new_id, state="draft"))
    ids = {
        who.post("/api/v1/polls/poll-1/copy", headers={"Idempotency-Key": "k"}).json()["id"]
        for who in (operator,) * 2
    }
    assert len(ids) == 1
    other = citizen.post("/api/v1/polls/poll-1/copy", headers={"Idempotency-Key": "k"}).json()["id"]
    assert other not in ids


def test_an_organisation_may_be_sent_again(operator, bus):
    body = {"id": "seoul", "name_ko": "서울시", "name_en": "Seoul"}
    bus.on(identity.CREATE_ORGANIZATION, identity.OrganizationExists())
    bus.on(identity.LIST_ORGANIZATIONS, {"items": [body]})
    problem(operator.post("/api/v1/organizations", json=body), 409, "organization_exists")
    assert (
        operator.post("/api/v1/organizations", json=body, headers={"Idempotency-Key": "k"}).status_code == 201
    )
    changed = {**body, "name_en": "Other"}
    answer = operator.post("/api/v1/organizations", json=changed, headers={"Idempotency-Key": "k"})
    problem(answer, 409, "organization_exists")


def test_members(operator, bus):
    member = {"person_id": "p", "role": "operator", "phone_hint": "5678"}
    bus.on(identity.SET_MEMBER, member)
    body = {"phone": "01012345678", "role": "operator"}
    assert operator.put("/api/v1/organizations/seoul/members", json=body).json() == member
    bus.on(identity.REMOVE_MEMBER, lambda **_: None)
    assert operator("DELETE", "/api/v1/organizations/seoul/members/p").status_code == 204
    bus.on(identity.LIST_MEMBERS, identity.NotAllowed())
    problem(operator.get("/api/v1/organizations/seoul/members"), 403, "forbidden")


def test_results_and_their_embargo(guest, bus):
    assert guest.get("/api/v1/polls/poll-1/results").json()["voters"] == 285
    bus.on(
        tally.GET_RESULTS,
        {"poll_id": "poll-1", "state": "embargoed", "results": "after_close", "questions": []},
    )
    bus.tell(polls.POLL_CHANGED, poll_id="poll-1")
    assert "voters" not in guest.get("/api/v1/polls/poll-1/results").json()
    bus.on(tally.EXPORT_RESULTS, tally.ResultsEmbargoed(results="after_close"))
    problem(guest.get("/api/v1/polls/poll-1/results/export?format=csv"), 403, "results_embargoed")


def test_results_are_asked_for_once_a_second(guest, bus):
    for _ in range(5):
        guest.get("/api/v1/polls/poll-1/results")
    assert bus.times(tally.GET_RESULTS) == 1


def test_written_answers_are_for_the_operators(operator, guest, bus):
    bus.on(polls.GET_ROLL, fakes.roll())
    bus.on(tally.LIST_TEXTS, {"texts": ["버스"], "next": 500})
    path = "/api/v1/polls/poll-1/results/texts?question=q4"
    assert operator.get(path).json() == {"items": ["버스"], "next": "500"}
    operator.get(f"{path}&cursor=500")
    assert bus.last(tally.LIST_TEXTS)["start"] == 500
    for cursor in ("-1", "x", "9" * 30):
        problem(operator.get(f"{path}&cursor={cursor}"), 422, "invalid_input")
    problem(guest.get(path), 401, "unauthenticated")
    bus.on(polls.GET_ROLL, polls.NotAllowed())
    problem(operator.get(path), 403, "forbidden")


def test_subscriptions(citizen, guest, bus):
    bus.on(notify.SUBSCRIBE, {"subscribed": True})
    assert citizen.put("/api/v1/polls/poll-1/subscription").json() == {"subscribed": True}
    problem(citizen.put("/api/v1/polls/poll-2/subscription"), 404, "poll_not_found")
    problem(guest.put("/api/v1/polls/poll-1/subscription"), 401, "unauthenticated")


def test_the_delivery_report_is_its_operators(operator, bus):
    bus.on(polls.GET_ROLL, polls.NotAllowed())
    problem(operator.get("/api/v1/polls/poll-1/invitations"), 403, "forbidden")
    assert bus.times(notify.GET_DELIVERY_REPORT) == 0
    bus.on(polls.GET_ROLL, fakes.roll())
    bus.on(notify.GET_DELIVERY_REPORT, {"counts": {"invitation": {"sent": 3}}})
    assert operator.get("/api/v1/polls/poll-1/invitations").json()["counts"]["invitation"]["sent"] == 3


def test_keys_are_all_or_nothing(guest, bus):
    problem(guest.get("/api/v1/keys"), 503, "unavailable")
    from services.ballots import contract as ballots

    bus.on(ballots.GET_WITNESSES, {"witnesses": []})
    for call in (polls.GET_KEYS, ballots.GET_KEYS):
        bus.on(call, {"keys": []})
    problem(guest.get("/api/v1/keys"), 503, "unavailable")
    key = {"id": "tally-result-1", "use": "result", "algorithm": "Ed25519", "public_key": "A" * 43}
    bus.on(tally.GET_KEYS, {"keys": [key]})
    assert [key["id"] for key in guest.get("/api/v1/keys").json()["keys"]] == ["tally-result-1"]


def test_media(guest, application):
    application.state.objects.put("abc.webp", b"RIFF", "image/webp")
    application.state.objects.put("page.html", b"<script>", "text/html")
    answer = guest.get("/media/abc.webp")
    assert (answer.content, answer.headers["content-type"]) == (b"RIFF", "image/webp")
    assert "immutable" in answer.headers["cache-control"]
    for name in ("nothing.webp", "page.html", "../../etc/passwd", "%2e%2e/x", "abc.webp~type"):
        assert guest.get(f"/media/{name}").status_code == 404


def test_the_development_outbox_does_not_exist(guest):
    problem(guest.get("/dev/outbox"), 404, "not_found")


@pytest.mark.parametrize("environ", [{"MVOTING_ENV": "dev"}])
def test_the_development_outbox(guest, bus):
    bus.on(notify.LIST_OUTBOX, {"items": []})
    assert guest.get("/dev/outbox?to=01012345678").json() == {"items": []}
    assert bus.last(notify.LIST_OUTBOX) == {"to": "01012345678"}


def test_health(guest, bus):
    assert guest.get("/livez").status_code == 200
    assert guest.get("/readyz").status_code == 200
    bus.ready = False
    assert guest.get("/readyz").json()["missing"]["bus"] == "no connection"
    metrics = guest.get("/metrics").text
    assert "http_request_seconds" in metrics
    assert "poll-1" not in metrics


def test_the_try_out_page(guest):
    page = guest.get("/api/docs")
    assert page.status_code == 200
    assert "<script>" not in page.text
    assert " onclick" not in page.text
    assert guest.get("/api/docs.js").headers["content-type"].startswith("text/javascript")
    assert guest.get("/api/docs.css").headers["content-type"].startswith("text/css")


@pytest.mark.parametrize("environ", [{"GATEWAY_BODY_SECONDS": "0.1"}])
def test_a_body_that_does_not_come(operator):
    async def stuck():
        yield b"{"
        await asyncio.sleep(5)

    headers = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
    problem(operator.post("/api/v1/polls", content=stuck(), headers=headers), 408, "too_slow")
