"""The breakdown of a result: what it has for each kind of question, and what weighting may tell."""

from typing import Any

import pytest

from services.common.contract import instance
from services.common.encodings import canonical_json
from services.polls.contract import ballot_rules
from services.tally.breakdown.document import breakdown
from services.tally.contract.breakdown import ResultBreakdownSchema
from services.tally.domain import by_question
from tests.unit.tally.breakdown.polls import (
    MOTION,
    ONE,
    QUESTIONS,
    SCALE,
    WHY,
    Voter,
    counted,
    question,
    voters,
)
from tests.unit.tally.breakdown.solving import Simplex, System

HOUR = "2026-11-22T05:00:00Z"
AMOUNT = question("amount", "number", min=0, max=3)
DAY = question("day", "date", earliest="2026-12-01", latest="2026-12-02")
WORDS = question("words", "text")


def people(*groups: tuple[str, str, int, dict[str, Any]], hour: str = HOUR) -> list[Voter]:
    """So many voters of a gender and an age, all with these answers."""
    made: list[Voter] = []
    for gender, age, number, given in groups:
        made += [({"gender": gender, "age": age, "district": "mapo"}, hour, given)] * number
    return made


def made(voters_: list[Voter], questions: list[dict[str, Any]], **declared: Any) -> dict[str, Any]:
    by = declared.setdefault("by", ["gender"])
    declared.setdefault("least", 10)
    document = breakdown(questions, counted(voters_, questions, by), declared)
    assert instance(ResultBreakdownSchema).validate(document) == {}
    assert canonical_json(document)
    return document


def rows(table: dict[str, Any]) -> dict[str, tuple[Any, list[Any]]]:
    return {row["value"]: (row["answered"], row["counts"]) for row in table["rows"]}


@pytest.mark.parametrize("seed", range(6))
def test_what_is_told_adds_up_to_what_was_counted(seed: int):
    cohorts = counted(voters(seed, 80), QUESTIONS)
    document = breakdown(QUESTIONS, cohorts, {"by": list(cohorts.by), "least": 3})
    totals = by_question(cohorts.totals())
    results = ballot_rules.summarise(QUESTIONS, totals)
    for told, result in zip(document["questions"], results, strict=True):
        for table in told["tables"]:
            if table.get("option") is None and all(None not in row["counts"] for row in table["rows"]):
                sums = [sum(column) for column in zip(*(row["counts"] for row in table["rows"]), strict=True)]
                assert sums == [each.get("voters", each["count"]) for each in result["options"]]
                assert sum(row["answered"] for row in table["rows"]) == result["answered"]


def test_every_kind_has_its_columns():
    given = {
        "one": ["a"],
        "scale": {"a": 1, "b": 4},
        "points": {"a": 2, "b": 1},
        "motion": "yes",
        "amount": 2,
        "day": "2026-12-02",
        "words": {"sha256": "x"},
    }
    asked = [*(q for q in QUESTIONS if q["id"] in given), AMOUNT, DAY, WORDS]
    document = made(people(("female", "20", 40, given), ("male", "20", 30, given)), asked)
    tables = {told["id"]: told["tables"] for told in document["questions"]}
    assert rows(tables["one"][0])["female"] == (40, [40, 0, 0, 0, 0])
    assert rows(tables["motion"][0])["male"] == (30, [30, 0, 0])
    assert rows(tables["points"][0])["male"] == (30, [30, 30, 0, 0])
    assert [(table["option"], table["columns"]) for table in tables["scale"]] == [
        ("a", list("1234")),
        ("b", list("1234")),
    ]
    assert rows(tables["scale"][1])["female"] == (40, [0, 0, 0, 40])
    assert (tables["amount"][0]["columns"], rows(tables["amount"][0])["male"]) == (
        ["0", "1", "2", "3"],
        (30, [0, 0, 30, 0]),
    )
    assert (tables["day"][0]["columns"], rows(tables["day"][0])["male"]) == (
        ["2026-12-01", "2026-12-02"],
        (30, [0, 30]),
    )
    assert tables["words"] == []


def test_a_few_of_one_gender_are_suppressed_together_with_another_row():
    groups = people(
        ("female", "20", 40, {"one": ["a"]}),
        ("male", "20", 30, {"one": ["b"]}),
        ("unknown", "20", 4, {"one": ["b"]}),
    )
    document = made(groups, [ONE])
    assert [row["voters"] for row in document["voters"][0]["rows"]] == [None, 30, None]
    assert [row["share"] for row in document["voters"][0]["rows"]] == [None, "40.54", None]
    assert rows(document["questions"][0]["tables"][0])["female"] == (None, [None] * 5)


