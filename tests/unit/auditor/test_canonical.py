"""Canonical JSON against another implementation of RFC 8785, and what must be refused."""

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats import canonical
from auditor.formats.encodings import b64u, unb64, unb64u

ASCII = st.text(st.characters(max_codepoint=127))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(ASCII, inner),
)


@given(VALUES)
def test_the_canonical_form_is_what_rfc_8785_says(value):
    assert canonical.dumps(value) == rfc8785.dumps(value)
    assert canonical.loads(canonical.dumps(value)) == value


def test_the_sample_of_rfc_8785():
    """RFC 8785 section 3.2.2 and 3.2.4, without its numbers, which have fractions."""
    source = (
        b'{"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}'
    )
    wanted = '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert canonical.dumps(canonical.read(source)) == wanted.encode()


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"a":1,"a":2}',
        '{"b":1,"a":2}',
        '{"a": 1}',
        ' {"a":1}',
        '{"a":1}\n',
        '"\\u0041"',
        '"\\/"',
        '"\\u000A"',
        '"\\ud800"',
        "1.0",
        "1e3",
        "-0",
        "01",
        "NaN",
        "Infinity",
        "9007199254740992",
        "9" * 5000,
        "[1,]",
        "",
        "[" * 100_000,
        '{"é":1}',
    ],
)
def test_what_is_not_canonical_is_refused(text):
    with pytest.raises(canonical.NotCanonical):
        canonical.loads(text.encode())


@pytest.mark.parametrize("data", [b"\xff", b'"\xed\xa0\x80"', b"\xef\xbb\xbf1"])
def test_what_is_not_utf_8_is_refused(data):
    with pytest.raises(canonical.NotCanonical):
        canonical.loads(data)


@pytest.mark.parametrize("value", [1.5, {"é": 1}, {1: 1}, 2**53, b"x", "\ud800", {1, 2}, [float("nan")]])
def test_what_has_no_canonical_form(value):
    with pytest.raises(canonical.NotCanonical):
        canonical.dumps(value)


@given(st.binary())
def test_base64url_comes_back(data):
    assert unb64u(b64u(data)) == data


@pytest.mark.parametrize("text", ["a", "YQ==", "YR", "a b", "ä", "+/", "Y\nQ"])
def test_each_value_has_one_base64url(text):
    with pytest.raises(ValueError, match="base64url"):
        unb64u(text)


@pytest.mark.parametrize("text", ["YQ", "YR==", "Y Q==", "-_-_", "YQ==\n"])
def test_each_value_has_one_base64(text):
    with pytest.raises(ValueError, match="base64"):
        unb64(text)
