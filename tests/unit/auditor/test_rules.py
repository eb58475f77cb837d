"""Counting rules: small cases by hand, and whatever the platform's own rules come to on random ballots."""

from collections import Counter
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.deciding import Case, NotDecided, least, seed_of, share
from auditor.formats import canonical
from auditor.formats.checkpoints import Checkpoint
from auditor.rules import rules
from services.tally.contract import rules as platform
from services.tally.contract.counting.ballots import form_of, increments
from services.tally.contract.counting.ties import Context
from services.tally.contract.counting.ties import seed_of as platform_seed

SEED = bytes(range(32))
NAMES = ["a", "b", "c", "d"]


def question_of(kind: str, counting: dict[str, Any], **more: Any) -> dict[str, Any]:
    options = [] if kind == "yes_no" else [{"id": name, "label": name} for name in NAMES]
    for n, option in enumerate(options):
        option |= {"cost": (3, 5, 2, 4)[n], "group": ("x", "x", "y", "y")[n]}
    return {"id": "q", "kind": kind, "title": "?", "options": options, "counting": counting, **more}


def case_of(question: dict[str, Any], ballots: list[Any], roll_size: int | None = 40) -> Case:
    counters: Counter[str] = Counter()
    answers: Counter[bytes] = Counter()
    for answer in ballots:
        answers[canonical.dumps(answer)] += 1
        for name, n in increments(form_of(question), answer):
            counters[name] += n
    profile = SimpleNamespace(counters=counters, answers=answers, answered=len(ballots), question=question)
    return Case(question, profile, SEED, roll_size)  # type: ignore[arg-type]


def platform_says(question: dict[str, Any], ballots: list[Any], roll_size: int | None = 40):
    rule = platform.rules()[question["counting"]["rule"]]
    assert platform.check_question(question) == []
    profile = rule.profile(question)
    for answer in ballots:
        profile.add(answer)
    return rule.count(question, profile, Context(SEED, roll_size)).as_json()


def agree(question: dict[str, Any], ballots: list[Any], roll_size: int | None = 40) -> None:
    theirs = platform_says(question, ballots, roll_size)
    ours = rules()[question["counting"]["rule"]].decide(case_of(question, ballots, roll_size))
    assert sorted(ours.selected) == sorted(o["id"] for o in theirs["options"] if o["selected"])
    if ours.scores:
        assert {o["id"]: o["score"] for o in theirs["options"]} == {
            o: str(score) for o, score in ours.scores.items()
        }


RANKINGS = st.lists(
    st.permutations(NAMES).flatmap(lambda order: st.integers(1, 4).map(lambda n: list(order[:n]))),
    max_size=25,
)
APPROVALS = st.lists(st.sets(st.sampled_from(NAMES), min_size=1).map(sorted), max_size=25)
POINTS = st.lists(st.fixed_dictionaries({name: st.integers(0, 5) for name in NAMES}), max_size=25)
TIES = st.sampled_from(["listed", "draw"])
QUORUM = st.sampled_from([{}, {"quorum": {"ballots": 9}}, {"quorum": {"at_least": "1/3", "of": "roll"}}])
THRESHOLD = st.sampled_from(
    [
        {},
        {"threshold": {"votes": 4}},
        {"threshold": {"more_than": "50%"}},
        {"threshold": {"at_least": "33.3%"}},
    ]
)
SEATS = st.integers(1, 3).map(lambda n: {"winners": n})
ROLL = st.sampled_from([None, 40])


@settings(max_examples=60, deadline=None)
@given(APPROVALS, TIES, QUORUM, THRESHOLD, SEATS, ROLL)
def test_approval(ballots, ties, quorum, threshold, seats, roll):
    agree(
        question_of("choice", {"rule": "approval", "ties": ties, **quorum, **threshold, **seats}, max=4),
        ballots,
        roll,
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["yes", "no", "abstain"]), max_size=25), TIES, QUORUM, ROLL, st.data())
def test_plurality_of_a_motion(ballots, ties, quorum, roll, data):
    of = {
        "threshold": {"more_than": "1/2", "of": data.draw(st.sampled_from(["answered", "decided", "roll"]))}
    }
    chosen = data.draw(st.sampled_from([{}, of]))
    agree(question_of("yes_no", {"rule": "plurality", "ties": ties, **quorum, **chosen}), ballots, roll)


@settings(max_examples=40, deadline=None)
@given(RANKINGS, TIES, SEATS)
def test_plurality_of_rankings(ballots, ties, seats):
    agree(question_of("ranking", {"rule": "plurality", "ties": ties, **seats}), ballots)


@settings(max_examples=60, deadline=None)
@given(RANKINGS, TIES, SEATS, QUORUM, st.sampled_from([{}, {"variant": "zero"}, {"variant": "modified"}]))
def test_borda(ballots, ties, seats, quorum, variant):
    agree(question_of("ranking", {"rule": "borda", "ties": ties, **seats, **quorum, **variant}), ballots)


@settings(max_examples=100, deadline=None)
@given(RANKINGS, TIES, QUORUM)
def test_instant_runoff(ballots, ties, quorum):
    agree(question_of("ranking", {"rule": "instant_runoff", "ties": ties, **quorum}), ballots)


@settings(max_examples=100, deadline=None)
@given(RANKINGS, TIES, SEATS, QUORUM, st.sampled_from([{}, {"strength": "margins"}]))
def test_schulze(ballots, ties, seats, quorum, strength):
    agree(question_of("ranking", {"rule": "schulze", "ties": ties, **seats, **quorum, **strength}), ballots)


@settings(max_examples=40, deadline=None)
@given(POINTS, TIES, SEATS, QUORUM, st.sampled_from([{}, {"by": "mean"}]))
def test_score(ballots, ties, seats, quorum, by):
    agree(
        question_of("score", {"rule": "score", "ties": ties, **seats, **quorum, **by}, min=0, max=5), ballots
    )


