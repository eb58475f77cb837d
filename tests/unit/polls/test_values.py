"""Numbers and dates: exact, and counted in bins."""

import itertools
from collections import Counter
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.polls.contract import ballot_rules
from services.polls.contract.kinds import kinds
from tests.unit.polls.questions import answers, dates, numbers, question

AGE = question("number", min=0, max=120)
RATE = question("number", min=-1, max=3, decimals=2)
DAY = question("date", earliest="2024-01-01", latest="2026-12-31")


@pytest.mark.parametrize(
    ("asked", "answer", "recorded"),
    [
        (AGE, 41, 41),
        (AGE, "41", 41),
        (AGE, "041.0", 41),
        (AGE, 41.0, 41),
        (AGE, 0, 0),
        (RATE, 2, "2.00"),
        (RATE, "2.5", "2.50"),
        (RATE, 0.1, "0.10"),
        (RATE, -0.0, "0.00"),
        (RATE, "-0.5", "-0.50"),
        (RATE, "1.500", "1.50"),
        (DAY, "2024-02-29", "2024-02-29"),
    ],
)
def test_equal_values_have_one_form(asked, answer, recorded):
    assert ballot_rules.check_ballot([asked], {"q1": answer}) == []
    form = kinds()[asked["kind"]].canonical(asked, answer)
    assert form == recorded
    assert type(form) is type(recorded)
    assert ballot_rules.check_recorded([asked], {"q1": recorded})


@pytest.mark.parametrize("answer", [41.0, "41", True, "2.5", "2"])
def test_no_other_form_is_in_the_record(answer):
    assert not ballot_rules.check_recorded([AGE], {"q1": answer})
    assert not ballot_rules.check_recorded([RATE], {"q1": 2})
    assert not ballot_rules.check_recorded([RATE], {"q1": "2.5"})


@pytest.mark.parametrize(
    ("asked", "answer", "code"),
    [
        (AGE, 121, "number_outside"),
        (AGE, -1, "number_outside"),
        (AGE, 4.5, "not_a_whole_number"),
        (AGE, "4.5", "not_a_whole_number"),
        (AGE, True, "not_a_number"),
        (AGE, "", "not_a_number"),
        (AGE, " 4", "not_a_number"),
        (AGE, "1e1", "not_a_number"),
        (AGE, "1,000", "not_a_number"),
        (AGE, "٤", "not_a_number"),
        (AGE, float("nan"), "not_a_number"),
        (AGE, float("inf"), "not_a_number"),
        (AGE, 1e300, "not_a_number"),
        (AGE, 10**40, "number_outside"),
        (AGE, [4], "not_a_number"),
        (RATE, "0.001", "too_many_decimals"),
        (RATE, 0.1 + 0.2, "too_many_decimals"),
        (DAY, "2023-12-31", "date_outside"),
        (DAY, "2027-01-01", "date_outside"),
        (DAY, "2025-02-29", "not_a_date"),
        (DAY, "20250101", "not_a_date"),
        (DAY, "2025-W01-1", "not_a_date"),
        (DAY, "2025-1-1", "not_a_date"),
        (DAY, "２０２５-01-01", "not_a_date"),
        (DAY, 20250101, "not_a_date"),
    ],
)
def test_a_wrong_value_is_told(asked, answer, code):
    assert [p.code for p in ballot_rules.check_ballot([asked], {"q1": answer})] == [code]


@pytest.mark.parametrize(
    ("asked", "pointer", "code"),
    [
        (question("number", max=5), "/min", "required"),
        (question("number", min=5), "/max", "required"),
        (question("number", min=5, max=5), "/max", "range_impossible"),
        (question("number", min=0, max=10**12 + 1), "/max", "range_too_wide"),
        (question("number", min=0, max=10**9, decimals=4), "/max", "range_too_wide"),
        (question("date", latest="2026-01-01"), "/earliest", "required"),
        (question("date", earliest="2026-02-30", latest="2026-03-01"), "/earliest", "not_a_date"),
        (question("date", earliest="2026-02-01", latest="9999-12-31"), "/latest", "not_a_date"),
        (question("date", earliest="2026-02-01", latest="2026-01-01"), "/latest", "range_impossible"),
        (question("date", earliest="2016-01-01", latest="2026-01-02"), "/latest", "dates_too_far_apart"),
    ],
)
def test_a_range_that_cannot_be_meant_is_refused(asked, pointer, code):
    found = [(p.pointer, p.code) for p in ballot_rules.check_questions([asked])]
    assert found == [(f"/questions/0{pointer}", code)]


def counted(asked, given_answers):
    kind = kinds()[asked["kind"]]
    counters = Counter()
    for answer in given_answers:
        for name, n in kind.count(asked, kind.canonical(asked, answer)):
            counters[name] += n
    return kind.summarise(asked, counters, len(given_answers))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_bins_cover_everything_once_and_the_mean_is_exact(data):
    asked = data.draw(numbers() | dates())
    cast = data.draw(st.lists(answers(asked), min_size=1, max_size=30))
    summary = counted(asked, cast)
    bins = summary["bins"]
    assert sum(each["count"] for each in bins) == len(cast)
    convert = str if asked["kind"] == "date" else Decimal
    ends = [(convert(each["from"]), convert(each["to"])) for each in bins]
    assert all(low <= high for low, high in ends)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(ends))
    for (low, high), each in zip(ends, bins, strict=True):
        assert each["count"] == sum(low <= convert(str(answer)) <= high for answer in cast)
    if asked["kind"] == "date":
        assert (bins[0]["from"], bins[-1]["to"]) == (asked["earliest"], asked["latest"])
        assert len(bins) <= 122
    else:
        assert (Decimal(bins[0]["from"]), Decimal(bins[-1]["to"])) == (asked["min"], asked["max"])
        assert len(bins) <= 50
        exact = sum(Fraction(str(answer)) for answer in cast) / len(cast)
        step = Fraction(1, 10 ** (asked.get("decimals", 0) + 2))
        assert -step / 2 < Fraction(summary["mean"]) - exact <= step / 2


def test_figures_by_hand():
    summary = counted(AGE, [0, 9, 10, "41", 120])
    assert [(each["from"], each["to"]) for each in summary["bins"]][:2] == [("0", "9"), ("10", "19")]
    assert summary["bins"][-1] == {"from": "120", "to": "120", "count": 1, "share": "20.00"}
    assert [each["count"] for each in summary["bins"]] == [2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert summary["mean"] == "36.00"
    assert counted(RATE, ["-1.00", "-0.99"])["mean"] == "-0.9950"
    assert "mean" not in counted(AGE, [])
    months = counted(DAY, ["2024-01-01", "2024-01-31", "2026-12-31"])["bins"]
    assert len(months) == 36
    assert months[0] == {"from": "2024-01-01", "to": "2024-01-31", "count": 2, "share": "66.67"}
    assert months[-1]["to"] == "2026-12-31"


def test_counters_stay_within_53_bits_and_are_few():
    """With a billion ballots of the widest range."""
    widest = question("number", min=-(10**12) // 2, max=10**12 // 2)
    assert ballot_rules.check_questions([widest]) == []
    increments = dict(kinds()["number"].count(widest, 10**12 // 2 - 1))
    assert all(0 < n * 10**9 < 2**53 for n in increments.values())
    assert len(kinds()["number"].summarise(widest, {}, 0)["bins"]) <= 20
