"""Every kind of question as this program reads it, against the platform's reading: both were written apart."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.formats import canonical
from auditor.kinds import kinds
from auditor.recount.counting import Count
from auditor.recount.unique import UniqueIds
from services.polls.contract import ballot_rules
from services.polls.contract.kinds import kinds as platform_kinds
from tests.unit.polls.questions import JUNK, answers, branching, questions

HASH = {"sha256": "A" * 43}


def test_both_know_the_same_kinds():
    assert set(kinds()) == set(platform_kinds())


def nearly(question):
    """Answers that are often valid, and junk made of the same parts: all as they could stand in a leaf."""
    ids = [option["id"] for option in question["options"]]
    names = st.sampled_from([*ids, "zz"])
    ends = question.get("min") or 0, question.get("max") or 0
    close = st.integers(ends[0] - 1, ends[1] + 1)
    return st.one_of(
        answers(question),
        answers(question).map(lambda answer: recorded(question, answer)),
        st.lists(names, max_size=4),
        st.sets(names, max_size=4).map(lambda chosen: [name for name in ids if name in chosen]),
        st.dictionaries(names, st.integers(-1, 6) | st.just(True), max_size=4),
        st.dictionaries(st.sampled_from(ids or ["zz"]), st.integers(1, 4), min_size=1, max_size=3),
        close,
        st.tuples(close, st.sampled_from(["{}", "{}.0", "{}.50", "-{}", "0{}", "{}.000000"])).map(
            lambda both: both[1].format(both[0])
        ),
        st.dates().map(str) | st.sampled_from(["yes", "2026-02-30", "20260101", "2026-W01-1"]),
        st.just(HASH),
        JUNK.filter(lambda junk: junk is not None and is_canonical(junk)),
    )


def is_canonical(junk):
    """Whether it could stand in a leaf: only what canonical JSON can say, and no floats."""
    try:
        return canonical.loads(canonical.dumps(junk)) == junk
    except (ValueError, TypeError, canonical.NotCanonical):
        return False


def recorded(question, answer):
    if question["kind"] == "text":
        return HASH
    return ballot_rules.canonical_answers([question], {question["id"]: answer})[question["id"]]


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_the_same_answers_are_valid(data):
    question = data.draw(questions())
    answer = data.draw(nearly(question))
    valid = ballot_rules.check_recorded([question], {question["id"]: answer})
    assert kinds()[question["kind"]].is_valid(question, answer) == valid


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_the_same_ballots_come_to_the_same_result(data):
    question = data.draw(questions())
    cast = data.draw(st.lists(st.tuples(answers(question), st.integers(1, 5)), max_size=6))
    kind, own = kinds()[question["kind"]], Counter()
    platform = Counter({"": 0})
    for answer, ballots in cast:
        form = recorded(question, answer)
        kind.count(question, own, form, ballots)
        for _, name, n in ballot_rules.count_ballot([question], {question["id"]: form}):
            platform[name] += n * ballots
    (summary,) = ballot_rules.summarise([question], {question["id"]: platform})
    answered = sum(ballots for _, ballots in cast)
    head = {"id": question["id"], "kind": question["kind"], "answered": answered}
    assert head | kind.result(question, own, answered) == summary


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_the_same_ballots_of_a_poll_with_branches_are_valid(data):
    asked = data.draw(branching())
    optional = {one["id"]: answers(one).map(lambda a, one=one: recorded(one, a)) for one in asked}
    ballot = data.draw(st.fixed_dictionaries({}, optional=optional))
    if data.draw(st.booleans()):
        shown = ballot_rules.shown(asked, ballot)
        ballot = {name: answer for name, answer in ballot.items() if name in shown}
    leaf = {"answers": ballot, "ballot_id": "0123456789abcdef", "poll": "p", "v": 1}
    with UniqueIds(100) as unique:
        count = Count("p", asked, unique)
        count.add([canonical.dumps(leaf)])
        count.finish()
    assert ("invalid_ballot" not in count.troubles) == ballot_rules.check_recorded(asked, ballot)
    assert set(count.troubles) <= {"invalid_ballot"}
