"""What becomes of messages: each once, within wishes and budget, whatever providers and replicas do."""

import threading

import pytest

from services.common.errors import Unavailable
from services.notify import domain
from services.notify.domain import Rejected, Retryable, Sent, Unknown
from services.notify.sending import MESSAGES
from tests.component.notify.scene import PHONE, raising

OTHER = "+821022223333"


def test_a_code_goes_out_at_once_and_leaves_no_trace_of_itself(scene):
    scene.town.add_challenge("c1")
    assert scene.ask_code("c1") == domain.SENT
    assert [(sent.to, sent.code) for sent in scene.carrier.sent] == [(PHONE, "123456")]
    assert PHONE not in scene.stored_text()
    assert "123456" not in scene.stored_text()
    assert scene.rows()[0]["recipient_hash"] == scene.addresses.hash(PHONE)


def test_the_same_challenge_is_sent_once_however_often_the_event_comes(scene):
    scene.town.add_challenge("c1")
    assert [scene.ask_code("c1") for _ in range(3)] == [domain.SENT, None, None]
    assert len(scene.carrier.sent) == 1


def test_a_code_that_is_no_longer_wanted_is_not_sent(scene):
    scene.town.add_challenge("c1", phone=None)
    scene.ask_code("c1")
    scene.ask_code("unknown")
    assert scene.states() == [domain.FAILED, domain.FAILED]
    assert scene.carrier.keys == []


def test_a_code_waits_while_identity_is_away(scene):
    scene.town.add_challenge("c1")
    scene.town.away = Unavailable
    assert scene.ask_code("c1") is None
    assert scene.states() == [domain.QUEUED]
    scene.town.away = None
    scene.pass_time(2)
    scene.send()
    assert scene.states() == [domain.SENT]


@pytest.mark.parametrize("fault", [Unknown("no_answer"), RuntimeError("bug")])
def test_nothing_is_sent_again_when_the_provider_may_have_taken_it(scene, fault):
    scene.town.add_challenge("c1")
    scene.town.add_poll("p1")
    scene.carrier.reaction = raising(fault)
    scene.ask_code("c1")
    scene.invite("p1", OTHER)
    scene.send()
    scene.carrier.reaction = None
    for _ in range(3):
        scene.pass_time(3600)
        scene.keep_house()
        scene.send()
    assert scene.states() == [domain.UNKNOWN, domain.UNKNOWN]
    assert len(scene.carrier.keys) == 2
    assert scene.rows()[1]["address"] is None


def test_what_was_surely_not_taken_is_sent_later(scene):
    scene.town.add_poll("p1")
    scene.invite("p1", PHONE)
    scene.carrier.reaction = raising(Retryable("http_503"))
    scene.send()
    assert scene.states() == [domain.QUEUED]
    assert scene.spent() == 0
    scene.carrier.reaction = None
    assert scene.send() == 0, "not before its time"
    scene.pass_time(11)
    scene.send()
    assert scene.states() == [domain.SENT]
    assert scene.carrier.keys[0] == scene.carrier.keys[1]


def test_attempts_are_bounded(scene):
    scene.town.add_poll("p1")
    scene.invite("p1", PHONE)
    scene.carrier.reaction = raising(Retryable("unreachable"))
    for _ in range(6):
        scene.send()
        scene.pass_time(3600)
    assert len(scene.carrier.keys) == 3
    row = scene.rows()[0]
    assert (row["state"], row["reason"], row["address"]) == (domain.FAILED, "unreachable", None)
    assert scene.spent() == 0


def test_a_refused_message_costs_nothing_and_is_not_tried_again(scene):
    scene.town.add_poll("p1")
    scene.invite("p1", PHONE)
    scene.carrier.reaction = raising(Rejected("http_400"))
    scene.send()
    scene.pass_time(3600)
    scene.send()
    assert scene.states() == [domain.FAILED]
    assert scene.spent() == 0


def test_an_invitation_keeps_its_address_encrypted_and_only_until_it_is_sent(scene):
    scene.town.add_poll("p1", "scheduled", "소형 따릉이 명칭 선정")
    scene.invite("p1", PHONE)
    waiting = scene.rows()[0]
    assert waiting["address"]
    assert PHONE not in scene.stored_text()
    scene.send()
    assert scene.rows()[0]["address"] is None
    sent = scene.carrier.sent[0]
    assert sent.to == PHONE
    assert "소형 따릉이 명칭 선정" in sent.text
    assert "https://mvoting.example/polls/p1" in sent.text


