from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify import domain, phones


def test_the_korean_day_begins_at_15_utc():
    assert domain.korean_day(datetime(2026, 3, 1, 14, 59, 59, tzinfo=UTC)) == date(2026, 3, 1)
    assert domain.korean_day(datetime(2026, 3, 1, 15, 0, tzinfo=UTC)) == date(2026, 3, 2)


@given(st.integers(1_577_836_800, 3_786_912_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)))
def test_the_next_day_is_the_first_moment_of_another_day(moment):
    midnight = domain.next_korean_day(moment)
    assert timedelta(0) < midnight - moment <= timedelta(days=1)
    assert domain.korean_day(midnight) == domain.korean_day(moment) + timedelta(days=1)
    assert domain.korean_day(midnight - timedelta(microseconds=1)) == domain.korean_day(moment)


@pytest.mark.parametrize("kind", domain.KINDS)
def test_pauses_grow_and_are_bounded(kind):
    pauses = [domain.pause_before(kind, tries) for tries in range(1, 20)]
    assert pauses == sorted(pauses)
    assert timedelta(seconds=1) <= pauses[0]
    assert pauses[-1] == timedelta(minutes=15)


def test_codes_are_paid_from_a_purse_of_their_own():
    assert domain.PURSES[domain.CODE] not in {domain.PURSES[kind] for kind in domain.BULK}


@pytest.mark.parametrize(("address", "kind"), [("+821012345678", "sms"), ("a@example.org", "mail")])
def test_the_address_tells_the_kind_of_channel(address, kind):
    assert domain.carrier(address) == kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("010-1234-5678", "+821012345678"),
        ("+82 10 1234 5678", "+821012345678"),
        ("+1 202 555 0123", "+12025550123"),
        ("12", None),
        ("전화", None),
    ],
)
def test_phones_are_read_as_people_write_them(text, expected):
    assert phones.normalised(text, "KR") == expected


def test_a_korean_number_is_dialled_with_its_zero():
    assert phones.national("+821012345678") == ("82", "01012345678")
