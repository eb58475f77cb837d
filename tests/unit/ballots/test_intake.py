from datetime import timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ballots import contract
from services.ballots.receipts import ReceiptSigner
from services.ballots.storage import ballot
from services.ballots.usecases import intake
from services.common.contract import instance
from services.common.encodings import b64u, canonical_json, sha256, unb64u
from services.common.errors import InvalidInput, Unavailable
from services.common.ids import format_utc
from services.common.schemas import load
from tests.unit.ballots.scene import CLOSES, NOW, OPENED, ballot_id_of, code, signer, verifier


def test_a_good_ballot_gets_a_receipt_that_anyone_can_check(scene):
    [outcome] = scene.cast(scene.item("kim", answers={"q2": "abstain", "q1": ["c", "a"], "q3": None}))
    receipt = outcome["ok"]
    assert instance(contract.ReceiptSchema).validate(receipt) == {}
    leaf = canonical_json(
        {
            "v": 1,
            "poll": scene.poll,
            "ballot_id": ballot_id_of("kim"),
            "answers": {"q1": ["a", "c"], "q2": "abstain"},
        }
    )
    assert receipt["leaf_hash"] == b64u(sha256(b"\x00" + leaf))
    assert receipt["recorded_at"].endswith(":00Z")
    signature = unb64u(receipt.pop("signature"))
    assert verifier(scene.receipt_signer).verify(receipt["key_id"], signature, canonical_json(receipt))


def test_nothing_finer_than_the_minute_is_stored(scene):
    scene.cast(scene.item("kim"))
    [row] = scene.rows(ballot)
    assert (row.recorded_at.second, row.recorded_at.microsecond) == (0, 0)
    assert orjson.loads(row.leaf)["answers"] == {"q1": ["a"]}


def test_a_retry_gets_the_very_same_receipt_and_the_first_ballot_stays(scene):
    first = scene.cast(scene.item("kim"))
    assert scene.cast(scene.item("kim")) == first
    assert scene.cast(scene.item("kim", answers={"q1": ["d"]})) == first
    assert len(scene.rows(ballot)) == 1


def test_a_receipt_stays_the_same_when_a_newer_key_is_in_use(scene):
    first = scene.cast(scene.item("kim"))
    old, new = scene.receipt_signer, signer("ballots-receipt-2")
    scene.receipts = ReceiptSigner({old.key_id: old, new.key_id: new}, new.key_id)
    assert scene.cast(scene.item("kim")) == first
    assert scene.cast(scene.item("lee"))[0]["ok"]["key_id"] == new.key_id


def test_a_second_ballot_is_refused_with_the_minute_of_the_first(scene):
    [first] = scene.cast(scene.item("kim"))
    [second] = scene.cast(scene.item("kim", ballot_id=ballot_id_of("kim", 2)))
    assert second["error"] == {"code": "already_voted", "params": {"recorded_at": first["ok"]["recorded_at"]}}


def test_another_voters_ballot_id_is_refused(scene):
    scene.cast(scene.item("kim"))
    assert code(scene.cast(scene.item("lee", ballot_id=ballot_id_of("kim")))[0]) == "ballot_id_taken"


def test_the_same_voter_and_ballot_id_in_another_poll_are_something_else(scene):
    scene.polls.add("poll-2")
    outcomes = scene.cast(scene.item("kim"), scene.item("kim", poll_id="poll-2"))
    assert [code(one) for one in outcomes] == ["ok", "ok"]


def test_outcomes_come_in_the_order_of_the_items_and_a_bad_one_sinks_no_other(scene):
    items = [
        scene.item("kim"),
        scene.item("lee", answers={"q1": ["nothing"]}),
        "not even an object",
        scene.item("kim", ballot_id=ballot_id_of("kim", 2)),
        scene.item("park", ballot_pass="forged"),
        scene.item("kim"),
        scene.item("choi"),
    ]
    outcomes = scene.cast(*items)
    assert [code(one) for one in outcomes] == [
        "ok", "invalid_input", "invalid_input", "already_voted", "invalid_pass", "ok", "ok",
    ]  # fmt: skip
    assert outcomes[0] == outcomes[5]
    assert len(scene.rows(ballot)) == 2


def test_of_two_ballots_of_one_voter_in_a_batch_the_first_counts(scene):
    outcomes = scene.cast(
        scene.item("kim", answers={"q1": ["a"]}),
        scene.item("kim", ballot_id=ballot_id_of("kim", 2), answers={"q1": ["b"]}),
        scene.item("kim", answers={"q1": ["c"]}),
    )
    assert [code(one) for one in outcomes] == ["ok", "already_voted", "ok"]
    assert outcomes[0] == outcomes[2]
    assert orjson.loads(scene.rows(ballot)[0].leaf)["answers"] == {"q1": ["a"]}


def test_a_ballot_id_lost_to_one_who_has_voted_before_is_free_for_another_in_the_same_batch(scene):
    scene.cast(scene.item("kim"))
    shared = ballot_id_of("shared")
    outcomes = scene.cast(scene.item("kim", ballot_id=shared), scene.item("lee", ballot_id=shared))
    assert [code(one) for one in outcomes] == ["already_voted", "ok"]


def test_a_voter_whose_first_try_in_a_batch_was_in_vain_may_have_another_in_the_same_batch(scene):
    scene.cast(scene.item("kim"))
    outcomes = scene.cast(scene.item("lee", ballot_id=ballot_id_of("kim")), scene.item("lee"))
    assert code(outcomes[1]) == "ok"