@pytest.mark.parametrize("state", ["closed", "published", "cancelled", None])
def test_nobody_is_invited_to_what_is_over_or_unknown(scene, state):
    if state:
        scene.town.add_poll("p1", state)
    scene.invite("p1", PHONE)
    scene.send()
    assert scene.states() == [domain.FAILED]
    assert scene.carrier.keys == []


def test_one_invitation_a_phone_and_poll(scene):
    scene.town.add_poll("p1")
    scene.town.add_poll("p2")
    assert scene.invite("p1", PHONE, "010-1234-5678", OTHER) == {"queued": 2, "repeated": 1, "opted_out": 0}
    assert scene.invite("p1", PHONE, job_id="job-2") == {"queued": 0, "repeated": 1, "opted_out": 0}
    assert scene.invite("p2", PHONE, job_id="job-3") == {"queued": 1, "repeated": 0, "opted_out": 0}
    scene.send()
    assert len(scene.carrier.sent) == 3


def test_a_job_repeated_after_a_lost_answer_gets_the_same_answer(scene):
    first = scene.invite("p1", PHONE, OTHER)
    assert scene.invite("p1", PHONE, OTHER) == first
    assert len(scene.rows()) == 2


def test_announcements_reach_those_who_asked_with_a_link_and_no_result(scene):
    for person, phone in (("a", PHONE), ("b", OTHER)):
        scene.town.add_person(person, phone, "en" if person == "b" else "ko")
        scene.wishes.subscribe(person, "p1")
    scene.wishes.subscribe("gone", "p1")
    scene.wishes.subscribe("a", "another-poll")
    assert scene.publish("p1") == 3
    assert scene.publish("p1") == 0, "a repeated event adds nothing"
    scene.send()
    assert sorted(scene.states()) == [domain.FAILED, domain.SENT, domain.SENT]
    korean, english = sorted(scene.carrier.sent, key=lambda sent: sent.to)
    assert korean.text.startswith("[엠보팅]")
    assert english.text.startswith("[mVoting]")
    assert "%" not in korean.text
    assert scene.town.asked.count("get_addresses") == 1


def test_an_event_alone_publishes_nothing(scene):
    scene.town.add_person("a")
    scene.wishes.subscribe("a", "p1")
    scene.publish("p1")
    scene.town.add_poll("p1", "closed")
    scene.send()
    assert scene.carrier.keys == []


def test_opting_out_stops_everything_but_codes(scene):
    scene.town.add_person("a")
    scene.town.add_poll("p1")
    scene.wishes.subscribe("a", "p1")
    scene.invite("p1", PHONE)
    scene.opt_out("a")
    assert scene.invite("p1", PHONE, OTHER, job_id="job-2") == {"queued": 1, "repeated": 0, "opted_out": 1}
    scene.send()
    scene.publish("p1")
    scene.send()
    scene.town.add_challenge("c1")
    scene.ask_code("c1")
    assert [(sent.kind, sent.to) for sent in scene.carrier.sent] == [
        (domain.INVITATION, OTHER),
        (domain.CODE, PHONE),
    ]
    assert scene.queue.report("p1") == {
        "invitation": {"opted_out": 1, "sent": 1},
        "announcement": {"opted_out": 1},
    }


def test_opting_in_again_is_possible(scene):
    scene.town.add_person("a")
    scene.opt_out("a")
    scene.opt_out("a", opt_out=False)
    scene.town.add_poll("p1")
    scene.invite("p1", PHONE)
    scene.send()
    assert scene.states() == [domain.SENT]


def test_above_the_daily_cap_messages_wait_for_the_next_korean_day(scene):
    replica = scene.another(other=25)
    scene.town.add_poll("p1")
    scene.invite("p1", *(f"+82102222{n:04}" for n in range(4)))
    held = MESSAGES.labels("invitation", "carrier", "held")._value.get()
    replica.send()
    assert replica.states() == [domain.SENT, domain.SENT, domain.HELD, domain.HELD]
    assert scene.spent() == 20
    assert MESSAGES.labels("invitation", "carrier", "held")._value.get() == held + 2
    assert all(row["address"] for row in replica.rows()[2:])
    replica.keep_house()
    assert replica.send() == 0
    for row in replica.rows()[2:]:
        assert domain.korean_day(row["next_try_at"]) > domain.korean_day(scene.queue.now())
    scene.pass_time(24 * 3600)
    scene.keep_house()
    scene.send()
    assert scene.states() == [domain.SENT] * 4


