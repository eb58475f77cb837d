"""What a consumer says of what it has in hand; any order of taking, finishing, giving back and asking."""

from dataclasses import dataclass, field

import orjson
from hypothesis import given
from hypothesis import strategies as st

from services.common.bus.barrier import REPORT, WHO, Holdings


class FakeLink:
    """Nothing but itself: a consumer's connection."""


@dataclass
class Taken:
    link: FakeLink
    tag: int


@dataclass
class Question:
    link: FakeLink
    body: bytes
    answers: list[dict[str, object]] = field(default_factory=list)

    def reply(self, body: bytes) -> None:
        self.answers.append(orjson.loads(body))


class Consumer:
    """A consumer with one connection at a time."""

    def __init__(self):
        self.holdings = Holdings()
        self.link = FakeLink()
        self.identity = "one"

    def ask(self, step: str, round_id: str = "r") -> Question:
        question = Question(self.link, orjson.dumps({"round": round_id, "step": step}))
        self.holdings.asked(question, self.identity)
        return question

    def take(self, tag: int) -> Taken:
        taken = Taken(self.link, tag)
        self.holdings.took(taken)
        return taken


def test_who_holds_nothing_reports_at_once():
    consumer = Consumer()
    assert consumer.ask(WHO).answers == [{"round": "r", "step": WHO, "identity": "one", "clean": True}]
    assert consumer.ask(REPORT).answers == [{"round": "r", "step": REPORT, "identity": "one", "clean": True}]


def test_the_report_waits_for_what_was_held_and_for_nothing_later():
    consumer = Consumer()
    consumer.ask(WHO)
    held = [consumer.take(1), consumer.take(2)]
    report = consumer.ask(REPORT)
    consumer.take(3)
    consumer.holdings.finished(held[1])
    assert report.answers == []
    consumer.holdings.finished(held[0])
    assert [answer["clean"] for answer in report.answers] == [True]


def test_what_goes_back_or_is_put_aside_makes_the_report_unclean():
    for let_go in (Holdings.let_go, lambda holdings, _taken: holdings.put_aside()):
        consumer = Consumer()
        held = consumer.take(1)
        consumer.ask(WHO)
        report = consumer.ask(REPORT)
        let_go(consumer.holdings, held)
        consumer.holdings.finished(held)
        assert [answer["clean"] for answer in report.answers] == [False]


def test_what_went_back_before_the_round_does_not_matter():
    consumer = Consumer()
    consumer.holdings.let_go(consumer.take(1))
    consumer.ask(WHO)
    assert consumer.ask(REPORT).answers[0]["clean"]


def test_a_round_that_was_not_heard_of_is_not_vouched_for():
    assert Consumer().ask(REPORT).answers[0]["clean"] is False


def test_a_new_connection_is_somebody_else():
    consumer = Consumer()
    consumer.ask(WHO)
    consumer.link, consumer.identity = FakeLink(), "two"
    assert consumer.ask(REPORT).answers == [{"round": "r", "step": REPORT, "identity": "two", "clean": False}]


def test_what_is_no_question_is_passed_over():
    consumer = Consumer()
    for body in (b"\x00", b"[]", b"{}", b'{"round": "r", "step": "other"}'):
        question = Question(consumer.link, body)
        consumer.holdings.asked(question, "one")
        assert question.answers == []


STEPS = st.lists(st.sampled_from(["take", "finish", "let_go", WHO, REPORT]), max_size=60)


@given(STEPS)
def test_every_report_comes_once_and_when_nothing_is_left_of_what_was_held(steps):
    consumer, held, open_reports, tags = Consumer(), [], [], iter(range(1000))
    for step in steps:
        if step == "take":
            held.append(consumer.take(next(tags)))
        elif step == "finish" and held:
            consumer.holdings.finished(held.pop(0))
        elif step == "let_go" and held:
            consumer.holdings.let_go(held.pop(0))
        elif step == WHO:
            consumer.ask(WHO)
        elif step == REPORT:
            open_reports.append((consumer.ask(REPORT), list(held)))
        for report, held_then in open_reports:
            still = [one for one in held_then if one in held]
            assert bool(report.answers) == (not still)
    for report, _ in open_reports:
        assert len(report.answers) <= 1
