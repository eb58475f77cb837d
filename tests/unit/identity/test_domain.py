"""Codes, networks, sessions: rules that need nothing."""

from collections import Counter
from dataclasses import FrozenInstanceError, fields, is_dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.identity import domain
from services.identity.domain import (
    Challenge,
    RefreshToken,
    Session,
    code_of,
    network_of,
    phone_hint,
    prefix_of,
    seconds_until,
    tidy_code,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@given(st.binary(min_size=1, max_size=64), st.text(st.characters(codec="ascii"), max_size=30))
def test_a_code_is_six_digits_and_always_the_same(key: bytes, challenge_id: str) -> None:
    code = code_of(key, challenge_id)
    assert len(code) == 6
    assert code.isascii()
    assert code.isdigit()
    assert code == code_of(key, challenge_id)


def test_codes_are_spread_evenly() -> None:
    codes = [code_of(b"k", str(number)) for number in range(20_000)]
    first = Counter(code[0] for code in codes)
    last = Counter(code[-1] for code in codes)
    for counted in (first, last):
        assert len(counted) == 10
        # Far outside of what chance does (6 standard deviations are about 255), and the input never changes.
        assert max(abs(count - 2000) for count in counted.values()) < 255


def test_values_that_would_favour_some_codes_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domain, "_FAIR", 2**63)
    rejecting = [code_of(b"k", str(number)) for number in range(200)]
    monkeypatch.undo()
    assert rejecting != [code_of(b"k", str(number)) for number in range(200)]
    assert domain._FAIR % 10**6 == 0
    assert 0 <= 2**64 - domain._FAIR < 10**6


@pytest.mark.parametrize(
    ("typed", "tidy"),
    [
        ("123456", "123456"),
        (" 123 456\n", "123456"),
        ("123-456", "123456"),
        ("１２３４５６", "123456"),
        ("12a456", ""),
        ("", ""),
        ("١٢٣٤٥٦", ""),
        ("\ud800", ""),
    ],
)
def test_what_is_forgiven_in_a_typed_code(typed: str, tidy: str) -> None:
    assert tidy_code(typed) == tidy


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "'testclient'"),
        ("\ud800", "'\\ud800'"),
    ],
)
def test_which_addresses_count_together(address: str, network: str) -> None:
    assert network_of(address) == network


@given(st.text(max_size=64))
def test_any_text_can_stand_where_an_address_should(address: str) -> None:
    assert network_of(address).isascii()


def test_parts_of_a_number() -> None:
    assert phone_hint("+821012345678") == "5678"
    assert prefix_of("+821012345678", 8) == "+8210123"


@pytest.mark.parametrize(("left", "seconds"), [(-5.0, 1), (0.0, 1), (0.2, 1), (1.0, 1), (1.1, 2), (30.0, 30)])
def test_a_wait_is_told_in_whole_seconds(left: float, seconds: int) -> None:
    assert seconds_until(NOW + left * SECOND, NOW) == seconds


def test_when_a_session_is_over() -> None:
    session = Session("s", "p", "phone", NOW, NOW + 10 * SECOND)
    assert not session.is_over(NOW + 9 * SECOND)
    assert session.is_over(NOW + 10 * SECOND)
    assert Session("s", "p", "phone", NOW, NOW + 10 * SECOND, ended_at=NOW).is_over(NOW)


def test_when_a_second_use_is_a_replay() -> None:
    grace = 10 * SECOND
    assert not RefreshToken("h", "s").is_replay(NOW, grace)
    assert not RefreshToken("h", "s", used_at=NOW).is_replay(NOW + grace, grace)
    assert RefreshToken("h", "s", used_at=NOW).is_replay(NOW + grace + SECOND, grace)
    assert not RefreshToken("h", "s", used_at=NOW + SECOND).is_replay(NOW, grace)


def test_five_tries_exhaust_a_challenge() -> None:
    tries = [Challenge("c", "", "", "ko", NOW, NOW, NOW, tries=number).exhausted for number in range(7)]
    assert tries == [False] * 5 + [True] * 2


def test_everything_is_frozen() -> None:
    classes = [value for value in vars(domain).values() if isinstance(value, type) and is_dataclass(value)]
    assert len(classes) >= 8
    for kind in classes:
        made = object.__new__(kind)
        with pytest.raises(FrozenInstanceError):
            setattr(made, fields(kind)[0].name, None)