def test_codes_have_a_cap_of_their_own(scene):
    replica = scene.another(codes=10, other=0)
    for challenge in ("c1", "c2"):
        scene.town.add_challenge(challenge)
        replica.ask_code(challenge)
    assert [(row["state"], row["reason"]) for row in scene.rows()] == [
        (domain.SENT, None),
        (domain.FAILED, "cost_cap"),
    ]


def test_codes_go_before_everything_else(scene):
    scene.town.add_poll("p1")
    scene.invite("p1", *(f"+82102222{n:04}" for n in range(5)))
    scene.town.add_challenge("c1")
    scene.queue.enqueue([domain.NewMessage(domain.CODE, domain.code_key("c1"), challenge_id="c1")])
    scene.send()
    assert scene.carrier.sent[0].kind == domain.CODE


def test_replicas_never_send_the_same_message_twice(scene):
    scene.town.add_poll("p1")
    scene.invite("p1", *(f"+82102222{n:04}" for n in range(60)))
    replicas = [scene.another(batch=7) for _ in range(3)]
    threads = [threading.Thread(target=replica.send) for replica in replicas]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(scene.carrier.sent) == 60
    assert len({sent.to for sent in scene.carrier.sent}) == 60
    assert set(scene.states()) == {domain.SENT}
    assert scene.spent() == 600


def test_replicas_together_never_spend_more_than_the_cap(scene):
    scene.town.add_poll("p1")
    scene.invite("p1", *(f"+82102222{n:04}" for n in range(30)))
    replicas = [scene.another(batch=5, other=155) for _ in range(3)]
    threads = [threading.Thread(target=replica.send) for replica in replicas]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(scene.carrier.sent) == 15
    assert scene.spent() == 150


def test_what_a_dead_replica_had_only_reserved_is_sent_by_another(scene):
    scene.town.add_poll("p1")
    scene.invite("p1", PHONE)
    assert len(scene.queue.claim(domain.KINDS, 10)) == 1
    scene.keep_house()
    assert scene.send() == 0
    scene.pass_time(61)
    scene.keep_house()
    scene.send()
    assert scene.states() == [domain.SENT]


def test_what_a_dead_replica_had_begun_stays_unknown(scene):
    scene.town.add_poll("p1")
    scene.invite("p1", PHONE)
    (claimed,) = scene.queue.claim(domain.KINDS, 10)
    assert scene.queue.begin(claimed, "hash", 10, 1000, "carrier") == domain.SENDING
    scene.pass_time(61)
    scene.keep_house()
    assert scene.send() == 0
    row = scene.rows()[0]
    assert (row["state"], row["reason"], row["address"]) == (domain.UNKNOWN, "sender_died", None)
    assert scene.spent() == 10, "the provider may have taken it"


def test_a_slow_replica_that_lost_its_claim_does_not_send(scene):
    scene.town.add_poll("p1")
    scene.invite("p1", PHONE)
    (slow,) = scene.queue.claim(domain.KINDS, 10)
    scene.pass_time(61)
    scene.keep_house()
    scene.send()
    assert scene.queue.begin(slow, "hash", 10, 1000, "carrier") == domain.LOST
    scene.queue.finish(slow, domain.FAILED, "late")
    assert scene.states() == [domain.SENT]
    assert scene.spent() == 10


def test_one_bad_message_does_not_sink_the_others(scene):
    scene.town.add_poll("p1")
    scene.invite("p1", PHONE, OTHER)

    def react(message):
        if message.to == PHONE:
            raise ValueError("surprise")
        return Sent("ok")

    scene.carrier.reaction = react
    scene.send()
    assert scene.states() == [domain.UNKNOWN, domain.SENT]


def test_records_of_codes_are_dropped_after_a_day_and_others_stay(scene):
    scene.town.add_challenge("c1")
    scene.town.add_poll("p1")
    scene.ask_code("c1")
    scene.invite("p1", PHONE)
    scene.send()
    scene.pass_time(25 * 3600)
    scene.keep_house()
    assert [row["kind"] for row in scene.rows()] == [domain.INVITATION]