@pytest.mark.parametrize(
    ("issued_at", "expected"),
    [
        (OPENED - timedelta(microseconds=1), "poll_not_open"),
        (OPENED, "ok"),
        (CLOSES - timedelta(microseconds=1), "ok"),
        (CLOSES, "poll_not_open"),
    ],
)
def test_a_pass_is_good_when_it_was_issued_while_the_poll_was_open(scene, issued_at, expected):
    ballot_pass = scene.polls.ballot_pass(scene.poll, "kim", issued_at)
    assert code(scene.cast(scene.item("kim", ballot_pass=ballot_pass))[0]) == expected


def test_a_moved_closing_time_is_asked_for_before_a_ballot_is_refused(scene):
    scene.cast(scene.item("kim"))
    later = CLOSES + timedelta(hours=1)
    scene.polls.definitions[scene.poll]["closes_at"] = format_utc(later)
    ballot_pass = scene.polls.ballot_pass(scene.poll, "lee", CLOSES + timedelta(minutes=1))
    assert code(scene.cast(scene.item("lee", ballot_pass=ballot_pass))[0]) == "ok"


def test_forged_altered_and_misused_passes_are_refused(scene):
    scene.polls.add("poll-2")
    good = scene.polls.ballot_pass(scene.poll, "kim")
    payload, place, path, signature = good.split(".")
    other_payload = scene.polls.ballot_pass(scene.poll, "lee").split(".")[0]
    stranger = signer(scene.polls.signer.key_id)
    bad = [
        "",
        "no pass",
        f"{other_payload}.{place}.{path}.{signature}",
        f"{payload}.{place}.{path}.{signature[:-4]}AAAA",
        f"{payload}.{place}.{path}.",
        payload,
        f"{payload}.{signature}",
        f"{payload}.{place}.{path}.{signature}=",
        f"{payload}.{place}.{'A' * 43}.{signature}",
        scene.polls.ballot_pass("poll-2", "kim"),
        scene.polls.ballot_pass(scene.poll, "kim", by=stranger),
        scene.polls.ballot_pass(scene.poll, "kim", by=signer("polls-pass-9")),
        scene.polls.ballot_pass(scene.poll, "kim", key_id="polls-other-1"),
        scene.polls.ballot_pass(scene.poll, "kim", v=1),
    ]
    outcomes = scene.cast(*(scene.item("kim", ballot_pass=one) for one in bad))
    assert [code(one) for one in outcomes] == ["invalid_pass"] * len(bad)
    assert scene.rows(ballot) == []


def test_answers_that_break_the_rules_are_named_by_pointer_and_code_only(scene):
    [outcome] = scene.cast(scene.item("kim", answers={"q1": ["a", "secret"], "q9": 1}))
    errors = outcome["error"]["params"]["errors"]
    assert {(one["pointer"], one["code"]) for one in errors} == {
        ("/answers/q9", "unknown_question"),
        ("/answers/q1/1", "unknown_option"),
    }
    assert "secret" not in str(outcome)


def test_a_pass_for_a_poll_that_polls_does_not_know_is_refused(scene):
    assert code(scene.cast(scene.item("kim", poll_id="nowhere"))[0]) == "poll_not_found"


def test_while_polls_is_away_nothing_is_answered_for_a_poll_that_is_not_known(scene):
    scene.polls.away = True
    with pytest.raises(Unavailable):
        scene.cast(scene.item("kim"))


def test_a_batch_of_bad_items_needs_no_database(scene):
    scene.database.close()
    scene.store = None
    assert [code(one) for one in scene.cast(None, [], {})] == ["invalid_input"] * 3


MISSHAPEN = st.fixed_dictionaries(
    {},
    optional={
        "poll_id": st.one_of(st.just("poll-1"), st.integers(), st.none()),
        "ballot_id": st.one_of(st.text(max_size=70), st.from_regex(r"[A-Za-z0-9_-]{16,64}", fullmatch=True)),
        "answers": st.one_of(
            st.dictionaries(st.text(max_size=3), st.integers()), st.lists(st.none()), st.none()
        ),
        "ballot_pass": st.one_of(st.text(max_size=5), st.integers()),
        "phone": st.just("+821012345678"),
    },
)


@given(st.one_of(MISSHAPEN, st.none(), st.lists(st.integers()), st.text()))
def test_the_quick_check_of_the_shape_agrees_with_the_schema(item):
    def passes(check) -> bool:
        try:
            check(item)
        except InvalidInput:
            return False
        return True

    by_schema = passes(lambda found: load(instance(contract.CastSchema), found))
    assert passes(intake.check_shape) is by_schema


def test_every_refusal_is_declared_in_the_contract(scene):
    scene.cast(scene.item("kim"))
    refused = [
        scene.item("kim", ballot_id=ballot_id_of("kim", 2)),
        scene.item("lee", ballot_id=ballot_id_of("kim")),
        scene.item("lee", answers={}),
        scene.item("lee", ballot_pass="x"),
        scene.item("lee", poll_id="nowhere"),
        scene.item("lee", ballot_pass=scene.polls.ballot_pass(scene.poll, "lee", NOW - timedelta(days=1))),
    ]
    declared = {error.code for error in contract.CAST.errors}
    assert {code(one) for one in scene.cast(*refused)} == declared
