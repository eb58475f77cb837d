"""The checker catches a ballot that is lost, doubled, invented or altered, and says nothing of an honest record."""

import json
from dataclasses import replace

import pytest

from tests.chaos.checker import Record, check, leaf_hash
from tests.chaos.journal import UNKNOWN, Story

POLL = "poll"


def leaf(ballot_id, option="a", poll=POLL):
    return json.dumps({"v": 1, "poll": poll, "ballot_id": ballot_id, "answers": {"q1": [option]}})


def story(ballot_id, *statuses, voter=None, option="a", receipt=True):
    made = Story(voter or f"voter of {ballot_id}", ballot_id, {"q1": [option]})
    made.sent = len(statuses)
    made.statuses = list(statuses)
    if 201 in statuses and receipt:
        made.leaf_hashes = {leaf_hash(leaf(ballot_id, option))}
    return made


def results(**counts):
    options = [{"id": name, "count": counts.get(name, 0)} for name in ("a", "b")]
    return {
        "state": "final",
        "voters": sum(counts.values()),
        "questions": [{"id": "q1", "options": options}],
    }


@pytest.fixture
def stories():
    """One recorded, one accepted, one refused and lost, one refused and in, one without an answer."""
    made = [
        story("one", 201),
        story("two", 503, 202, option="b"),
        story("three", 503),
        story("four", UNKNOWN, 503),
        story("five", UNKNOWN),
    ]
    return {each.ballot_id: each for each in made}


@pytest.fixture
def record():
    return Record(POLL, [leaf("one"), leaf("four"), leaf("two", "b")], 3, True, results(a=2, b=1))


def test_an_honest_record_has_no_problems(stories, record):
    found = check(stories, record)
    assert found.problems == []
    assert (found.figures["lost"], found.figures["doubled"]) == (0, 0)


@pytest.mark.parametrize(("lost", "says"), [("one", "got a receipt"), ("two", "was accepted")])
def test_catches_a_lost_ballot(stories, record, lost, says):
    left = [each for each in record.leaves if json.loads(each)["ballot_id"] != lost]
    counts = results(a=1, b=1) if lost == "one" else results(a=2)
    found = check(stories, replace(record, leaves=left, size=2, results=counts))
    assert [problem for problem in found.problems if says in problem and "not in the log" in problem]
    assert len(found.problems) == 1


def test_catches_a_doubled_ballot(stories, record):
    found = check(
        stories, replace(record, leaves=[*record.leaves, leaf("one")], size=4, results=results(a=3, b=1))
    )
    assert "ballot one is in the log 2 times" in found.problems
    assert found.figures["doubled"] == 1


def test_catches_an_invented_ballot(stories, record):
    found = check(
        stories, replace(record, leaves=[*record.leaves, leaf("never")], size=4, results=results(a=3, b=1))
    )
    assert found.problems == ["entry 3 was never submitted"]


def test_catches_an_altered_choice(stories, record):
    found = check(
        stories,
        replace(record, leaves=[leaf("one", "b"), *record.leaves[1:]], results=results(a=1, b=2)),
    )
    assert "entry 0 is not what its voter chose" in found.problems
    assert "entry 0 is not what its receipt says" in found.problems


def test_catches_a_ballot_in_another_polls_log(stories, record):
    found = check(stories, replace(record, leaves=[*record.leaves[:2], leaf("two", "b", poll="other")]))
    assert found.problems == ["entry 2 is of another poll"]


def test_catches_a_refused_ballot_that_counts(stories, record):
    stories["three"] = story("three", 409)
    found = check(
        stories, replace(record, leaves=[*record.leaves, leaf("three")], size=4, results=results(a=3, b=1))
    )
    assert found.problems == ["ballot three was only refused and is in the log"]


def test_catches_a_voter_who_counts_twice(stories, record):
    stories["six"] = story("six", 201, voter="voter of one")
    found = check(
        stories, replace(record, leaves=[*record.leaves, leaf("six")], size=4, results=results(a=3, b=1))
    )
    assert found.problems == ["voter voter of one is counted 2 times"]


def test_an_accepted_ballot_may_give_way_to_the_same_voters_other_one(stories, record):
    stories["six"] = story("six", 202, voter="voter of one")
    assert check(stories, record).problems == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"size": 4}, "a gap"),
        ({"sealed": False}, "not sealed"),
        ({"dead": 1}, "1 dead letters instead of 0"),
        ({"results": {"state": "live"}}, "not final"),
        ({"results": results(a=1, b=2)}, "not a recount"),
        ({"results": {**results(a=2, b=1), "voters": 4}}, "counts 4 voters"),
    ],
)
def test_catches_a_record_that_contradicts_itself(stories, record, change, says):
    [problem] = check(stories, replace(record, **change)).problems
    assert says in problem


@pytest.mark.parametrize("status", [500, 502, 403, 422])
def test_catches_an_answer_that_is_not_honest(stories, record, status):
    stories["three"] = story("three", status)
    [problem] = check(stories, record).problems
    assert f"was answered {status}" in problem
