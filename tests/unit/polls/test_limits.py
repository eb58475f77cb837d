"""Group limits and exclusive options: what voters may pick, and which limits a poll cannot open with."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.kinds import kinds as auditor_kinds
from services.polls.contract import ballot_rules
from tests.unit.polls.questions import PICKED, allowed, picks, possible, question, sound

CITY, MAPO, JONGNO = "서울시 전체", "마포구", "종로구"


def projects(*groups, **fields):
    return [{"id": f"p{n}", "label": f"사업 {n}", "group": group, **fields} for n, group in enumerate(groups)]


BUDGET_VOTE = question(
    "choice",
    min=1,
    max=10,
    options=[
        *projects(*[CITY] * 8, *[MAPO] * 4, *[JONGNO] * 4),
        {"id": "none", "label": "없음", "exclusive": True},
    ],
    limits=[
        {"by": "group", "values": [CITY], "max": 7},
        {"by": "group", "values": [MAPO, JONGNO], "max": 3, "distinct": 1},
    ],
)
FIELDS = question(
    "choice",
    max=4,
    options=[{"id": f"p{n}", "label": "가", "category": f"분야 {n % 3}"} for n in range(6)],
    limits=[{"by": "category", "each": True, "max": 1}],
)
NEEDED = question(
    "choice",
    max=4,
    options=[*projects(CITY, CITY, MAPO, MAPO), {"id": "x", "label": "기타", "exclusive": True}],
    limits=[{"by": "group", "each": True, "min": 1}],
)
PURSE = question(
    "knapsack",
    budget=100,
    min=1,
    max=3,
    options=[
        {"id": "a", "label": "가", "cost": 60},
        {"id": "b", "label": "나", "cost": 40},
        {"id": "c", "label": "다", "cost": 1},
        {"id": "x", "label": "없음", "cost": 500, "exclusive": True},
    ],
)
POINTS = question(
    "cumulative",
    min=3,
    max=10,
    most_each=6,
    options=[
        *projects(CITY, MAPO, JONGNO),
        {"id": "x", "label": "없음", "exclusive": True},
    ],
    limits=[{"by": "group", "max": 2}],
)
RANKED = question(
    "ranking", min=2, options=[*projects(CITY, CITY, MAPO), {"id": "x", "label": "없음", "exclusive": True}]
)


def ids(*numbers):
    return [f"p{n}" for n in numbers]


@pytest.mark.parametrize(
    ("asked", "answer", "code"),
    [
        (BUDGET_VOTE, ids(0, 1, 2, 3, 4, 5, 6, 8, 9, 10), None),
        (BUDGET_VOTE, ids(0, 1, 2, 3, 4, 5, 6, 7), "limit_exceeded"),
        (BUDGET_VOTE, ids(8, 9, 10, 11), "limit_exceeded"),
        (BUDGET_VOTE, ids(8, 12), "limit_distinct"),
        (BUDGET_VOTE, ["none"], None),
        (BUDGET_VOTE, [*ids(0), "none"], "exclusive_not_alone"),
        (BUDGET_VOTE, [], "too_few_choices"),
        (FIELDS, ids(0, 1, 2), None),
        (FIELDS, ids(0, 3), "limit_exceeded"),
        (NEEDED, ids(0, 2), None),
        (NEEDED, ids(0, 1), "limit_missed"),
        (NEEDED, ["x"], None),
        (PURSE, ["a", "b"], None),
        (PURSE, ["a", "b", "c"], "over_budget"),
        (PURSE, ["x"], None),
        (POINTS, {"p0": 6, "p1": 4}, None),
        (POINTS, {"p0": 1, "p1": 1}, "too_few_points"),
        (POINTS, {"p0": 6, "p1": 5}, "too_many_points"),
        (POINTS, {"p0": 7}, "points_outside"),
        (POINTS, {"p0": 3, "zz": 1}, "unknown_option"),
        (POINTS, {"p0": True, "p1": 4}, "points_outside"),
        (POINTS, {"p0": 2, "p1": 2, "p2": 2}, "limit_exceeded"),
        (POINTS, {"x": 1}, None),
        (POINTS, {"x": 2}, "points_outside"),
        (POINTS, {"x": 1, "p0": 3}, "exclusive_not_alone"),
        (POINTS, ["p0"], "not_points"),
        (RANKED, ids(2, 0), None),
        (RANKED, ids(2), "too_few_choices"),
        (RANKED, ["p2", "p2", "p0"], "repeated_option"),
        (RANKED, ["x"], None),
        (RANKED, ["x", "p0"], "exclusive_not_alone"),
    ],
)
def test_what_may_be_picked_and_the_auditor_agrees(asked, answer, code):
    assert ballot_rules.check_questions([asked]) == []
    found = ballot_rules.check_ballot([asked], {"q1": answer})
    assert [p.code for p in found] == ([code] if code else [])
    assert auditor_kinds()[asked["kind"]].is_valid(asked, answer) == (code is None)


def test_a_broken_limit_names_only_what_was_picked_too_often():
    (problem,) = ballot_rules.check_ballot([BUDGET_VOTE], {"q1": ids(8, 9, 10, 11)})
    assert problem.params == {"values": [MAPO], "max": 3, "given": 4}


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_just_what_brute_force_allows_is_accepted(data):
    asked = data.draw(sound(st.sampled_from(PICKED).flatmap(picks)))
    names = [option["id"] for option in asked["options"]]
    chosen = data.draw(st.lists(st.sampled_from(names), unique=True))
    if asked["kind"] == "cumulative":
        least = max(len(chosen), asked["min"])
        share = -(-least // len(chosen)) if chosen else 0
        cap = asked.get("most_each", asked["max"])
        if any(o.get("exclusive") for o in asked["options"] if o["id"] in chosen):
            share = 1
        elif share > cap or share * len(chosen) > asked["max"]:
            return
        answer = dict.fromkeys(chosen, share)
    else:
        answer = chosen
    accepted = not ballot_rules.check_ballot([asked], {asked["id"]: answer})
    assert accepted == allowed(asked, chosen)


IMPOSSIBLE = {"limits_impossible", "limit_impossible", "points_unreachable"}


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PICKED).flatmap(picks))
def test_what_is_refused_as_impossible_cannot_be_answered(asked):
    """And a question with a single limit that is not refused can be; several may be impossible only together."""
    plain = {**asked, "options": [option for option in asked["options"] if "exclusive" not in option]}
    if len(plain["options"]) < 2:
        return
    if plain["kind"] == "knapsack":
        plain["budget"] = 10**6
    if {p.code for p in ballot_rules.check_questions([plain])} & IMPOSSIBLE:
        assert not possible(plain)
    single = {**plain, "limits": plain.get("limits", [])[:1]}
    if not ballot_rules.check_questions([single]):
        assert possible(single)


@pytest.mark.parametrize(
    ("limits", "pointer", "code"),
    [
        ([{"by": "category", "max": 1}], "/limits/0/by", "limit_value_unknown"),
        (
            [{"by": "group", "values": [CITY, "강남구"], "max": 1}],
            "/limits/0/values/1",
            "limit_value_unknown",
        ),
        ([{"by": "group", "values": [CITY, CITY], "max": 1}], "/limits/0/values", "repeated_value"),
        ([{"by": "group", "values": [CITY]}], "/limits/0", "limit_empty"),
        ([{"by": "group", "max": 0}], "/limits/0", "limit_impossible"),
        ([{"by": "group", "each": True, "max": 0}], "/limits/0", "limit_impossible"),
        ([{"by": "group", "min": 3, "max": 2}], "/limits/0", "limit_impossible"),
        ([{"by": "group", "values": [MAPO], "min": 3}], "/limits/0", "limit_impossible"),
        ([{"by": "group", "each": True, "min": 3}], "/limits/0", "limit_impossible"),
        ([{"by": "group", "each": True, "min": 1, "distinct": 1}], "/limits/0/distinct", "limit_impossible"),
        ([{"by": "group", "min": 3, "distinct": 1}], "/limits/0", "limit_impossible"),
        ([{"by": "group", "each": True, "min": 2}], "/max", "limit_impossible"),
        ([{"by": "group", "max": 1}], "/min", "limit_impossible"),
        (
            [{"by": "group", "values": [CITY], "max": 1}, {"by": "group", "values": [MAPO], "max": 1}],
            None,
            None,
        ),
    ],
)
def test_limits_that_cannot_be_met_are_refused_where_they_stand(limits, pointer, code):
    asked = question("choice", min=2, max=3, options=projects(CITY, CITY, MAPO, MAPO), limits=limits)
    found = [(p.pointer, p.code) for p in ballot_rules.check_questions([asked])]
    assert found == ([(f"/questions/0{pointer}", code)] if code else [])


@pytest.mark.parametrize(
    ("asked", "pointer", "code"),
    [
        (question("knapsack", options=projects(CITY, MAPO, cost=5)), "/budget", "required"),
        (question("knapsack", budget=9, options=projects(CITY, MAPO)), "/options/0/cost", "cost_missing"),
        (
            question("knapsack", budget=9, options=projects(CITY, MAPO, cost=10)),
            "/options/0/cost",
            "cost_above_budget",
        ),
        (
            question("knapsack", budget=9, min=2, options=projects(CITY, MAPO, cost=5)),
            "/min",
            "min_unaffordable",
        ),
        (question("cumulative", options=projects(CITY, MAPO), max=1001), "/max", "points_impossible"),
        (
            question("cumulative", options=projects(CITY, MAPO), most_each=11),
            "/most_each",
            "most_each_impossible",
        ),
        (
            question("cumulative", options=projects(CITY, MAPO), min=9, most_each=4),
            "/min",
            "points_unreachable",
        ),
        (
            question("cumulative", options=projects(*[CITY] * 60), max=1000),
            "/most_each",
            "too_many_counters",
        ),
        (question("ranking", options=projects(*[CITY] * 240)), "/max", "too_many_counters"),
        (
            question("choice", options=projects(CITY, MAPO, exclusive=True)),
            "/options",
            "only_exclusive_options",
        ),
        (question("score", options=projects(CITY, exclusive=True)), "/options/0/exclusive", "field_not_used"),
        (question("score", options=projects(CITY), limits=[{"by": "group"}]), "/limits", "field_not_used"),
        (question("choice", options=projects(CITY, MAPO), budget=5), "/budget", "field_not_used"),
        (question("yes_no", order="shuffled"), "/order", "field_not_used"),
        (question("text", decimals=2), "/decimals", "field_not_used"),
        (question("yes_no", earliest="2026-01-01"), "/earliest", "field_not_used"),
    ],
)
def test_a_question_that_cannot_be_answered_or_means_nothing_is_refused(asked, pointer, code):
    found = {(p.pointer, p.code) for p in ballot_rules.check_questions([asked])}
    assert (f"/questions/0{pointer}", code) in found