def test_voters_of_one_kind_only_are_not_split():
    document = made(people(("female", "20", 40, {"one": ["a"]})), [ONE])
    assert document["voters"][0]["withheld"] == "too_few"
    (table,) = document["questions"][0]["tables"]
    assert table["withheld"] == "too_few"
    assert all(row["answered"] is None and set(row["counts"]) == {None} for row in table["rows"])


def test_a_poll_that_nobody_voted_in():
    document = made([], QUESTIONS, margins={"gender": {"female": 1, "male": 1}})
    assert {row["voters"] for row in document["voters"][0]["rows"]} == {0}
    assert document["questions"][0]["weighted"] == {"by": ["gender"], "withheld": "too_few_ballots"}
    assert document["turnout"] == {"unit": "hour", "times": [], "rows": [{"value": None, "voters": []}]}


def test_who_was_asked_a_question_is_suppressed_where_the_answer_that_led_to_it_is():
    no = {"motion": "no", "why": ["a"]}
    groups = people(
        ("female", "20", 30, {"motion": "yes"}),
        ("female", "20", 4, no),
        ("male", "20", 30, {"motion": "yes"}),
        ("male", "20", 20, no),
        ("unknown", "20", 30, {"motion": "yes"}),
        ("unknown", "20", 20, no),
    )
    document = made(groups, [MOTION, WHY])
    motion, why = (told["tables"][0] for told in document["questions"])
    suppressed = {row["value"] for row in motion["rows"] if None in row["counts"]}
    assert "female" in suppressed
    assert {row["value"] for row in why["rows"] if row["answered"] is None} >= suppressed


# --- weighted shares

EVEN = people(
    ("female", "20", 60, {"one": ["a"]}),
    ("female", "30", 40, {"one": ["b"]}),
    ("male", "20", 20, {"one": ["a"]}),
    ("male", "30", 30, {"one": ["b"]}),
)
HALVES = {"gender": {"female": 500, "male": 500}}


