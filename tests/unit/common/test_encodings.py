"""Encodings that stored signatures depend on."""

from datetime import UTC

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from services.common.encodings import b64u, canonical_json, unb64u
from services.common.ids import format_utc, is_id, new_id, parse_utc, to_minute

ASCII = st.text(st.characters(max_codepoint=127))
SIGNED = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(ASCII, inner),
)


@given(SIGNED)
def test_canonical_json_is_what_rfc_8785_says(value):
    assert canonical_json(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value", [1.5, {"é": 1}, {1: 1}, {"a": {1, 2}}, 2**60, b"x", "\ud800", [float("nan")]]
)
def test_what_could_be_written_in_two_ways_is_refused(value):
    with pytest.raises(ValueError, match="canonical JSON"):
        canonical_json(value)


@given(st.binary())
def test_base64url_comes_back(data):
    assert unb64u(b64u(data)) == data


@pytest.mark.parametrize("text", ["a", "a=", "YQ==", "YR", "a b", "ä", "+/", "Y\nQ"])
def test_each_value_has_one_text_only(text):
    with pytest.raises(ValueError, match="base64url"):
        unb64u(text)


def test_identifiers():
    assert all(is_id(new_id()) for _ in range(100))
    assert not any(is_id(text) for text in ("", "x" * 21, "x" * 23, "!" * 22, None, 5, "x" * 21 + "\n"))


@given(st.datetimes(timezones=st.timezones()))
def test_times_come_back(moment):
    try:
        text = format_utc(moment)
    except OverflowError:
        return
    assert text.endswith("Z")
    assert parse_utc(text) == moment.astimezone(UTC)
    assert to_minute(parse_utc(text)).second == 0
