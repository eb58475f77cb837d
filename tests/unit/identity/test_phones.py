"""Which phone numbers are accepted, and how they look inside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity.contract import InvalidPhone
from services.identity.phones import PhoneRules

KOREAN = PhoneRules("KR", {82})


@pytest.mark.parametrize(
    "written",
    [
        "010-1234-5678",
        "01012345678",
        "010 1234 5678",
        "+82 10-1234-5678",
        "+821012345678",
        "０１０１２３４５６７８",
        "82-10-1234-5678",
    ],
)
def test_one_number_in_the_ways_people_write_it(written: str) -> None:
    assert KOREAN.normalise(written) == "+821012345678"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "abc",
        "010",
        "010-1234",
        "02-123-4567",  # a landline gets no message
        "070-1234-5678",
        "1588-0000",
        "112",
        "+1 650 253 0000",  # not an allowed country
        "+81 90-1234-5678",
        "010-1234-5678 ext. 9",
        "010-1234-5678" + " " * 40,
        "\x00",
        "\ud800",
        "١٢٣",
    ],
)
def test_what_is_refused(written: str) -> None:
    with pytest.raises(InvalidPhone) as refused:
        KOREAN.normalise(written)
    assert refused.value.params == {}
    assert refused.value.__cause__ is None
    assert KOREAN.normalise_or_none(written) is None


def test_other_countries_by_setting() -> None:
    rules = PhoneRules("KR", {82, 81})
    assert rules.normalise("+81 90-1234-5678") == "+819012345678"
    assert rules.normalise("010-1234-5678") == "+821012345678"
    assert PhoneRules("JP", {81}).normalise("090-1234-5678") == "+819012345678"


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    number = KOREAN.normalise_or_none(text)
    assert number is None or (number.startswith("+82") and KOREAN.normalise(number) == number)
