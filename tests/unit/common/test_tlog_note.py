"""Signed notes, checkpoints and cosignatures: known answers, and what is refused."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.common.crypto import Signer
from services.common.tlog.checkpoint import Checkpoint, cosigned_at, cosigned_message
from services.common.tlog.note import COSIGNATURE, ED25519, BadNote, Key, Line, Note, parse_lines

# The example of Go's golang.org/x/mod/sumdb/note, where the format comes from.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANNS_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# The checkpoint in C2SP tlog-checkpoint and tlog-cosignature.
SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)

SIGNER = Signer("log-1", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
WITNESS = Signer("w", Ed25519PrivateKey.from_private_bytes(bytes(32)))
WITNESS_KEY = Key("witness.example/w1", COSIGNATURE, WITNESS.public_key)
CHECKPOINT = Checkpoint("vote.example/log/city", 7, bytes(range(32)))


def cosign(text: str, seconds: int, signer: Signer = WITNESS, key: Key = WITNESS_KEY) -> Line:
    signature = signer.sign(cosigned_message(text, seconds))
    return Line(key.name, key.key_hash, seconds.to_bytes(8, "big") + signature)


def test_a_known_note_of_another_implementation_verifies():
    key = Key.parse(NEUMANN)
    note = Note.parse(NEUMANNS_NOTE)
    assert (key.vkey, key.kind) == (NEUMANN, ED25519)
    assert note.signed_by([key])
    assert str(note) == NEUMANNS_NOTE


def test_the_checkpoint_of_the_specification_is_read_and_written_the_same():
    note = Note.parse(SOFA)
    assert str(note) == SOFA
    checkpoint = Checkpoint.parse(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.text == note.text
    assert note.lines[1].signature[:8] == (1679315147).to_bytes(8, "big")


def test_what_we_sign_verifies_and_nothing_else():
    note = CHECKPOINT.sign(SIGNER.public_key, SIGNER.sign)
    key = Key(CHECKPOINT.origin, ED25519, SIGNER.public_key)
    assert note.signed_by([key])
    assert Note.parse(str(note)) == note
    assert not note.signed_by([Key("vote.example/log/other", ED25519, SIGNER.public_key)])
    assert not note.signed_by([Key(CHECKPOINT.origin, ED25519, WITNESS.public_key)])
    assert not note.signed_by([])
    altered = Note(note.text.replace("\n7\n", "\n8\n"), note.lines)
    assert not altered.signed_by([key])
    wrong_too = Note(note.text, (*note.lines, Line(key.name, key.key_hash, bytes(64))))
    assert not wrong_too.signed_by([key])


def test_a_cosignature_holds_for_its_text_time_and_witness_only():
    line = cosign(CHECKPOINT.text, 1_700_000_000)
    assert cosigned_at(CHECKPOINT.text, line, WITNESS_KEY) == 1_700_000_000
    assert cosigned_at(CHECKPOINT.text.replace("7", "8"), line, WITNESS_KEY) is None
    assert cosigned_at(CHECKPOINT.text, line, Key("w2", COSIGNATURE, WITNESS.public_key)) is None
    later = Line(line.name, line.key_hash, (1_700_000_001).to_bytes(8, "big") + line.signature[8:])
    assert cosigned_at(CHECKPOINT.text, later, WITNESS_KEY) is None
    assert cosigned_at(CHECKPOINT.text, Line(line.name, line.key_hash, b"short"), WITNESS_KEY) is None
    far = cosign(CHECKPOINT.text, 2**63)
    assert cosigned_at(CHECKPOINT.text, far, WITNESS_KEY) is None


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "a",
        "a+b",
        "a b+c74f20a3+AA==",
        NEUMANN.replace("c74f", "c74e"),
        NEUMANN[:-4],
        NEUMANN + "A",
        "x+00000000+?",
    ],
)
def test_other_texts_are_no_keys(vkey):
    with pytest.raises(BadNote):
        Key.parse(vkey)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n- dash x08go/ZJ\n",
        "text\n\n— name\n",
        "text\n\n— name AAAA\n",
        "text\n\n— na+me x08go/ZJkuBS9Q==\n",
        "text\n\n— name x08go/ZJkuBS9Q==",
        "te\x01xt\n\n— name x08go/ZJkuBS9Q==\n",
        "x" * 100_001 + "\n\n— name x08go/ZJkuBS9Q==\n",
    ],
)
def test_other_texts_are_no_notes(data):
    with pytest.raises(BadNote):
        Note.parse(data)


HASH = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "origin\n1\n",
        f"\n1\n{HASH}\n",
        f"origin\n01\n{HASH}\n",
        f"origin\n-1\n{HASH}\n",
        f"origin\n٣\n{HASH}\n",
        f"origin\n{2**63}\n{HASH}\n",
        f"origin\n1\n{HASH}",
        "origin\n1\nAAAA\n",
        "origin\n1\n???\n",
        f"origin\n1\n{HASH}\n\n",
    ],
)
def test_other_texts_are_no_checkpoints(text):
    with pytest.raises(BadNote):
        Checkpoint.parse(text)


def test_lines_of_a_witness_are_read():
    line = cosign(CHECKPOINT.text, 5)
    assert parse_lines(str(line) * 2) == [line, line]
    assert parse_lines("") == []
    with pytest.raises(BadNote):
        parse_lines("no\n")
