"""Issuing passes: windows to the second, eligibility, batches in which one bad item harms no other."""

import threading
from datetime import timedelta

import pytest
from hypothesis import given, settings

from services.common.database import DatabaseAway
from services.polls.contract import PASS_ERRORS, passes
from services.polls.contract.schemas import PassRequestSchema
from services.polls.domain.tries import TryLimits
from services.polls.storage.rules import DatabaseRules
from services.polls.usecases import lifecycle
from services.polls.usecases.issuing import malformed
from tests.component.polls.scene import Scene, codes, item
from tests.unit.polls.questions import JUNK

ALLOWED = {error.code for error in PASS_ERRORS} | {"unavailable"}


def passed(outcome):
    return passes.decode(outcome["ok"]["ballot_pass"])


def test_a_pass_is_signed_and_names_no_person(scene: Scene):
    poll = scene.opened()
    before = scene.now()
    [outcome] = scene.desk().issue([item(poll)])
    ballot_pass, signed = passed(outcome)
    assert ballot_pass.poll == poll["id"]
    assert ballot_pass.channel == "web"
    assert len(ballot_pass.pseudonym) == 43
    assert scene.folder.verifier("pass").verify(ballot_pass.key_id, signed.signature, signed.message)
    issued = ballot_pass.issued_at
    assert before.timestamp() * 1e6 - 1000 <= issued <= scene.now().timestamp() * 1e6 + 1000


def test_one_phone_has_one_pseudonym_in_a_poll_and_another_in_the_next(scene: Scene):
    first, second = scene.opened(), scene.opened()
    one, other = scene.desk(), scene.desk()
    again = [passed(desk.issue([item(first)])[0])[0].pseudonym for desk in (one, other)]
    assert len(set(again)) == 1
    assert passed(one.issue([item(second)])[0])[0].pseudonym != again[0]
    assert passed(one.issue([item(first, tag="tag-other")])[0])[0].pseudonym != again[0]


def test_a_batch_over_many_polls_in_order(scene: Scene):
    opened, closed, draft = scene.opened(), scene.opened(), scene.draft()
    scene.close(closed["id"])
    scheduled = scene.schedule(scene.draft()["id"], opens_at=scene.later(hours=1))
    cancelled = scene.opened()
    scene.cancel(cancelled["id"])
    unknown = {"id": "u" * 22}
    outcomes = scene.desk().issue(
        [item(p) for p in (closed, opened, draft, scheduled, opened, unknown, cancelled)]
    )
    assert codes(outcomes) == [
        "poll_not_open",
        "ok",
        "poll_not_found",
        "poll_not_open",
        "ok",
        "poll_not_found",
        "poll_not_open",
    ]
    assert outcomes[0]["error"]["params"]["state"] == "closed"
    assert outcomes[3]["error"]["params"] == {
        "state": "scheduled",
        "opens_at": scheduled["opens_at"],
        "closes_at": scheduled["closes_at"],
    }


class TestWindow:
    def test_closing_time_is_honoured_though_the_timer_sleeps(self, scene: Scene):
        poll, desk = scene.opened(), scene.desk()
        closes_at = scene.later(seconds=4)
        scene.move_window(poll["id"], closes_at=closes_at)
        assert codes(desk.issue([item(poll)])) == ["ok"]
        while scene.now() < closes_at:
            threading.Event().wait(0.05)
        assert codes(desk.issue([item(poll)])) == ["poll_not_open"]
        assert scene.get(poll["id"])["state"] == "open"

    def test_no_pass_is_dated_at_or_after_the_close(self, scene: Scene):
        poll, desk = scene.opened(), scene.desk()
        closes_at = scene.later(seconds=1.5)
        scene.move_window(poll["id"], closes_at=closes_at)
        dates, refused = [], 0
        while refused < 3:
            [outcome] = desk.issue([item(poll)])
            if "ok" in outcome:
                dates.append(passed(outcome)[0].issued_at)
            else:
                refused += 1
        assert dates
        assert max(dates) < closes_at.timestamp() * 1e6

    def test_a_window_moved_is_moved_for_the_next_batch(self, scene: Scene):
        poll, desk = scene.opened(), scene.desk()
        assert codes(desk.issue([item(poll)])) == ["ok"]
        scene.move_window(poll["id"], opens_at=scene.later(seconds=30))
        assert codes(desk.issue([item(poll)])) == ["poll_not_open"]
        scene.move_window(poll["id"], opens_at=scene.later(seconds=-30))
        assert codes(desk.issue([item(poll)])) == ["ok"]
        scene.close(poll["id"])
        assert codes(desk.issue([item(poll)])) == ["poll_not_open"]

    def test_it_does_not_open_before_it_is_frozen(self, scene: Scene):
        poll, desk = scene.schedule(scene.draft()["id"], opens_at=scene.later(hours=1)), scene.desk()
        scene.move_window(poll["id"], opens_at=scene.later(seconds=-1))
        assert codes(desk.issue([item(poll)])) == ["poll_not_open"]
        lifecycle.move_due(scene.store)
        assert codes(desk.issue([item(poll)])) == ["ok"]

    def test_an_extension_is_heard_at_once(self, scene: Scene):
        poll, desk = scene.opened(), scene.desk()
        scene.patch(poll["id"], closes_at=(scene.now() + timedelta(seconds=20)).isoformat())
        scene.patch(poll["id"], closes_at=scene.later(hours=2).isoformat())
        assert codes(desk.issue([item(poll)])) == ["ok"]


