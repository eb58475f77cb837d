"""Composite results: the auditor's own sums, and scores that are not those that were committed to."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.deciding import Case, NotDecided
from auditor.recount.city import City
from auditor.recount.findings import Findings
from auditor.recount.sources import check_sources
from auditor.rules import composite
from services.polls.contract.commitments import scores_commitment
from services.tally.contract import rules as platform
from services.tally.contract.counting.ties import Context
from tests.unit.auditor.test_rules import NAMES, SEED, case_of, question_of

SCORES = {"a": "4.25", "b": "1/3", "c": "0", "d": "12"}
SALT = "c2FsdA"


def logged(number: int = 3, scores: dict[str, str] = SCORES, **changed: Any) -> dict[str, Any]:
    """An entry of the change log."""
    commitment = scores_commitment("poll-1", "q", "위원회", scores, SALT)
    new = {"question": "q", "source": "위원회", "entered_by": "사무국", "commitment": commitment, **changed}
    return {"number": number, "what": "source_entered", "old": None, "new": new}


def result(**changed: Any) -> dict[str, Any]:
    options = [{"id": name, "given": score, "score": "0"} for name, score in SCORES.items()]
    source = {"name": "위원회", "entered_by": "사무국", "salt": SALT, "options": options, **changed}
    ballots = {"name": "ballots", "options": []}
    return {"questions": [{"id": "q", "outcome": {"sources": [ballots, source]}}]}


def checked(said: dict[str, Any], *changes: dict[str, Any]) -> tuple[list[str], Any]:
    findings = Findings()
    found = check_sources(said, City(entries={"change": list(changes)}), "poll-1", findings)
    return [finding.code for finding in findings.all], found


def test_scores_are_those_of_the_last_entry():
    older = logged(1, {**SCORES, "a": "9"})
    assert checked(result(), logged(3), older) == (["source_committed"], {"q": {"위원회": SCORES}})


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        (result(), []),
        (result(salt="other"), [logged()]),
        (result(entered_by="다른 곳"), [logged()]),
        (result(options=[{"id": "a", "given": "5"}]), [logged()]),
        (result(), [logged(), logged(4, {**SCORES, "a": "9"})]),
        (result(), [{"number": "x", "what": "source_entered", "new": None}, {"what": "source_entered"}]),
    ],
)
def test_scores_that_were_not_committed_to(said: dict[str, Any], changes: list[dict[str, Any]]):
    assert checked(said, *changes)[0] == ["source_not_committed"]


@pytest.mark.parametrize(
    "said", [{}, {"questions": [None, {"outcome": {"sources": [3, {"name": 1}]}}, {"outcome": 1}]}]
)
def test_results_of_another_form_have_no_sources(said: dict[str, Any]):
    assert checked(said, logged()) == ([], {})


ENTERED = st.fixed_dictionaries({name: st.sampled_from(["0", "1", "2", "1/3", "2.5"]) for name in NAMES})


@settings(max_examples=200)
@given(
    st.lists(st.lists(st.sampled_from(NAMES), unique=True, max_size=4), max_size=8),
    ENTERED,
    st.sampled_from(["sum", "max", "rank"]),
    st.sampled_from([{}, {"budget": 8}, {"winners": 2}, {"ties": "draw"}]),
)
def test_what_the_platform_comes_to(ballots: Any, entered: Any, normalise: str, more: Any):
    sources = [{"name": "위원회", "weight": "40%"}, {"name": "ballots", "weight": "3/5"}]
    question = question_of(
        "choice", {"rule": "composite", "sources": sources, "normalise": normalise, **more}, max=4
    )
    assert platform.check_question(question) == []
    profile = platform.new_profile(question)
    assert profile is not None
    for answer in ballots:
        profile.add(answer)
    theirs = platform.count(question, profile, Context(SEED, sources={"위원회": entered}))
    case = case_of(question, ballots)
    ours = composite.decide(Case(case.question, case.profile, SEED, None, {"위원회": entered}))
    assert sorted(ours.selected) == sorted(theirs.selected)
    assert ours.scores == {option.id: Fraction(option.score) for option in theirs.options}


def test_a_source_that_the_result_does_not_tell():
    question = question_of("choice", {"rule": "composite", "sources": [{"name": "위원회", "weight": "100%"}]})
    with pytest.raises(NotDecided):
        composite.decide(case_of(question, [["a"]]))