@settings(max_examples=40, deadline=None)
@given(POINTS, TIES, SEATS)
def test_cumulative(ballots, ties, seats):
    agree(question_of("cumulative", {"rule": "cumulative", "ties": ties, **seats}, max=20), ballots)


@settings(max_examples=150, deadline=None)
@given(st.data(), TIES)
def test_greedy(data, ties):
    kind, ballots = data.draw(
        st.one_of(
            st.tuples(st.just("choice"), APPROVALS),
            st.tuples(st.just("ranking"), RANKINGS),
            st.tuples(st.just("score"), POINTS),
        )
    )
    counting = {"rule": "greedy", "ties": ties, "budget": data.draw(st.integers(0, 15))}
    for name, values in {
        "order": ["votes_per_cost", "votes"],
        "unaffordable": ["skip", "stop"],
        "threshold": [{"votes": 0}, {"votes": 3}, {"score": 5}, {"more_than": "1/4"}],
        "exclusive": [[["a", "c"]], [["a", "b"], ["b", "d"]]],
        "caps": [[{"group": "x", "projects": 1}], [{"group": "y", "budget": 4}, {"group": "x", "budget": 6}]],
    }.items():
        if data.draw(st.booleans()):
            counting[name] = data.draw(st.sampled_from(values))
    if kind == "ranking" and data.draw(st.booleans()):
        counting["points"] = [5, 3]
    question = question_of(kind, counting, max=4 if kind != "score" else 5)
    if data.draw(st.booleans()):
        question["options"][2]["cost"] = 0
    agree(question, ballots)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.tuples(st.just("choice"), APPROVALS), st.tuples(st.just("score"), POINTS)),
    TIES,
    st.integers(0, 15),
    st.sampled_from(
        [{}, {"utility": "cardinality"}, {"threshold": {"votes": 2}}, {"threshold": {"more_than": "40%"}}]
    ),
    st.sampled_from(["none", "add1", "add1u", "utilitarian"]),
    st.sampled_from([{}, {"increment": 1}, {"increment": 2}, {"increment": 3}]),
    st.sampled_from([1, 1000]),
    st.booleans(),
)
def test_equal_shares(ballots, ties, budget, utility, completion, increment, unit, free):
    counting = {"rule": "equal_shares", "ties": ties, "budget": budget, "completion": completion}
    kind, cast = ballots
    question = question_of(kind, {**counting, **increment, **utility}, max=4 if kind == "choice" else 5)
    if not increment:  # in a currency of smaller units
        question["counting"]["budget"] = budget * unit
        for option in question["options"]:
            option["cost"] *= unit
    if free:
        question["options"][2]["cost"] = 0
    agree(question, cast)


def test_instant_runoff_by_hand():
    """Nine voters: a 4, b 3, c 2; c goes out and its ballots go to b, who then has five of nine."""
    ballots = [["a"]] * 4 + [["b"]] * 3 + [["c", "b"]] * 2
    assert rules()["instant_runoff"].decide(
        case_of(question_of("ranking", {"rule": "instant_runoff"}), ballots)
    ).selected == ["b"]


def test_borda_by_hand():
    """Two voters, four options: a gets 3 + 0, b 2 + 3."""
    found = rules()["borda"].decide(
        case_of(question_of("ranking", {"rule": "borda"}), [list("abcd"), list("bdca")])
    )
    assert (found.selected, found.scores["a"], found.scores["b"]) == (["b"], 3, 5)


def test_schulze_without_a_condorcet_winner():
    """45 voters, four options, no option that beats every other one head to head."""
    votes = {"acbd": 5, "adcb": 5, "bdac": 8, "cabd": 3, "cadb": 7, "cbad": 2, "dcba": 7, "badc": 8}
    ballots = [list(order) for order, n in votes.items() for _ in range(n)]
    agree(question_of("ranking", {"rule": "schulze"}), ballots)


@pytest.mark.parametrize(
    "counting",
    [
        {"rule": "plurality", "mood": 1},
        {"rule": "plurality", "ties": "coin"},
        {"rule": "score", "by": "median"},
        {"rule": "greedy", "order": "name", "budget": 1},
        {"rule": "greedy"},
        {"rule": "approval", "threshold": {"about": "1/2"}},
        {"rule": "approval", "threshold": {"more_than": "half"}},
    ],
)
def test_what_it_does_not_follow_it_does_not_decide(counting):
    with pytest.raises(NotDecided):
        rules()[counting["rule"]].decide(case_of(question_of("choice", counting), [["a"]]))


@pytest.mark.parametrize("name", ["borda", "instant_runoff", "schulze", "greedy"])
def test_options_that_are_ranked_equally_are_not_decided(name):
    question = question_of("ranking", {"rule": name, **({"budget": 9} if name == "greedy" else {})})
    with pytest.raises(NotDecided, match="equally"):
        rules()[name].decide(case_of(question, [[["a", "b"], "c"]]))


def test_shares_and_thresholds():
    assert [share(text) for text in ("1/3", "50%", "33.3%")] == [
        Fraction(1, 3),
        Fraction(1, 2),
        Fraction(333, 1000),
    ]
    case = case_of(question_of("choice", {"rule": "approval"}), [["a"]] * 10)
    assert least(case, {"more_than": "50%"}) == 6
    assert least(case, {"at_least": "1/3"}) == 4
    assert least(case, {"at_least": "1/2", "of": "roll"}) == 20


def test_draws_go_by_the_final_checkpoint():
    checkpoint = Checkpoint("vote.example/log/p", 7, bytes(32))
    assert seed_of("p", checkpoint) == platform_seed("p", 7, bytes(32))