class TestEligibility:
    def test_the_roll(self, scene: Scene):
        poll = scene.open(scene.with_roll("010-1234-5678", "010-0000-0001")["id"])
        outcomes = scene.desk().issue(
            [item(poll), item(poll, tag="tag-01099999999"), item(poll, tag="tag-01000000001")]
        )
        assert codes(outcomes) == ["ok", "not_eligible", "ok"]
        assert outcomes[1]["error"]["params"] == {"rule": "roll"}

    def test_a_roll_replaced_before_opening_counts(self, scene: Scene):
        poll = scene.with_roll("010-1234-5678")
        scene.begin_roll(poll["id"], "upload-2")
        scene.add_rows(poll["id"], ["010-0000-0001"], "upload-2")
        scene.commit_roll(poll["id"], "upload-2")
        poll = scene.open(poll["id"])
        assert codes(scene.desk().issue([item(poll), item(poll, tag="tag-01000000001")])) == [
            "not_eligible",
            "ok",
        ]

    def test_a_roll_and_a_password(self, scene: Scene):
        poll = scene.with_roll("010-1234-5678", "010-0000-0001")
        rules = {"all": [{"rule": "roll"}, {"rule": "password", "password": "벚꽃 2026"}]}
        scene.patch(poll["id"], eligibility=rules)
        poll = scene.open(poll["id"])
        right, wrong = {"password": "벚꽃 2026"}, {"password": "단풍 2026"}
        outcomes = scene.desk().issue(
            [
                item(poll, evidence=right),
                item(poll),
                item(poll, evidence=wrong, tag="tag-01000000001"),
                item(poll, evidence=right, tag="tag-01099999999"),
            ]
        )
        assert codes(outcomes) == ["ok", "evidence_needed", "wrong_password", "not_eligible"]
        assert outcomes[2]["error"]["params"] == {"tries_left": 4}

    def test_a_sign_in_that_is_too_weak(self, scene: Scene):
        poll = scene.opened(identity="staff")
        outcomes = scene.desk().issue(
            [item(poll), item(poll, strength="staff"), item(poll, strength="strong")]
        )
        assert codes(outcomes) == ["not_eligible", "ok", "ok"]
        assert outcomes[0]["error"]["params"] == {"rule": "identity"}


