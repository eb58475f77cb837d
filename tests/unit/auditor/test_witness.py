"""The witness's answers, as C2SP tlog-witness asks for them, and what it remembers."""

import stat
import tempfile
import threading
from http import HTTPStatus

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from auditor import files
from auditor.formats import cosignatures, merkle, notes
from auditor.formats.encodings import b64
from auditor.formats.notes import COSIGNATURE_V1, Note, Signer
from auditor.witness import judge
from auditor.witness.evidence import Evidence
from auditor.witness.judge import Head
from auditor.witness.keys import UnusableKey, own_signer
from auditor.witness.service import Witness
from auditor.witness.store import Damaged, InUse, Moved, Store
from auditor.witness.trust import Rule, Trust, parse_rule, parse_rules
from tests.unit.auditor.logs import TestLog, key

ORIGIN = "vote.example/log/p1"
LEAVES = [str(n).encode() for n in range(40)]
NAME = "witness.example/w"


def witness_in(folder, rules=None) -> Witness:
    rules = [Rule("vote.example/log/*", key(1).public_key().public_bytes_raw())] if rules is None else rules
    return Witness(
        Signer(NAME, key(2)), Trust(rules), Store(folder), Evidence(folder), lambda: 1_700_000_000.0
    )


@pytest.fixture
def witness(tmp_path):
    made = witness_in(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def log():
    return TestLog(ORIGIN, LEAVES)


def cosigned_at(answer, note: Note) -> int | None:
    lines = notes.parse_signatures(answer.body)
    return cosignatures.verify(Note(note.text, lines), Signer(NAME, key(2)).key(COSIGNATURE_V1))


def test_a_log_that_grows_is_cosigned(witness, log):
    for old, new in [(0, 7), (7, 7), (7, 23), (23, 40)]:
        answer = witness.add_checkpoint(log.request(old, new))
        assert answer.status == HTTPStatus.OK
        assert cosigned_at(answer, log.note(new)) == 1_700_000_000
        assert witness.store.head(ORIGIN) == Head(new, log.root(new))


def test_the_requests_of_another_witness_s_tests(tmp_path):
    """FiloSottile/torchwood, internal/witness/witness_test.go: a log of 1, then 5 entries, signed by another program."""
    origin = "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
    public = bytes.fromhex("ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f")
    seed = bytes.fromhex("31ffc2116ecbe003acaa800ab70757bd7d53206e3febef6a6d0796d95530b34f")
    signer = Signer("example.com", Ed25519PrivateKey.from_private_bytes(seed))
    assert signer.key().public_key.hex() == "64848ad8abed6e85981b3b3875b252b8767ebb4b02f703aca3b1e71bbd6a8e50"
    witness = Witness(signer, Trust([Rule(origin, public)]), Store(tmp_path), Evidence(tmp_path))
    first = f"""old 0

{origin}
1
KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

— {origin} UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY=
"""
    three = f"""old 1
KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

{origin}
3
RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=

— {origin} UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go=
"""
    five = f"""old 1
KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
+fUDV+k970B4I3uKrqJM4aP1lloPZP8mvr2Z4wRw2LI=
KgQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=

{origin}
5
QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=

— {origin} UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww=
"""
    assert witness.add_checkpoint(first.encode()).status == HTTPStatus.OK
    too_many = first.replace("old 0\n", "old 0\n" + "KgEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" * 64)
    assert witness.add_checkpoint(too_many.encode()).status == HTTPStatus.BAD_REQUEST
    assert witness.add_checkpoint(five.encode()).status == HTTPStatus.OK
    late = witness.add_checkpoint(three.encode())
    assert (late.status, late.body, late.content_type) == (409, b"5\n", "text/x.tlog.size")
    assert witness.store.head(origin).root.hex() == (
        "42bb57ad06420afa4882c4a63ac6a1ec77480b330b2f20dfc53a0caa5f564e36"
    )
    witness.store.close()


def test_an_unknown_log_is_404(witness):
    answer = witness.add_checkpoint(TestLog("other.example/log/p1", LEAVES).request(0))
    assert answer.status == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("origin", ["vote.example/log/", "vote.example/log/a/b", "vote.example/logs/p"])
def test_a_prefix_admits_one_more_path_element_only(witness, origin):
    assert witness.add_checkpoint(TestLog(origin, LEAVES).request(0)).status == HTTPStatus.NOT_FOUND


def test_an_untrusted_key_is_403(witness):
    assert witness.add_checkpoint(TestLog(ORIGIN, LEAVES, seed=9).request(0)).status == HTTPStatus.FORBIDDEN


def test_signatures_of_unknown_keys_are_passed_over(witness, log):
    note = log.note()
    other = TestLog(ORIGIN, LEAVES, seed=9).note()
    both = Note(note.text, (*other.signatures, *note.signatures)).encode()
    assert witness.add_checkpoint(b"old 0\n\n" + both).status == HTTPStatus.OK
    seen = witness.store.latest(ORIGIN)
    assert seen is not None
    kept = notes.parse(seen.note.encode()).signatures
    assert [each.name for each in kept] == [ORIGIN, NAME]  # what anybody can add is not kept
    assert kept[0] == note.signatures[0]


def test_a_wrong_old_size_is_409_with_the_size(witness, log):
    witness.add_checkpoint(log.request(0, 7))
    for old in (0, 6, 8):
        answer = witness.add_checkpoint(log.request(old, 23))
        assert (answer.status, answer.body) == (HTTPStatus.CONFLICT, b"7\n")
        assert answer.content_type == "text/x.tlog.size"
    assert witness.add_checkpoint(log.request(9, 7)).status == HTTPStatus.BAD_REQUEST


def test_another_root_for_the_same_size_is_409_and_evidence(witness, log):
    witness.add_checkpoint(log.request(0, 7))
    fork = TestLog(ORIGIN, [b"other", *LEAVES[1:]])
    answer = witness.add_checkpoint(fork.request(7, 7))
    assert answer.status == HTTPStatus.CONFLICT
    assert answer.content_type != "text/x.tlog.size"
    (name,) = witness.evidence.names()
    kept = witness.evidence.read(name)
    assert kept is not None
    assert b64(fork.root(7)).encode() in kept
    assert b64(log.root(7)).encode() in kept
    witness.add_checkpoint(fork.request(7, 7))
    assert witness.evidence.names() == [name]


def test_a_forked_history_is_422(witness, log):
    witness.add_checkpoint(log.request(0, 7))
    fork = TestLog(ORIGIN, [b"other", *LEAVES[1:]])
    assert witness.add_checkpoint(fork.request(7, 23)).status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert witness.store.head(ORIGIN).size == 7


@pytest.mark.parametrize("old", [0, 7])
def test_a_proof_where_none_belongs_is_422(witness, log, old):
    if old:
        witness.add_checkpoint(log.request(0, old))
    answer = witness.add_checkpoint(log.request(old, 7, proof=[bytes(32)]))
    assert answer.status == HTTPStatus.UNPROCESSABLE_ENTITY


def test_an_empty_log(witness):
    empty = TestLog(ORIGIN, [])
    assert witness.add_checkpoint(empty.request(0)).status == HTTPStatus.OK
    assert witness.store.latest(ORIGIN) is not None
    text = empty.note().text.replace(b64(merkle.EMPTY_ROOT), b64(bytes(32)))
    forged = Note(text, (empty.signer.sign(text),)).encode()
    assert witness.add_checkpoint(b"old 0\n\n" + forged).status == HTTPStatus.UNPROCESSABLE_ENTITY


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"old",
        b"old 07",
        b"old -1",
        b"size 0",
        b"old 0\nAAAA",
        b"old 0\n!!!",
        b"old 0 ",
        "old ٠".encode(),
    ],
)
def test_what_is_no_request_is_400(witness, log, head):
    assert witness.add_checkpoint(head + b"\n\n" + log.note().encode()).status == HTTPStatus.BAD_REQUEST
    assert witness.add_checkpoint(head).status == HTTPStatus.BAD_REQUEST


