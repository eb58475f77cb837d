"""Every kind of question: what is valid, its one recorded form, and counting."""

import unicodedata
from collections import Counter
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.encodings import canonical_json
from services.polls.contract import ballot_rules
from services.polls.contract.kinds import kinds, share
from tests.unit.polls.questions import JUNK, answers, ballots_of, options, question, questions


def test_every_file_is_a_kind_and_tells_how_it_is_asked():
    assert {name: kind.WIDGET for name, kind in kinds().items()} == {
        "choice": "options",
        "knapsack": "knapsack",
        "cumulative": "points",
        "ranking": "ranking",
        "score": "scale",
        "yes_no": "yes_no",
        "number": "number",
        "date": "date",
        "text": "text",
    }


@given(questions())
def test_a_well_formed_question_has_no_problem(asked):
    assert ballot_rules.check_questions([asked]) == []


@given(st.data())
def test_a_valid_answer_has_one_form_that_is_valid_and_stays(data):
    asked = data.draw(questions())
    given_answer = data.draw(answers(asked))
    kind = kinds()[asked["kind"]]
    assert kind.check_answer(asked, given_answer) == []
    recorded = kind.canonical(asked, given_answer)
    assert kind.check_answer(asked, recorded) == []
    assert kind.canonical(asked, recorded) == recorded
    assert canonical_json(recorded)


@given(st.data())
def test_junk_is_refused_or_valid_but_never_raises(data):
    asked = data.draw(questions())
    junk = data.draw(JUNK | st.lists(st.sampled_from([o["id"] for o in asked["options"]] or ["x"])))
    problems = ballot_rules.check_ballot([asked], {asked["id"]: junk})
    assert all(p.pointer.startswith(f"/{asked['id']}") for p in problems)
    if not problems and junk is not None:
        assert ballot_rules.canonical_answers([asked], {asked["id"]: junk})


@given(questions(), JUNK)
def test_junk_instead_of_answers_never_raises(asked, junk):
    problems = ballot_rules.check_ballot([asked], junk)
    assert problems
    assert len(problems) <= ballot_rules.MOST_PROBLEMS


@pytest.mark.parametrize(
    ("asked", "answer", "pointer", "code"),
    [
        (question("choice", options=options("a", "b")), ["c"], "/q1/0", "unknown_option"),
        (question("choice", options=options("a", "b")), ["a", "b"], "/q1", "too_many_choices"),
        (question("choice", options=options("a", "b"), min=2, max=2), ["a"], "/q1", "too_few_choices"),
        (question("choice", options=options("a", "b"), max=2), ["a", "a"], "/q1", "repeated_option"),
        (question("choice", options=options("a", "b")), "a", "/q1", "not_a_list_of_options"),
        (question("choice", options=options("a", "b")), [["a"]], "/q1", "not_a_list_of_options"),
        (question("yes_no"), "maybe", "/q1", "not_yes_no_abstain"),
        (question("yes_no"), ["yes"], "/q1", "not_yes_no_abstain"),
        (question("score", options=options("a")), {"a": 6}, "/q1/a", "score_outside"),
        (question("score", options=options("a")), {"a": True}, "/q1/a", "score_outside"),
        (question("score", options=options("a")), {"a": 2.0}, "/q1/a", "score_outside"),
        (question("score", options=options("a", "b")), {"a": 1}, "/q1/b", "score_missing"),
        (question("score", options=options("a")), {"a": 1, "x/y": 2}, "/q1/x~1y", "unknown_option"),
        (question("score", options=options("a")), 3, "/q1", "not_scores"),
        (question("text", max=3), "네글자임", "/q1", "text_too_long"),
        (question("text", min=2), " 네 ", "/q1", "text_too_short"),
        (question("text"), "종\x07", "/q1", "unprintable_text"),
        (question("text"), 5, "/q1", "not_text"),
        (question("text"), None, "/q1", "answer_missing"),
    ],
)
def test_a_wrong_answer_is_named_where_it_is_wrong(asked, answer, pointer, code):
    found = ballot_rules.check_ballot([asked], {"q1": answer})
    assert (pointer, code) in {(p.pointer, p.code) for p in found}


@pytest.mark.parametrize(
    ("asked", "pointer", "code"),
    [
        (question("choice", options=options("a")), "/questions/0/options", "too_few_options"),
        (question("choice", options=options("a", "b"), max=3), "/questions/0/max", "limits_impossible"),
        (
            question("choice", options=options("a", "b"), min=2, max=1),
            "/questions/0/max",
            "limits_impossible",
        ),
        (question("choice", options=options("a", "a")), "/questions/0/options/1/id", "repeated_id"),
        (question("yes_no", options=options("a")), "/questions/0/options", "options_not_used"),
        (question("score"), "/questions/0/options", "too_few_options"),
        (question("score", options=options("a"), min=5, max=5), "/questions/0/max", "scores_impossible"),
        (question("text", max=0), "/questions/0/max", "length_impossible"),
        (question("text", max=4001), "/questions/0/max", "length_impossible"),
        (question("riddle"), "/questions/0/kind", "unknown_kind"),
    ],
)
def test_a_wrong_question_is_named_where_it_is_wrong(asked, pointer, code):
    assert (pointer, code) in {(p.pointer, p.code) for p in ballot_rules.check_questions([asked])}


