"""A poll opens only with a counting method that can count it, and the method is frozen with the rest."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.polls.contract.schemas import QuestionSchema
from services.polls.domain.definition import definition
from services.polls.domain.poll import Poll
from services.polls.usecases.readiness import readiness_problems

NOW = datetime(2026, 3, 1, tzinfo=UTC)
QUESTION = {
    "id": "q1",
    "kind": "choice",
    "title": "추진할 사업을 골라 주세요.",
    "max": 2,
    "options": [{"id": "a", "label": "가", "cost": 10}, {"id": "b", "label": "나", "cost": 20}],
}


def poll(**counting):
    question = QuestionSchema().load({**QUESTION, "counting": counting})
    return Poll(
        id="poll-1",
        organization="seoul",
        created_at=NOW,
        updated_at=NOW,
        secret="",
        roll_secret="",
        title="주민참여예산",
        closes_at=NOW + timedelta(days=1),
        eligibility={"rule": "everyone"},
        questions=[question],
    )


def problems(made):
    found = readiness_problems(made, NOW, scheduled=False, witnesses=0)
    return [(problem.pointer, problem.code) for problem in found]


def test_a_method_that_can_count_the_question_is_accepted_and_frozen():
    made = poll(rule="greedy", budget=25, order="votes_per_cost")
    assert problems(made) == []
    frozen = definition(made, {"rule": "everyone"}, None)["questions"][0]
    assert frozen["counting"] == {"rule": "greedy", "budget": 25, "order": "votes_per_cost"}


def test_a_method_that_cannot_is_refused_with_its_place():
    assert problems(poll(rule="majority")) == [("/questions/0/counting/rule", "unknown_counting_rule")]
    assert problems(poll(rule="schulze")) == [("/questions/0/counting/rule", "rule_not_for_kind")]
    assert problems(poll(rule="greedy", budget=2.5)) == [
        ("/questions/0/counting/budget", "parameter_invalid")
    ]
    assert problems(poll(budget=5)) == [("/questions/0/counting/rule", "unknown_counting_rule")]


def test_a_method_is_looked_at_though_another_question_is_ill_formed():
    made = poll(rule="majority")
    [good] = made.questions
    wrong = {**good, "id": "q2", "options": []}
    found = problems(replace(made, questions=[good, wrong]))
    assert found[-1] == ("/questions/0/counting/rule", "unknown_counting_rule")
    assert {pointer.split("/")[2] for pointer, _ in found[:-1]} == {"1"}