def test_what_was_seen_is_known_after_a_restart(tmp_path, log):
    first = witness_in(tmp_path)
    first.add_checkpoint(log.request(0, 23))
    with pytest.raises(InUse):
        Store(tmp_path)
    first.store.close()
    again = witness_in(tmp_path)
    seen = again.store.latest(ORIGIN)
    assert seen is not None
    assert seen.head == Head(23, log.root(23))
    assert notes.parse(seen.note.encode()).signatures[-1].name == NAME
    assert again.add_checkpoint(log.request(0, 7)).body == b"23\n"
    again.store.close()


def test_a_damaged_file_is_not_guessed_at(tmp_path, log):
    first = witness_in(tmp_path)
    first.add_checkpoint(log.request(0, 23))
    first.store.close()
    (path,) = (tmp_path / "logs").glob("*.json")
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(Damaged):
        Store(tmp_path)


def test_the_slower_of_two_requests_does_not_roll_back(witness, log):
    """The race that tlog-witness describes: both were judged against size 7."""
    witness.add_checkpoint(log.request(0, 7))
    known = witness.store.head(ORIGIN)
    witness.accept(log.note(23), ORIGIN, known, Head(23, log.root(23)))
    with pytest.raises(Moved):
        witness.accept(log.note(12), ORIGIN, known, Head(12, log.root(12)))
    assert witness.store.head(ORIGIN).size == 23


