"""Entered scores: exact, and each with one text."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tally.contract.counting.scores import exact

WHOLE = st.integers(0, 10**15 - 1)


@pytest.mark.parametrize(
    ("entered", "text"),
    [
        (0, "0"),
        (100, "100"),
        ("007", "7"),
        ("4.250", "4.25"),
        ("17/4", "4.25"),
        ("70/6", "35/3"),
        ("0/5", "0"),
    ],
)
def test_one_text_for_a_number(entered: Any, text: str):
    assert exact(entered) == text


@pytest.mark.parametrize(
    "entered",
    [
        -1,
        10**15,
        True,
        0.5,
        None,
        [],
        "",
        " 1",
        "1 ",
        "-1",
        "+1",
        "1e3",
        "1.",
        ".5",
        "1/0",
        "1/-2",
        "١",
        "1\n",
        "0.0000000001",
    ],
)
def test_what_is_no_score(entered: Any):
    assert exact(entered) is None


@given(WHOLE, st.integers(1, 10**15 - 1))
def test_no_part_of_a_fraction_is_lost(above: int, below: int):
    text = exact(f"{above}/{below}")
    assert text is not None
    assert Fraction(text) == Fraction(above, below)
    assert exact(text) == text or len(text.replace(".", "")) > 15
