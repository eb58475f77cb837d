"""How large a breakdown may be."""

import pytest

from services.polls.contract.breakdown import check_breakdown

ALL = {"by": ["district", "age", "gender", "channel"], "least": 10}


def question(kind, options, **more):
    return {"id": "q", "kind": kind, "options": [{"id": f"o{n}"} for n in range(options)], **more}


@pytest.mark.parametrize(
    "asked",
    [
        question("choice", 500),
        question("score", 50, min=0, max=10),
        question("cumulative", 20, max=10),
        question("ranking", 10),
        question("number", 0, min=0, max=10**9),
        question("text", 0),
    ],
)
def test_what_people_ask_can_be_broken_down_by_everything(asked):
    assert check_breakdown(ALL, [asked] * 2) == []


@pytest.mark.parametrize(
    ("by", "asked"),
    [
        (ALL["by"], question("score", 500, min=0, max=4)),
        (ALL["by"], question("ranking", 100)),
        (["gender"], question("score", 500, min=0, max=100)),
        (["district"], question("cumulative", 500, max=100)),
    ],
)
def test_what_would_take_minutes_to_protect_is_refused(by, asked):
    [problem] = check_breakdown({"by": by, "least": 10}, [asked] * 2)
    assert (problem.pointer, problem.code) == ("/by", "breakdown_too_large")


def test_without_a_breakdown_nothing_is_too_large():
    assert check_breakdown(None, [question("score", 500, min=0, max=100)]) == []