class TestJunk:
    def test_junk_beside_a_good_request_harms_it_not(self, scene: Scene):
        poll, desk = scene.opened(), scene.desk()

        @settings(max_examples=60, deadline=None)
        @given(junk=JUNK)
        def check(junk):
            fields = ("poll_id", "tag", "strength", "evidence", "channel")
            bad = [junk, *({**item(poll), name: junk} for name in fields), {**item(poll), "more": junk}]
            outcomes = desk.issue([*bad, item(poll)])
            assert codes(outcomes)[-1] == "ok"
            assert set(codes(outcomes)) <= ALLOWED | {"ok"}

        check()

    @pytest.mark.parametrize(
        ("fields", "pointer", "code"),
        [
            ({"tag": ""}, "/tag", "invalid"),
            ({"tag": "x" * 101}, "/tag", "invalid"),
            ({"strength": "psychic"}, "/strength", "invalid"),
            ({"evidence": []}, "/evidence", "invalid"),
            ({"channel": "smoke"}, "/channel", "invalid"),
            ({"poll_id": 5}, "/poll_id", "invalid"),
            ({"extra": 1}, "", "unknown_field"),
        ],
    )
    def test_what_is_wrong_is_named(self, scene: Scene, fields, pointer, code):
        [outcome] = scene.desk().issue([item({"id": "p" * 22}, **fields)])
        assert outcome["error"]["code"] == "invalid_input"
        [error] = outcome["error"]["params"]["errors"]
        assert (error["pointer"], error["code"]) == (pointer, code)

    @given(junk=JUNK)
    def test_the_fast_check_is_never_laxer_than_the_schema(self, junk):
        for name in ("poll_id", "tag", "strength", "evidence", "channel"):
            asked = {**item({"id": "p" * 22}), name: junk}
            if malformed(asked) is None:
                assert PassRequestSchema().validate(asked) == {}

    def test_a_missing_field(self):
        asked = item({"id": "p" * 22})
        del asked["tag"]
        refused = malformed(asked)
        assert refused is not None
        assert refused.errors == [{"pointer": "/tag", "code": "required", "params": {}}]

    def test_nothing_asked_nothing_answered(self, scene: Scene):
        assert scene.desk().issue([]) == []


def test_when_the_database_is_away_everybody_is_asked_to_try_again(scene: Scene, monkeypatch):
    poll, desk = scene.opened(), scene.desk()

    def away(self):
        raise DatabaseAway

    monkeypatch.setattr("services.polls.storage.issuing.IssuingStore.read", away)
    assert codes(desk.issue([item(poll), {"junk": 1}])) == ["unavailable", "invalid_input"]


def test_one_poll_in_trouble_does_not_sink_another(scene: Scene, monkeypatch):
    troubled = scene.open(scene.with_roll("010-1234-5678")["id"])
    fine = scene.opened()

    def broken(self, roll, hashes):
        raise RuntimeError

    monkeypatch.setattr(DatabaseRules, "on_roll", broken)
    assert codes(scene.desk().issue([item(troubled), item(fine), item(troubled)])) == [
        "unavailable",
        "ok",
        "unavailable",
    ]


def test_tries_are_shared_by_all_processes(scene: Scene):
    poll = scene.opened(eligibility={"rule": "password", "password": "벚꽃 2026"})
    desks = [scene.desk(TryLimits(3, 60)) for _ in range(2)]
    wrong = [item(poll, evidence={"password": f"wrong {n}"}) for n in range(4)]
    found = [codes(desks[n % 2].issue([wrong[n]]))[0] for n in range(4)]
    assert found == ["wrong_password"] * 3 + ["too_many_tries"]
    right = item(poll, evidence={"password": "벚꽃 2026"})
    assert codes(desks[0].issue([right, {**right, "tag": "tag-other"}])) == ["too_many_tries", "ok"]


@pytest.mark.parametrize("guessers", [8])
def test_a_burst_of_guesses_gets_no_more_than_the_allowed_ones(scene: Scene, guessers):
    """The right one comes last of a hundred at once: it must not get through more often than the first ones."""
    poll = scene.opened(eligibility={"rule": "password", "password": "벚꽃 2026"})
    found: list[str] = []

    def attack(number: int) -> None:
        desk = scene.desk(TryLimits(5, 60))
        for n in range(6):
            found.extend(codes(desk.issue([item(poll, evidence={"password": f"guess {number} {n}"})])))

    threads = [threading.Thread(target=attack, args=(number,)) for number in range(guessers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6 * guessers
    assert found.count("wrong_password") == 5
    assert found.count("too_many_tries") == 6 * guessers - 5


def test_the_secret_of_a_poll_that_is_over_is_forgotten_though_nobody_asks_again(scene: Scene):
    desk, over, going_on = scene.desk(), scene.opened(), scene.opened()
    assert codes(desk.issue([item(over), item(going_on)])) == ["ok", "ok"]
    scene.close(over["id"])
    desk.forget_over()
    assert set(desk._facts) == {going_on["id"]}
    scene.close(going_on["id"])
    desk.forget_over()
    desk.forget_over()
    assert desk._facts == {}
