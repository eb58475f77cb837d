"""Signed notes, checkpoints and cosignatures against vectors of the specifications and of other implementations."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats import checkpoints, cosignatures, notes
from auditor.formats.encodings import b64, unb64
from auditor.formats.notes import COSIGNATURE_V1, ED25519, Note, Signer

# golang.org/x/mod/sumdb/note, package documentation
NEUMANN_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_SEED = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
NEUMANN = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""
ENOCH = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"

# A real checkpoint with real cosignatures; the witness's key is in transparency-dev/formats, note/note_cosigv1_test.go
REMORA_KEY = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
REMORA = """\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
"""

# C2SP tlog-checkpoint and tlog-cosignature, the examples at the top; their keys are not published
SOFA = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""


def test_the_note_of_the_go_documentation():
    key = notes.parse_vkey(NEUMANN_KEY)
    note = notes.parse(NEUMANN.encode())
    assert notes.verify(note, [key]) == [key]
    assert key.vkey() == NEUMANN_KEY
    signer = Signer("PeterNeumann", Ed25519PrivateKey.from_private_bytes(unb64(NEUMANN_SEED)[1:]))
    assert Note(note.text, (signer.sign(note.text),)).encode() == NEUMANN.encode()
    twice = notes.parse((NEUMANN + ENOCH).encode())
    assert notes.verify(twice, [key]) == [key]
    assert notes.parse_signatures(ENOCH.encode())[0].name == "EnochRoot"


def test_a_real_cosignature():
    key = notes.parse_vkey(REMORA_KEY)
    assert key.signature_type == COSIGNATURE_V1
    note = notes.parse(REMORA.encode())
    assert cosignatures.verify(note, key) == 0x6A122120
    assert note.encode() == REMORA.encode()
    forged = notes.parse(REMORA.replace("1432088532", "1432088533").encode())
    with pytest.raises(notes.NotSigned):
        cosignatures.verify(forged, key)


def test_the_examples_of_the_specification():
    note = notes.parse(SOFA.encode())
    checkpoint = checkpoints.parse(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.text() == note.text
    assert int.from_bytes(note.signatures[1].value[:8], "big") == 1679315147
    assert cosignatures.message(note.text, 1679315147) == (  # tlog-cosignature, "Ed25519 signed message"
        b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
        b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )


def signer(name: str = "log.example/1", seed: int = 1) -> Signer:
    return Signer(name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


TEXT = checkpoints.Checkpoint("log.example/1", 7, bytes(range(32))).text()


def test_a_cosignature_comes_back():
    witness = signer("witness.example/w", 2)
    key = witness.key(COSIGNATURE_V1)
    made = cosignatures.cosign(witness, TEXT, 1_700_000_000)
    note = Note(TEXT, (signer().sign(TEXT), made))
    assert cosignatures.verify(notes.parse(note.encode()), key) == 1_700_000_000
    assert cosignatures.verify(note, signer("another.example", 2).key(COSIGNATURE_V1)) is None
    assert cosignatures.time_of(witness.key(ED25519), TEXT, made) is None


def test_the_latest_of_several_cosignatures_counts():
    witness = signer("witness.example/w", 2)
    made = tuple(cosignatures.cosign(witness, TEXT, time) for time in (5, 9, 7))
    assert cosignatures.verify(Note(TEXT, made), witness.key(COSIGNATURE_V1)) == 9


def test_a_wrong_signature_of_a_known_key_spoils_the_note():
    one, other = signer(), signer("other.example", 3)
    note = Note(TEXT, (one.sign(TEXT), other.sign(TEXT + "x\n")))
    assert notes.verify(note, [one.key()]) == [one.key()]
    with pytest.raises(notes.NotSigned, match="wrong"):
        notes.verify(note, [one.key(), other.key()])
    with pytest.raises(notes.NotSigned, match="no trusted key"):
        notes.verify(note, [signer("log.example/1", 9).key()])


def test_a_checkpoint_of_another_log_is_none_of_this_one():
    note = Note(TEXT, (signer().sign(TEXT),)).encode()
    assert checkpoints.open_checkpoint(note, "log.example/1", [signer().key()])[1].size == 7
    with pytest.raises(checkpoints.MalformedCheckpoint):
        checkpoints.open_checkpoint(note, "log.example/2", [signer().key()])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n- name AAAAAAAA\n",
        "text\n\n— name AAAAAAAA".encode(),
        "text\n\n— na+me AAAAAAAA\n".encode(),
        "text\n\n— name AAAA\n".encode(),
        "text\n\n— name AAAAAAA\n".encode(),
        "te\txt\n\n— name AAAAAAAA\n".encode(),
        b"text\xff\n\n" + "— name AAAAAAAA\n".encode(),
        ("text\n\n" + "— name AAAAAAAA\n" * 101).encode(),
        b"x" * notes.LONGEST + "\n\n— name AAAAAAAA\n".encode(),
    ],
)
def test_what_is_no_note(data):
    with pytest.raises(notes.MalformedNote):
        notes.parse(data)


def test_sixteen_long_signatures_are_read():
    """signed-note: a reader MUST accept at least 16 signatures, and some kinds have nearly 5 kB."""
    lines = "".join(f"— witness{n} {b64(bytes(5_000))}\n" for n in range(16))
    assert len(notes.parse((TEXT + "\n" + lines).encode()).signatures) == 16


@pytest.mark.parametrize(
    "vkey",
    [  # transparency-dev/formats, note/note_cosigv1_test.go
        "bananas.sigstore.dev+12344556",
        "rekor.sigstore.dev+12345678+THIS_IS_NOT_BASE64!",
        "rekor.sigstore.dev+12345678+AwEB",
        "PeterNeumann+00000000+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "",
    ],
)
def test_what_is_no_key(vkey):
    with pytest.raises(notes.MalformedKey):
        notes.parse_vkey(vkey)


def test_a_key_whose_base64_has_a_plus():
    """transparency-dev/formats, note/note_cosigv1_test.go."""
    key = "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6"
    assert notes.parse_vkey(key).vkey() == key


ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="


@pytest.mark.parametrize(
    "text",
    [
        f"log\n1\n{ROOT}",
        "log\n1\n",
        f"\n1\n{ROOT}\n",
        f"log\n01\n{ROOT}\n",
        f"log\n-1\n{ROOT}\n",
        f"log\n١\n{ROOT}\n",
        f"log\n9223372036854775808\n{ROOT}\n",
        "log\n1\nAAAA\n",
        f"log\n1\n{ROOT}\n\n",
    ],
)
def test_what_is_no_checkpoint(text):
    with pytest.raises(checkpoints.MalformedCheckpoint):
        checkpoints.parse(text)


@given(
    st.text(st.characters(min_codepoint=33, exclude_categories=["Cs"]), min_size=1),
    st.integers(0, 2**63 - 1),
    st.binary(min_size=32, max_size=32),
    st.lists(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1), max_size=3),
)
def test_checkpoints_come_back(origin, size, root, extensions):
    checkpoint = checkpoints.Checkpoint(origin, size, root, tuple(extensions))
    assert checkpoints.parse(checkpoint.text()) == checkpoint
