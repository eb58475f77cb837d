"""What the auditor says of a breakdown, which it cannot count again."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from auditor.__main__ import main
from services.tally.breakdown.document import breakdown
from tests.unit.auditor.bundles import QUESTIONS, Bundle, answers_of
from tests.unit.tally.breakdown.polls import counted

DECLARED = {"by": ["district", "gender"], "least": 10}
DISTRICTS, GENDERS = ("jongno", "mapo", "gangnam", "mapo", "unknown"), ("female", "male", "male", "unknown")


def made() -> dict[str, Any]:
    """The breakdown of the bundles' 700 ballots, of voters in turn from some districts."""
    voters = []
    for n in range(700):
        cell = {"district": DISTRICTS[n % 5], "gender": GENDERS[n % 13 % 4]}
        voters.append((cell, f"2026-11-22T{n % 3:02d}:00:00Z", answers_of(n)))
    return breakdown(QUESTIONS, counted(voters, QUESTIONS, DECLARED["by"]), DECLARED)


class Split(Bundle):
    """A poll that declares a breakdown."""

    def definition(self) -> dict[str, Any]:
        return {**super().definition(), "breakdown": DECLARED}


@pytest.fixture(scope="module")
def honest() -> dict[str, Any]:
    return made()


@pytest.fixture
def recount(tmp_path, capsys) -> Callable[[Bundle], tuple[int, dict[str, str]]]:
    def run(bundle: Bundle) -> tuple[int, dict[str, str]]:
        status = main(["recount", str(bundle.write(tmp_path / "record.tar.gz")), "--json"])
        found = json.loads(capsys.readouterr().out)
        return status, {finding["code"]: finding["outcome"] for finding in found["findings"]}

    return run


def test_an_honest_breakdown_holds_and_is_said_to_be_no_recount(recount, honest):
    status, outcomes = recount(Split(change_result=lambda result: result.update(breakdown=honest)))
    assert (status, outcomes["breakdown_agrees"], outcomes["breakdown_not_recounted"]) == (0, "holds", "note")


def table(split: dict[str, Any], question: int, number: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = split["questions"][question]["tables"][number]
    return found


def first_told(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return next(row for row in rows if row["counts"][0])


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (lambda split: split.update(least=9), "breakdown_differs"),
        (lambda split: split["voters"][0]["rows"][0].update(voters=701), "breakdown_differs"),
        (lambda split: table(split, 0)["rows"][0].update(answered=3), "breakdown_differs"),
        (
            lambda split: first_told(table(split, 0)["rows"])["counts"].__setitem__(0, 300),
            "breakdown_differs",
        ),
        (lambda split: first_told(table(split, 2)["rows"])["counts"].__setitem__(0, 4), "breakdown_differs"),
        (lambda split: split["turnout"]["rows"][0]["voters"].append(1), "breakdown_differs"),
        (lambda split: split["turnout"]["rows"][1]["voters"].__setitem__(0, 600), "breakdown_differs"),
        (lambda split: split["turnout"]["times"].reverse(), "breakdown_differs"),
        (lambda split: split.pop("turnout"), "breakdown_malformed"),
        (lambda split: split["questions"][0].update(id="other"), "breakdown_malformed"),
        (lambda split: split.update(voters=3), "breakdown_malformed"),
    ],
)
def test_a_breakdown_that_cannot_be_right_is_found(recount, honest, how, code):
    split = deepcopy(honest)
    how(split)
    status, outcomes = recount(Split(change_result=lambda result: result.update(breakdown=split)))
    assert (status, outcomes.get(code)) == (1, "differs")


def test_a_declared_breakdown_that_is_missing(recount):
    status, outcomes = recount(Split())
    assert (status, outcomes["breakdown_missing"]) == (1, "differs")


def test_a_breakdown_that_was_never_declared(recount, honest):
    status, outcomes = recount(Bundle(change_result=lambda result: result.update(breakdown=honest)))
    assert (status, outcomes["breakdown_not_declared"]) == (1, "differs")