def weighted(document: dict[str, Any], number: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = document["questions"][number]["weighted"]
    return found


def test_weighted_shares_by_hand():
    """Of 100 women 60 chose a, of 50 men 20; in halves that is 50 %. Weights 0.75 and 1.5: size 150² / (56.25 + 112.5)."""
    found = weighted(made(EVEN, [ONE], margins=HALVES))
    assert (found["by"], found["ballots"], found["left_out"]) == (["gender"], 150, 0)
    assert (found["effective"], found["design_effect"]) == ("133.3", "1.13")
    assert found["options"][0] == {"id": "a", "share": "50.00", "margin": "8.49"}
    assert found["options"][2] == {"id": "c", "share": "0.00", "margin": "0.00"}


def test_weighted_means_of_scores():
    groups = people(
        ("female", "20", 30, {"scale": {"a": 4, "b": 1}}), ("male", "20", 60, {"scale": {"a": 1, "b": 1}})
    )
    found = weighted(made(groups, [SCALE], margins=HALVES))
    assert found["options"] == [
        {"id": "a", "mean": "2.50", "margin": "0.33"},
        {"id": "b", "mean": "1.00", "margin": "0.00"},
    ]


def test_voters_who_have_not_told_are_left_out_and_counted():
    unknown = people(("unknown", "20", 25, {"one": ["e"]}))
    found = weighted(made(EVEN + unknown, [ONE], margins=HALVES))
    assert (found["ballots"], found["left_out"]) == (150, 25)
    assert found["options"][0]["share"] == "50.00"


def test_a_weighted_share_is_withheld_where_its_column_has_a_suppressed_cell():
    few = people(("female", "20", 25, {"one": ["c"]}), ("male", "20", 4, {"one": ["c"]}))
    document = made(EVEN + few, [ONE], margins=HALVES)
    options = {option["id"]: option for option in weighted(document)["options"]}
    (table,) = document["questions"][0]["tables"]
    for n, column in enumerate(table["columns"]):
        hidden = any(row["counts"][n] is None for row in table["rows"])
        assert options[column].get("withheld", False) is hidden
    assert options["c"] == {"id": "c", "withheld": True}
    assert sum("withheld" in option for option in options.values()) >= 2


def test_a_weighted_share_of_a_suppressed_column_would_give_its_cells_away():
    """Two cells of 29 in all, with weights that anybody can compute from 125 women and 54 men: one more equation, and they are known."""
    system = System()
    for cell in ("female", "male"):
        system.unknown(cell)
    system.equal({"female": 1, "male": 1}, 29)
    assert Simplex(system).bounds("male") == (0, 29)
    system.equal({"female": 54, "male": 125}, 25 * 54 + 4 * 125)
    assert system.determined() == {"female": 25, "male": 4}


@pytest.mark.parametrize("seed", [0, 3, 8, 11])
@pytest.mark.parametrize("by", [["gender"], ["gender", "age"]])
def test_no_weighted_figure_is_told_of_a_column_with_a_suppressed_cell(seed: int, by: list[str]):
    people_ = voters(seed, 400)
    margins = {each: {cell[each]: 10 for cell, _, _ in people_ if cell[each] != "unknown"} for each in by}
    document = made(people_, QUESTIONS, by=by, least=3, margins=margins)
    for told in document["questions"]:
        found = told.get("weighted", {"by": []})
        assert found["by"] == [each for each in by if margins[each]]
        raked = [table for table in told["tables"] if table["by"] in found["by"]]
        for option in found.get("options", []):
            if "withheld" not in option:
                assert None not in figures(raked, option["id"])


def figures(tables: list[dict[str, Any]], option: str) -> list[int | None]:
    """Every figure of an option in every table."""
    return [
        n
        for table in tables
        for row in table["rows"]
        for name, n in zip(table["columns"], row["counts"], strict=True)
        if option == table.get("option", name)
    ]


@pytest.mark.parametrize(
    ("more", "margins", "code"),
    [
        ([], {"gender": {"female": 1}}, "no_margin"),
        ([], {"age": {"20": 1, "30": 1, "40": 1}}, "too_few_ballots"),
        (people(("unknown", "20", 3, {"one": ["a"]})), HALVES, "suppressed"),
    ],
)
def test_why_nothing_is_weighted(more: list[Voter], margins: dict[str, Any], code: str):
    by = list(margins)
    assert weighted(made(EVEN + more, [ONE], by=by, margins=margins)) == {"by": by, "withheld": code}


def test_margins_that_contradict_who_voted_lead_to_no_weights():
    apart = people(("female", "20", 50, {"one": ["a"]}), ("male", "30", 50, {"one": ["a"]}))
    margins = {"gender": {"female": 1, "male": 1}, "age": {"20": 3, "30": 1}}
    found = weighted(made(apart, [ONE], by=["gender", "age"], margins=margins))
    assert found == {"by": ["gender", "age"], "withheld": "not_converged"}


def test_without_margins_nothing_is_weighted():
    assert "weighted" not in made(EVEN, [ONE])["questions"][0]


# --- turnout


def test_turnout_by_hour_has_every_hour_between():
    late = people(
        ("female", "20", 20, {"one": ["a"]}), ("male", "20", 20, {"one": ["a"]}), hour="2026-11-22T08:00:00Z"
    )
    told = made(EVEN + late, [ONE])["turnout"]
    assert (told["unit"], len(told["times"]), told["times"][-1]) == ("hour", 4, "2026-11-22T08:00:00Z")
    assert told["rows"] == [{"value": None, "voters": [150, 0, 0, 40]}]


def test_turnout_of_a_long_poll_is_by_day_in_seoul():
    late = people(("female", "20", 20, {"one": ["a"]}), hour="2026-11-26T15:00:00Z")
    told = made(EVEN + late, [ONE])["turnout"]
    assert (told["unit"], told["times"]) == (
        "day",
        ["2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"],
    )
    assert told["rows"][0]["voters"] == [150, 0, 0, 0, 0, 20]


def test_turnout_by_district_where_the_poll_is_split_by_it():
    told = made(
        [
            ({**cell, "district": "jongno" if n % 2 else "mapo"}, hour, given)
            for n, (cell, hour, given) in enumerate(EVEN)
        ],
        [ONE],
        by=["district"],
    )["turnout"]
    found = {row["value"]: row["voters"] for row in told["rows"]}
    assert (told["by"], found[None], found["jongno"], found["mapo"], found["unknown"]) == (
        "district",
        [150],
        [75],
        [75],
        [0],
    )
