"""Questions that are asked only after certain answers to earlier ones."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.polls.contract import ballot_rules
from services.polls.contract.question_schemas import QuestionSchema
from tests.fixtures import every_kind
from tests.unit.polls.questions import JUNK, answers, branching, options, question

HASH = {"sha256": "A" * 43}


def ask(name, kind="yes_no", **fields):
    return question(kind, **{"id": name, **fields})


LIVES = ask("lives")
WHERE = ask("where", "choice", options=options("mapo", "jongno"), show_if={"question": "lives", "any_of": ["yes"]})  # fmt: skip
WHY = ask("why", "text", required=False, show_if={"question": "where", "any_of": ["mapo"]})
MORE = ask("more", show_if={"question": "why", "answered": True})
POLL = [LIVES, WHERE, WHY, MORE]


def codes(questions, given_answers):
    return [(p.pointer, p.code) for p in ballot_rules.check_ballot(questions, given_answers)]


@pytest.mark.parametrize(
    ("given_answers", "problems"),
    [
        ({"lives": "no"}, []),
        ({"lives": "yes"}, [("/where", "answer_missing")]),
        ({"lives": "yes", "where": ["mapo"]}, []),
        ({"lives": "no", "where": ["mapo"]}, [("/where", "not_asked")]),
        ({"lives": "no", "where": ["mapo"], "why": "일터"}, [("/where", "not_asked"), ("/why", "not_asked")]),
        ({"lives": "yes", "where": ["jongno"], "why": "일터"}, [("/why", "not_asked")]),
        ({"lives": "yes", "where": ["mapo"], "why": "일터"}, [("/more", "answer_missing")]),
        ({"lives": "yes", "where": ["mapo"], "why": "일터", "more": "no"}, []),
        ({"lives": "yes", "where": ["mapo"], "why": None, "more": "no"}, [("/more", "not_asked")]),
        ({}, [("/lives", "answer_missing")]),
    ],
)
def test_an_answer_is_needed_just_where_the_question_is_asked(given_answers, problems):
    assert codes(POLL, given_answers) == problems


def test_what_is_hidden_by_a_hidden_question_is_hidden():
    assert ballot_rules.shown(POLL, {"lives": "no", "where": ["mapo"], "why": "x"}) == {"lives"}
    assert ballot_rules.shown(POLL, {"lives": "yes", "where": ["mapo"]}) == {"lives", "where", "why"}


def test_the_record_of_a_poll_with_branches():
    whole = {"lives": "yes", "where": ["mapo"], "why": HASH, "more": "no"}
    assert ballot_rules.check_recorded(POLL, whole)
    assert ballot_rules.check_recorded(POLL, {"lives": "no"})
    assert not ballot_rules.check_recorded(POLL, {**whole, "where": ["jongno"]})
    assert not ballot_rules.check_recorded(POLL, {"lives": "no", "why": HASH})
    required = [LIVES, {**WHY, "required": True, "show_if": {"question": "lives", "any_of": ["yes"]}}]
    assert ballot_rules.check_recorded(required, {"lives": "no"})
    assert not ballot_rules.check_recorded(required, {"lives": "yes"})
    assert not ballot_rules.check_recorded(required, {"lives": "no", "why": HASH})


def on(about, condition):
    return [ask("first", **about), ask("then", required=False, show_if={"question": "first", **condition})]


NUMBER = {"kind": "number", "min": 0, "max": 10, "decimals": 1}
SCORE = {"kind": "score", "options": options("a", "b")}
POINTS = {"kind": "cumulative", "options": options("a", "b")}
RANKING = {"kind": "ranking", "options": options("a", "b")}


@pytest.mark.parametrize(
    ("about", "condition", "answer", "asked"),
    [
        (NUMBER, {"min": 5}, "5.0", True),
        (NUMBER, {"min": 5}, 4.9, False),
        (NUMBER, {"max": 5}, 5, True),
        (NUMBER, {"max": 5}, "5.1", False),
        (NUMBER, {"min": 2, "max": 3}, 2.5, True),
        (SCORE, {"option": "b", "min": 4}, {"a": 1, "b": 4}, True),
        (SCORE, {"option": "b", "min": 4}, {"a": 5, "b": 3}, False),
        (SCORE, {"answered": True}, {"a": 5, "b": 3}, True),
        (POINTS, {"any_of": ["b"]}, {"a": 10, "b": 0}, False),
        (POINTS, {"any_of": ["b"]}, {"a": 9, "b": 1}, True),
        (RANKING, {"any_of": ["b"]}, ["a", "b"], True),
        (RANKING, {"any_of": ["b"]}, ["a"], False),
        ({"kind": "yes_no"}, {"any_of": ["no", "abstain"]}, "abstain", True),
        ({"kind": "yes_no"}, {"any_of": ["no", "abstain"]}, "yes", False),
    ],
)
def test_every_condition(about, condition, answer, asked):
    questions = on(about, condition)
    assert ballot_rules.check_questions(questions) == []
    assert codes(questions, {"first": answer, "then": "yes"}) == ([] if asked else [("/then", "not_asked")])
    recorded = ballot_rules.canonical_answers(questions, {"first": answer, "then": "yes"})
    assert ballot_rules.check_recorded(questions, recorded) == asked


@pytest.mark.parametrize(
    ("about", "condition", "pointer", "code"),
    [
        ({}, {"question": "then", "answered": True}, "/question", "condition_not_earlier"),
        ({}, {"question": "last", "answered": True}, "/question", "condition_not_earlier"),
        ({}, {"question": "nowhere", "answered": True}, "/question", "unknown_question"),
        ({}, {}, "", "condition_unclear"),
        ({}, {"any_of": ["yes"], "answered": True}, "", "condition_unclear"),
        ({}, {"any_of": ["yes"], "min": 1}, "", "condition_unclear"),
        ({}, {"any_of": ["yes", "a"]}, "/any_of/1", "unknown_option"),
        ({}, {"any_of": ["yes"], "option": "a"}, "/option", "condition_unfit"),
        ({}, {"min": 1}, "", "condition_unfit"),
        ({"kind": "text"}, {"any_of": ["yes"]}, "/any_of", "condition_unfit"),
        (NUMBER, {"any_of": ["a"]}, "/any_of", "condition_unfit"),
        (NUMBER, {"min": 1, "option": "a"}, "/option", "condition_unfit"),
        (NUMBER, {"min": 11}, "", "condition_never"),
        (NUMBER, {"min": 5, "max": 4}, "", "condition_never"),
        (SCORE, {"min": 1}, "/option", "required"),
        (SCORE, {"min": 1, "option": "c"}, "/option", "unknown_option"),
        (SCORE, {"min": 6, "option": "a"}, "", "condition_never"),
        (RANKING, {"any_of": ["c"]}, "/any_of/0", "unknown_option"),
    ],
)
def test_a_condition_that_cannot_be_meant_is_refused(about, condition, pointer, code):
    questions = [*on(about, condition), ask("last")]
    found = [(p.pointer, p.code) for p in ballot_rules.check_questions(questions)]
    assert found == [(f"/questions/1/show_if{pointer}", code)]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_the_first_answers_decide_what_is_asked_next(data):
    """Whoever answers question after question, just those that are asked then, has a valid ballot that stays one."""
    questions = data.draw(branching())
    given_answers = {}
    for one in questions:
        if one["id"] in ballot_rules.shown(questions, given_answers):
            answer = data.draw(answers(one) if one["required"] else answers(one) | st.none())
            given_answers[one["id"]] = answer
    assert ballot_rules.check_ballot(questions, given_answers) == []
    recorded = ballot_rules.canonical_answers(questions, given_answers)
    assert ballot_rules.shown(questions, recorded) == ballot_rules.shown(questions, given_answers)
    assert ballot_rules.check_ballot(questions, recorded) == []
    hidden = {one["id"] for one in questions} - ballot_rules.shown(questions, given_answers)
    assert not hidden & recorded.keys()


@settings(max_examples=50, deadline=None)
@given(branching(), JUNK, st.data())
def test_junk_asks_something_but_never_raises(questions, junk, data):
    assert ballot_rules.shown(questions, junk) <= {one["id"] for one in questions}
    some = data.draw(st.dictionaries(st.sampled_from([one["id"] for one in questions]), JUNK))
    ballot_rules.check_ballot(questions, some)
    ballot_rules.check_recorded(questions, some)


def test_a_poll_with_everything_passes_the_schema_as_it_is():
    for one in every_kind.QUESTIONS:
        assert QuestionSchema().load(one) == one
    for n in range(60):
        assert codes(every_kind.QUESTIONS, every_kind.ballot(n)) == []
