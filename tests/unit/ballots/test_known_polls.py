import pytest

from services.ballots.contract import PollUnknown
from services.ballots.known_polls import MOST_REMEMBERED, KnownPolls
from services.common.errors import Unavailable
from services.polls.contract.passes import Signed
from tests.unit.ballots.scene import FakePolls, signer


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def polls() -> FakePolls:
    polls = FakePolls()
    polls.add("p")
    return polls


@pytest.fixture
def known(polls: FakePolls, time: Time) -> KnownPolls:
    return KnownPolls(polls.ask, fresh_for=10.0, refetch_after=2.0, clock=time)


def test_a_definition_is_asked_for_once_while_it_is_fresh(known, polls, time):
    known.facts("p")
    time.now = 9.9
    known.facts("p")
    assert polls.asked == ["get_definition"]
    time.now = 10.0
    known.facts("p")
    assert polls.asked == ["get_definition"] * 2


def test_a_doubt_asks_again_but_not_all_the_time(known, polls, time):
    known.facts("p")
    known.doubted("p")
    assert len(polls.asked) == 1
    time.now = 2.0
    polls.definitions["p"]["closes_at"] = None
    assert known.doubted("p").closes_at is None
    known.doubted("p")
    assert len(polls.asked) == 2


def test_an_old_definition_is_good_enough_while_polls_is_away(known, polls, time):
    facts = known.facts("p")
    polls.away, time.now = True, 100.0
    assert known.facts("p") == facts
    with pytest.raises(Unavailable):
        known.facts("never asked")


def test_memory_is_bounded(known, polls):
    for n in range(MOST_REMEMBERED + 10):
        known.facts(polls.add(f"p{n}"))
    polls.asked.clear()
    known.facts(f"p{MOST_REMEMBERED + 9}")
    assert polls.asked == []
    known.facts("p0")
    assert polls.asked == ["get_definition"]


def test_an_unknown_poll_is_unknown(known):
    with pytest.raises(PollUnknown):
        known.facts("nowhere")


def test_keys_are_asked_for_when_an_unknown_one_comes_but_not_all_the_time(known, polls, time):
    first = polls.signer
    assert known.verify_pass(first.key_id, Signed(b"m", first.sign(b"m")))
    polls.signer = signer("polls-pass-2")
    second = polls.signer
    assert not known.verify_pass(second.key_id, Signed(b"m", second.sign(b"m")))
    assert polls.asked == ["get_keys"]
    time.now = 2.0
    assert known.verify_pass(second.key_id, Signed(b"m", second.sign(b"m")))
    assert polls.asked == ["get_keys"] * 2


def test_a_key_of_another_use_signs_no_pass(known, polls):
    assert not known.verify_pass("polls-other-1", Signed(b"m", polls.signer.sign(b"m")))


def test_passes_signed_together_are_verified_once_and_no_other_passes_for_them(known, polls):
    signed = Signed(b"m", polls.signer.sign(b"m"))
    assert known.verify_pass(polls.signer.key_id, signed)
    assert known.verify_pass(polls.signer.key_id, signed)
    assert not known.verify_pass(polls.signer.key_id, Signed(b"other", signed.signature))
    assert not known.verify_pass("polls-pass-9", signed)
    assert known.verify_pass(polls.signer.key_id, signed)