def test_many_threads_agree_on_one_history(witness, log):
    fork = TestLog(ORIGIN, [*LEAVES[:5], *(b"x" + leaf for leaf in LEAVES[5:])])
    cosigned = []

    def submit(which: TestLog) -> None:
        for new in range(5, 40, 3):
            old = witness.store.head(ORIGIN).size
            if old <= new and witness.add_checkpoint(which.request(old, new)).status == HTTPStatus.OK:
                cosigned.append((new, which.root(new)))

    threads = [threading.Thread(target=submit, args=[which]) for which in (log, fork) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert cosigned
    histories = [all(which.root(size) == root for size, root in cosigned) for which in (log, fork)]
    assert any(histories)


@pytest.mark.parametrize("step", ["open", "fsync", "replace", "sync_folder"])
def test_a_disk_that_fails_at_any_step_never_lets_two_histories_through(tmp_path, log, monkeypatch, step):
    fork = TestLog(ORIGIN, [*LEAVES[:7], *(b"x" + leaf for leaf in LEAVES[7:])])
    witness = witness_in(tmp_path)
    witness.add_checkpoint(log.request(0, 7))

    def fail(*_args, **_keywords):
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        if step == "replace":
            broken.setattr(files.Path, "replace", fail)
        elif step == "sync_folder":
            broken.setattr(files, "sync_folder", fail)
        else:
            broken.setattr(files.os, step, fail)
        answer = witness.add_checkpoint(log.request(7, 23))
    assert answer.status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert "—".encode() not in answer.body
    witness.store.close()
    again = witness_in(tmp_path)
    known = again.store.head(ORIGIN)
    assert known in (Head(7, log.root(7)), Head(23, log.root(23)))
    assert again.add_checkpoint(fork.request(7, 30)).status == (200 if known.size == 7 else 409)
    again.store.close()


class Cosigning(RuleBasedStateMachine):
    """Whatever is submitted in whatever order, and however often the witness starts again: one history."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = files.Path(self.folder.name)
        self.witness = witness_in(self.path)
        self.histories = [
            TestLog(ORIGIN, [*LEAVES[:n], *(b"%d" % n + leaf for leaf in LEAVES[n:])]) for n in (40, 3, 17)
        ]
        self.cosigned: list[tuple[int, bytes]] = []

    @rule(which=st.integers(0, 2), old=st.none() | st.integers(0, 40), new=st.integers(0, 40))
    def submit(self, which, old, new):
        log = self.histories[which]
        old = self.witness.store.head(ORIGIN).size if old is None else old
        if self.witness.add_checkpoint(log.request(old, new)).status == HTTPStatus.OK:
            self.cosigned.append((new, log.root(new)))

    @rule()
    def restart(self):
        self.witness.store.close()
        self.witness = witness_in(self.path)

    @invariant()
    def one_history(self):
        fits = [all(log.root(size) == root for size, root in self.cosigned) for log in self.histories]
        assert any(fits)
        if self.cosigned:
            assert self.witness.store.head(ORIGIN) == Head(*max(self.cosigned))

    def teardown(self):
        self.witness.store.close()
        self.folder.cleanup()


TestCosigning = Cosigning.TestCase
TestCosigning.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)


def test_the_key_is_made_once_and_for_its_owner_only(tmp_path):
    folder = tmp_path / "witness"
    first = own_signer(folder, NAME)
    assert stat.S_IMODE((folder / "key.pem").stat().st_mode) == 0o600
    again = own_signer(folder, None)
    assert again.key() == first.key()
    assert notes.parse_vkey((folder / "vkey").read_text().strip()) == first.key(COSIGNATURE_V1)
    with pytest.raises(UnusableKey, match="another name"):
        own_signer(folder, "other.example")
    with pytest.raises(UnusableKey, match="needs a name"):
        own_signer(tmp_path / "nameless", None)


def test_rules_are_written_in_several_ways():
    public = key(1).public_key().public_bytes_raw()
    vkey = Signer("vote.example/log/city", key(1)).key().vkey()
    text = ["# the city", "", f"vote.example/log/*={b64(public)}", vkey]
    text += [f"vote.example/log/city={b64(public).rstrip('=').replace('+', '-').replace('/', '_')}"]
    assert parse_rules(text) == [
        Rule("vote.example/log/*", public),
        Rule("vote.example/log/city", public),
        Rule("vote.example/log/city", public),
    ]


@pytest.mark.parametrize(
    "text", ["", "vote.example", "a*b=AAAA", "vote.example/log=AAAA", "a b=" + b64(bytes(32))]
)
def test_what_is_no_rule(text):
    with pytest.raises(notes.MalformedKey):
        parse_rule(text)


def test_a_request_is_not_trusted_before_it_is_authenticated(log):
    request = judge.parse(log.request(0, 7))
    with pytest.raises(judge.Refused) as refused:
        judge.authenticate(request, Trust([]))
    assert refused.value.status == HTTPStatus.NOT_FOUND