def test_questions_are_needed_and_have_ids_of_their_own():
    assert [p.code for p in ballot_rules.check_questions([])] == ["no_questions"]
    twice = [question("yes_no"), question("yes_no")]
    assert [(p.pointer, p.code) for p in ballot_rules.check_questions(twice)] == [
        ("/questions/1/id", "repeated_id")
    ]


def test_a_blank_is_allowed_where_an_answer_is_not_required():
    asked = [question("yes_no", required=False), question("yes_no", id="q2")]
    assert ballot_rules.check_ballot(asked, {"q1": None, "q2": "no"}) == []
    assert ballot_rules.canonical_answers(asked, {"q1": None, "q2": "no"}) == {"q2": "no"}
    assert [p.pointer for p in ballot_rules.check_ballot(asked, {"q1": "yes"})] == ["/q2"]


def test_equal_votes_look_equal():
    asked = question("choice", options=options("a", "b", "c"), max=3)
    canonical = kinds()["choice"].canonical
    assert canonical(asked, ["c", "a"]) == canonical(asked, ["a", "c"]) == ["a", "c"]
    composed = unicodedata.normalize("NFC", "한글")
    assert kinds()["text"].canonical(question("text"), unicodedata.normalize("NFD", "한글\r\n")) == composed


def test_new_emoji_are_text():
    assert kinds()["text"].check_answer(question("text"), "\U0001fae9") == []


@given(ballots_of(), st.integers())
def test_counting_does_not_depend_on_the_order_and_equals_a_naive_recount(drawn, seed):
    asked, cast = drawn
    shuffled = list(cast)
    Random(seed).shuffle(shuffled)
    result = ballot_rules.summarise(asked, counters(asked, cast))
    assert ballot_rules.summarise(asked, counters(asked, shuffled)) == result
    for one, got in zip(asked, result, strict=True):
        given_answers = [ballot[one["id"]] for ballot in cast if one["id"] in ballot]
        assert got["answered"] == len(given_answers)
        assert {o["id"]: o["count"] for o in got["options"]} == naive(one, given_answers)


def counters(asked, cast):
    counted: dict[str, Counter[str]] = {}
    for ballot in cast:
        recorded = ballot_rules.canonical_answers(asked, ballot)
        for question_id, key, n in ballot_rules.count_ballot(asked, recorded):
            counted.setdefault(question_id, Counter())[key] += n
    return counted


def naive(asked, given_answers):
    """Counted as a person would with the ballots on a table."""
    ids = [option["id"] for option in asked["options"]]
    match asked["kind"]:
        case "yes_no":
            return {name: given_answers.count(name) for name in ("yes", "no", "abstain")}
        case "choice" | "knapsack":
            return {one: sum(one in answer for answer in given_answers) for one in ids}
        case "ranking":
            return {one: sum(answer[:1] == [one] for answer in given_answers) for one in ids}
        case "score" | "cumulative":
            return {one: sum(answer.get(one, 0) for answer in given_answers) for one in ids}
        case _:
            return {}


def test_the_indicator_poll_of_2019():
    asked = question("choice", options=options("a", "b", "c", "d"))
    votes = {"a": 68, "b": 84, "c": 14, "d": 119}
    counted = {"q1": Counter(votes) + Counter({"": sum(votes.values())})}
    [result] = ballot_rules.summarise([asked], counted)
    assert [(o["count"], o["share"]) for o in result["options"]] == [
        (68, "23.86"),
        (84, "29.47"),
        (14, "4.91"),
        (119, "41.75"),
    ]


def test_scores_have_a_mean_and_a_distribution():
    asked = question("score", options=options("a"))
    counted = {"q1": {"": 3, "a=5": 2, "a=4": 1}}
    [result] = ballot_rules.summarise([asked], counted)
    assert result["options"] == [
        {"id": "a", "count": 14, "share": "93.33", "mean": "4.67", "distribution": [0, 0, 0, 1, 2]}
    ]


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_share_is_exact_and_rounded_half_up(count, whole):
    hundredths = Fraction(10_000 * count, whole)
    assert Fraction(share(count, whole)) * 100 == (hundredths + Fraction(1, 2)).__floor__()
    assert share(count, 0) == "0.00"
