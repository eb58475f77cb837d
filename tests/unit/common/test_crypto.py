"""Keys: made once, found by number, old ones still good."""

import stat

import pytest

from services.common.crypto import (
    KeyFolder,
    KeyMissing,
    Undecryptable,
    Verifier,
    create_missing,
    keyed_hash,
    same,
)


@pytest.fixture
def folder(tmp_path):
    create_missing(tmp_path, "things", signing=("receipt",), secret=("data",))
    return tmp_path


def test_keys_are_made_once_and_are_private(folder):
    before = {path: path.read_bytes() for path in (folder / "things").iterdir()}
    assert create_missing(folder, "things", ("receipt",), ("data",)) == []
    assert {path: path.read_bytes() for path in (folder / "things").iterdir()} == before
    assert {stat.S_IMODE(path.stat().st_mode) for path in before} == {0o600}
    assert stat.S_IMODE((folder / "things").stat().st_mode) == 0o700


def test_a_signature_is_deterministic_and_checked_by_key_id(folder):
    keys = KeyFolder(folder, "things")
    signer, verifier = keys.signer("receipt"), keys.verifier("receipt")
    signature = signer.sign(b"x")
    assert signer.key_id == "things-receipt-1"
    assert signature == signer.sign(b"x")
    assert Verifier.from_wire(verifier.to_wire()).verify(signer.key_id, signature, b"x")
    assert not verifier.verify(signer.key_id, signature, b"y")
    assert not verifier.verify("things-receipt-9", signature, b"x")
    assert not verifier.verify(signer.key_id, b"short", b"x")


def test_the_newest_key_is_used_and_the_old_ones_still_work(folder):
    keys = KeyFolder(folder, "things")
    old_text, old_signer = keys.ring("data").encrypt(b"hello", b"row 1"), keys.signer("receipt")
    for use, kind in (("data", "key"), ("receipt", "pem")):
        create_missing(folder, "other", ("receipt",), ("data",))
        (folder / "other" / f"{use}-1.{kind}").rename(folder / "things" / f"{use}-10.{kind}")
    ring = keys.ring("data")
    assert ring.decrypt(old_text, b"row 1") == b"hello"
    assert ring.is_old(old_text)
    assert not ring.is_old(ring.encrypt(b"hello", b"row 1"))
    assert keys.signer("receipt").key_id == "things-receipt-10"
    assert keys.verifier("receipt").verify(old_signer.key_id, old_signer.sign(b"x"), b"x")


@pytest.mark.parametrize("text", ["", "1.", "x.y", "2.AAAA", "1.AAAA"])
def test_what_was_not_encrypted_here_is_refused(folder, text):
    with pytest.raises(Undecryptable):
        KeyFolder(folder, "things").ring("data").decrypt(text, b"")


def test_a_text_belongs_to_its_row(folder):
    ring = KeyFolder(folder, "things").ring("data")
    with pytest.raises(Undecryptable):
        ring.decrypt(ring.encrypt(b"hello", b"row 1"), b"row 2")


def test_a_missing_key_is_named(tmp_path):
    with pytest.raises(KeyMissing, match="things receipt"):
        KeyFolder(tmp_path, "things").signer("receipt")


def test_blind_indexes():
    assert keyed_hash(b"k" * 32, "a") == keyed_hash(b"k" * 32, "a")
    assert keyed_hash(b"k" * 32, "a") != keyed_hash(b"j" * 32, "a")
    assert same("a", "a")
    assert not same("a", "b")
