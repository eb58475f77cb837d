"""Ballot passes: signed together, each good by itself, none to be forged from another."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from services.common.crypto import Signer, Verifier
from services.common.encodings import b64u, unb64u
from services.common.tlog import merkle
from services.polls.contract import passes

SIGNER = Signer("polls-pass-1", Ed25519PrivateKey.generate())
VERIFIER = Verifier({SIGNER.key_id: SIGNER.public_key})


def made(count: int) -> list[passes.BallotPass]:
    return [
        passes.BallotPass("poll", f"voter-{n}", "web", 1_000_000 + n, SIGNER.key_id) for n in range(count)
    ]


def is_good(text: str) -> bool:
    try:
        found, signed = passes.decode(text)
    except passes.MalformedPass:
        return False
    return VERIFIER.verify(found.key_id, signed.signature, signed.message)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 64, 257])
def test_each_of_many_is_good_and_says_what_it_was_made_of(count):
    texts = passes.issue(made(count), SIGNER.sign)
    assert [passes.decode(text)[0] for text in texts] == made(count)
    assert all(map(is_good, texts))


def test_none_is_none():
    assert passes.issue([], SIGNER.sign) == []


def test_one_signature_is_made_for_all():
    calls = []
    passes.issue(made(50), lambda message: calls.append(message) or SIGNER.sign(message))
    assert len(calls) == 1
    assert calls[0].startswith(passes.SIGNED_FOR)


@given(st.integers(1, 40), st.data())
def test_a_pass_whose_parts_are_mixed_with_anothers_is_not_good(count, data):
    texts = passes.issue(made(count), SIGNER.sign)
    others = passes.issue([replace(one, pseudonym="x" + one.pseudonym) for one in made(count)], SIGNER.sign)
    parts = data.draw(st.sampled_from(texts)).split(".")
    foreign = data.draw(st.sampled_from(others)).split(".")
    place = data.draw(st.integers(0, 3))
    mixed = ".".join([*parts[:place], foreign[place], *parts[place + 1 :]])
    assert is_good(mixed) == (mixed in texts)


@given(st.integers(1, 20), st.data())
def test_a_pass_with_one_changed_byte_is_not_good(count, data):
    text = data.draw(st.sampled_from(passes.issue(made(count), SIGNER.sign)))
    parts = [bytearray(unb64u(part)) for part in text.split(".")]
    part = data.draw(st.sampled_from([n for n, part in enumerate(parts) if part]))
    at = data.draw(st.integers(0, len(parts[part]) - 1))
    parts[part][at] ^= data.draw(st.integers(1, 255))
    assert not is_good(".".join(b64u(bytes(part)) for part in parts))


def test_an_inner_node_is_no_pass():
    """The two hashes below a node, presented as a payload, give that node only with a leaf's prefix: never."""
    tree = merkle.levels([merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")])
    assert merkle.leaf_hash(tree[0][0] + tree[0][1]) != tree[1][0]


@pytest.mark.parametrize("text", ["", ".", "a.b.c.d", "....", "é.é.é.é", "e30.AAAAAAAAAAE..AAAA"])
def test_junk_is_malformed(text):
    with pytest.raises(passes.MalformedPass):
        passes.decode(text)
