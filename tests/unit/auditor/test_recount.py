"""A recount of honest records says so; every tampering with one is detected."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.__main__ import main
from auditor.formats import canonical
from auditor.formats.encodings import b64, b64u
from auditor.formats.merkle import leaf_hash
from auditor.formats.notes import COSIGNATURE_V1, Signer
from auditor.recount.progress import Said
from auditor.recount.unique import UniqueIds
from services.tally.contract.counting.ties import Context
from services.tally.contract.rules import method, rules
from tests.unit.auditor import bundles
from tests.unit.auditor.bundles import (
    LOG_SEED,
    POLL,
    RECEIPT_SEED,
    Bundle,
    answers_of,
    city_leaf,
    leaf,
    public,
)
from tests.unit.auditor.logs import TestLog, key


@pytest.fixture
def recount(tmp_path, capsys):
    """Writes a bundle and recounts it: exit status, findings by code, and the JSON document."""

    def run(bundle: Bundle, *more: str):
        path = bundle.write(tmp_path / "record.tar.gz")
        status = main(["recount", str(path), "--json", *more])
        printed = capsys.readouterr()
        found = json.loads(printed.out) if printed.out else {"findings": [], "error": printed.err}
        outcomes = {finding["code"]: finding["outcome"] for finding in found["findings"]}
        return status, outcomes, found

    return run


def wrong(outcomes) -> set[str]:
    return {code for code, outcome in outcomes.items() if outcome == "differs"}


def test_an_honest_record_holds(recount):
    status, outcomes, found = recount(Bundle())
    assert wrong(outcomes) == set()
    assert status == 0
    assert "unchecked" not in outcomes.values()
    assert found["ballots"] == 700
    assert outcomes["keys_from_record"] == "note"
    assert {
        "tree_agrees",
        "leaves_right",
        "result_signed",
        "seal_agrees",
        "witnesses_agree",
    } <= outcomes.keys()
    assert {one["id"]: one["answered"] for one in found["questions"]}["q1"] == 700


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512])
def test_records_of_every_shape_hold(recount, size):
    bundle = Bundle(leaves=[leaf(answers_of(n), n) for n in range(size)])
    assert recount(bundle)[0] == 0


def test_a_long_definition_and_result_in_parts_hold(recount):
    status, outcomes, _ = recount(Bundle(in_parts=True))
    assert (status, wrong(outcomes)) == (0, set())


def test_without_witnesses_and_roll(recount):
    status, outcomes, _ = recount(Bundle(witnesses=0, witness_seeds=(), roll_size=None))
    assert (status, outcomes["witnesses_none"]) == (0, "note")


def test_pinned_keys_and_witnesses(recount):
    vkey = Signer("witness.example/21", key(21)).key(COSIGNATURE_V1).vkey()
    good = ["--key", b64(public(LOG_SEED)), "--key", b64u(public(bundles.RESULT_SEED)), "--witness", vkey]
    status, outcomes, _ = recount(Bundle(witnesses=0), *good, "--witnesses", "1")
    assert status == 0
    assert not {"keys_from_record", "witnesses_from_record", "key_not_pinned"} & outcomes.keys()
    log_key = Signer("localhost/log/city", key(LOG_SEED)).key().vkey()
    status, outcomes, _ = recount(Bundle(), "--key", log_key)
    assert (status, outcomes["key_not_pinned"]) == (0, "note")
    status, outcomes, _ = recount(Bundle(), "--key", b64(public(99)))
    assert status == 1
    assert {"checkpoint_not_signed", "city_not_signed"} <= wrong(outcomes)
    other = Signer("witness.example/99", key(99)).key(COSIGNATURE_V1).vkey()
    assert "witnesses_too_few" in wrong(recount(Bundle(), "--witness", other)[1])


def test_too_few_witnesses(recount):
    assert "witnesses_too_few" in wrong(recount(Bundle(witness_seeds=WITNESS_ONE))[1])
    assert wrong(recount(Bundle(), "--witnesses", "4")[1]) == {"witnesses_too_few"}


WITNESS_ONE = (21,)


def test_a_witness_that_signs_twice_counts_once(recount):
    assert "witnesses_too_few" in wrong(recount(Bundle(witness_seeds=(21, 21)))[1])


def test_a_wrong_cosignature(recount):
    def forge(files):
        name = f"log/{POLL}/checkpoint"
        files[name] = files[name].replace(b"witness.example/21", b"witness.example/22", 1)

    def corrupt(files):
        name = f"log/{POLL}/checkpoint"
        lines = files[name].decode().split("\n")
        at = next(n for n, line in enumerate(lines) if "witness.example/21" in line)
        lines[at] = lines[at][:-6] + ("AAAA" if lines[at][-6:-2] != "AAAA" else "BBBB") + lines[at][-2:]
        files[name] = "\n".join(lines).encode()

    assert recount(Bundle(change_files=corrupt))[0] == 1
    assert (
        recount(Bundle(change_files=forge))[0] == 0
    )  # two of three are left, and an unknown line is passed over


# --- the log's operator changes ballots, rebuilds the tree and signs again with the real key -------------------------------


def edited(log: TestLog) -> None:
    log.__init__(log.origin, [leaf({"q1": ["o2"]}, 0), *log.leaves[1:]], LOG_SEED)  # type: ignore[misc]


def removed(log: TestLog) -> None:
    log.__init__(log.origin, log.leaves[1:], LOG_SEED)  # type: ignore[misc]


def inserted(log: TestLog) -> None:
    log.__init__(log.origin, [leaf({"q1": ["o2"]}, 9999), *log.leaves], LOG_SEED)  # type: ignore[misc]


def reordered(log: TestLog) -> None:
    log.__init__(log.origin, [log.leaves[1], log.leaves[0], *log.leaves[2:]], LOG_SEED)  # type: ignore[misc]


def unchanged(_: TestLog) -> None:
    pass


ATTACKS = [edited, removed, inserted, reordered]


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_rewritten_log_contradicts_a_checkpoint_that_somebody_kept(recount, tmp_path, attack):
    kept = tmp_path / "seen.note"
    kept.write_bytes(Bundle().log().note(300).encode())
    honest = recount(Bundle(), "--checkpoint", str(kept))
    assert (honest[0], honest[1]["earlier_continued"]) == (0, "holds")
    status, outcomes, _ = recount(Bundle(change_log=attack), "--checkpoint", str(kept))
    assert (status, wrong(outcomes)) == (1, {"earlier_not_continued"})


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_rewritten_log_has_no_cosignatures(recount, attack):
    """A witness does not cosign it (test_witness.py): so the rewritten one stands without them."""
    status, outcomes, _ = recount(Bundle(change_log=attack, witness_seeds=()))
    assert (status, wrong(outcomes)) == (1, {"witnesses_too_few"})


@pytest.mark.parametrize(
    ("attack", "number"), [(edited, 0), (removed, 0), (inserted, None), (reordered, None)]
)
def test_a_receipt_shows_a_changed_or_removed_ballot(recount, tmp_path, attack, number):
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(receipt(leaf(answers_of(0), 0))))
    status, outcomes, _ = recount(Bundle(change_log=attack), "--receipt", str(path))
    if number is None:
        assert (status, outcomes["receipt_in_log"]) == (0, "holds")
    else:
        assert (status, wrong(outcomes)) == (1, {"receipt_not_in_log"})


def receipt(of: bytes, **changes):
    body = {
        "v": 1,
        "poll_id": POLL,
        "ballot_id": json.loads(of)["ballot_id"],
        "leaf_hash": b64u(leaf_hash(of)),
        "recorded_at": "2023-11-14T22:10:00Z",
        "include_within": 60,
        "key_id": "ballots-receipt-1",
    }
    signed = {**body, "signature": b64u(key(RECEIPT_SEED).sign(canonical.dumps(body)))}
    return {**signed, **changes}


# --- files are changed without a key ---------------------------------------------------------------------------------------


def change(name: str, *edits: tuple[bytes, bytes]):
    def edit(files):
        for old, new in edits:
            assert old in files[name]
            files[name] = files[name].replace(old, new, 1)

    return edit


ENTRIES = f"log/{POLL}/tile/entries"


@pytest.mark.parametrize(
    ("how", "codes"),
    [
        (change(f"{ENTRIES}/001", (b'["o2"]', b'["o4"]')), {"tree_differs", "question_differs"}),
        (change(f"{ENTRIES}/001", (b'{"answers"', b'{"Answers"')), {"tree_differs", "leaves_wrong_fields"}),
        (change(f"{ENTRIES}/001", (b'"v":1}', b'"v":2}')), {"tree_differs", "leaves_wrong_value"}),
        (
            change(f"{ENTRIES}/001", (POLL.encode(), POLL.encode()[::-1])),
            {"tree_differs", "leaves_wrong_poll"},
        ),
        (change(f"{ENTRIES}/001", (b'"v":1}', b'"v":1 ')), {"tree_differs", "leaves_not_canonical"}),
        (change(f"{ENTRIES}/001", (b'["o2"]', b'["o9"]')), {"tree_differs", "leaves_invalid_ballot"}),
        (
            change("result.json", (b'"voters":700', b'"voters":701')),
            {"result_not_signed", "result_not_the_logged_one"},
        ),
        (change("city.json", (b"poll_opened", b"poll_0pened")), {"city_not_included"}),
        (change("city.json", (b"\\u2014 vote.example", b"\\u2014 v0te.example")), {"city_not_signed"}),
        (change(f"log/{POLL}/checkpoint", (b"\n700\n", b"\n699\n")), {"checkpoint_not_signed"}),
    ],
)
def test_files_that_were_changed(recount, how, codes):
    status, outcomes, _ = recount(Bundle(change_files=how))
    assert status == 1
    assert codes <= wrong(outcomes)


def test_two_leaves_that_changed_places(recount):
    def swap(files):
        one, two = f"{ENTRIES}/000", f"{ENTRIES}/001"
        files[one], files[two] = files[two], files[one]

    status, outcomes, _ = recount(Bundle(change_files=swap))
    assert (status, wrong(outcomes)) == (1, {"tree_differs"})


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (lambda files: files.pop(f"{ENTRIES}/001"), "entries/001"),
        (lambda files: files.update({f"{ENTRIES}/001": files[f"{ENTRIES}/001"][:-1]}), "cut off"),
        (lambda files: files.update({f"{ENTRIES}/003": b""}), "more entries"),
        (lambda files: files.pop("record.json"), "record.json"),
        (lambda files: files.update({"record.json": b"[]"}), "record.json"),
        (lambda files: files.update({"city.json": b"{}"}), "city.json"),
        (lambda files: files.update({"record.json": b'{"v":1}'}), "poll_id"),
    ],
)
def test_a_bundle_that_is_not_whole_cannot_be_checked(recount, how, said):
    status, _, found = recount(Bundle(change_files=how))
    assert (status, said in found["error"]) == (2, True)


@pytest.mark.parametrize("cut", [0, 10, 500, 5000])
def test_a_file_that_was_cut_cannot_be_checked(tmp_path, capsys, cut):
    path = Bundle().write(tmp_path / "record.tar.gz")
    path.write_bytes(path.read_bytes()[:cut])
    assert main(["recount", str(path)]) == 2
    assert main(["recount", str(tmp_path / "missing")]) == 2
    assert main(["recount", "https://vote.example/other"]) == 2
    capsys.readouterr()


# --- wrong results and definitions under right signatures ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (lambda result: result["questions"][0]["options"][0].update(count=1), "question_differs"),
        (lambda result: result["questions"][2]["options"][0]["distribution"].append(0), "question_differs"),
        (lambda result: result["questions"][1].update(answered=0), "question_differs"),
        (lambda result: result["questions"].pop(), "questions_differ"),
        (lambda result: result.update(voters=701), "result_field_differs"),
        (lambda result: result.update(as_of=1), "result_field_differs"),
        (lambda result: result["turnout"].update(share="99.00"), "result_field_differs"),
        (lambda result: result.pop("turnout"), "result_field_differs"),
        (lambda result: result.update(poll_id="other"), "result_field_differs"),
        (lambda result: result.update(definition_hash="00"), "result_field_differs"),
        (lambda result: result.update(checkpoint="other"), "result_checkpoint_differs"),
        (lambda result: result.update(state="live"), "result_not_final"),
        (lambda result: result["questions"][0].update(outcome={"options": []}), "outcome_without_rule"),
    ],
)
def test_a_wrong_result_that_was_signed_and_logged(recount, how, code):
    status, outcomes, _ = recount(Bundle(change_result=how))
    assert (status, wrong(outcomes)) == (1, {code})


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (lambda result: result.update(bonus=1), "result_field_unknown"),
        (lambda result: result["questions"][0].update(bonus=1), "question_field_unknown"),
    ],
)
def test_what_it_does_not_know_it_does_not_pass(recount, how, code):
    status, outcomes, _ = recount(Bundle(change_result=how))
    assert (status, outcomes[code]) == (2, "unchecked")


def test_a_counting_rule_that_it_does_not_know(recount):
    bundle = Bundle()
    bundle.questions[0]["counting"] = {"rule": "by_mood"}
    status, outcomes, found = recount(bundle)
    assert (status, outcomes["rule_unknown"]) == (2, "unchecked")
    assert "by_mood" in str(found["findings"])


@pytest.mark.parametrize(
    "change",
    [
        lambda question: question.pop("id"),
        lambda question: question.update(id=5),
        lambda question: question.update(id="q2"),
        lambda question: question.pop("options"),
        lambda question: question.update(options=[{"id": "o1"}]),
        lambda question: question.update(options=["o1"]),
        lambda question: question["options"][0].update(id="o2"),
        lambda question: question.update(min="1"),
        lambda question: question.update(counting="approval"),
        lambda question: question.pop("title"),
    ],
)
def test_a_definition_of_another_form(recount, change):
    honest = Bundle()
    bundle = Bundle()
    change(bundle.questions[0])
    bundle.result = honest.result  # type: ignore[method-assign]
    status, outcomes, _ = recount(bundle)
    assert (status, outcomes["definition_malformed"]) == (1, "differs")


@pytest.mark.parametrize(
    "counting", [{"rule": "greedy", "budget": 5}, {"rule": "approval", "winners": "all"}, {"rule": 5}]
)
def test_a_rule_with_parameters_of_another_form(recount, counting):
    bundle = Bundle()
    bundle.questions[0]["counting"] = counting
    assert recount(bundle)[0] == 2


def with_outcome(bundle: Bundle, change):
    """Puts the platform's own outcome of the first question into the result."""

    def put(result):
        question = bundle.questions[0]
        rule = rules()[question["counting"]["rule"]]
        profile = rule.profile(question)
        for each in bundle.leaves:
            profile.add(json.loads(each)["answers"]["q1"])
        outcome = rule.count(question, profile, Context(roll_size=bundle.roll_size)).as_json()
        result["questions"][0] |= {"counting": method(question), "outcome": outcome}
        change(result["questions"][0])

    bundle.change_result = put
    return bundle


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda question: None, 0),
        (lambda question: question["outcome"]["options"][1].update(selected=True), 1),
        (lambda question: question["outcome"]["options"][1].update(score="700"), 1),
        (lambda question: question["counting"].update(winners=1), 1),
        (lambda question: question.pop("outcome"), 1),
    ],
)
def test_a_question_that_is_counted_by_a_rule(recount, change, status):
    bundle = Bundle()
    bundle.questions[0]["counting"] = {
        "rule": "approval",
        "winners": 2,
        "threshold": {"at_least": "1/10", "of": "roll"},
    }
    found, outcomes, document = recount(with_outcome(bundle, change))
    assert (found, wrong(outcomes)) == (status, {"outcome_differs"} if status else set())
    assert document["questions"][0]["selected"] == ["o1", "o3"]


def test_a_question_kind_that_it_does_not_know(tmp_path, capsys):
    path = Bundle().write(tmp_path / "record.tar.gz")
    bundle = Bundle(change_city=lambda leaves: [one.replace(b'"yes_no"', b'"maybe"') for one in leaves])
    bundle.write(path)
    assert main(["recount", str(path), "--json"]) == 1  # the definition does not have its hash any more
    assert "kind_unknown" not in capsys.readouterr().out


def definition_again(leaves):
    other = Bundle()
    other.questions[0]["max"] = 4
    body = {"definition": other.definition(), "definition_hash": other.hash()}
    return [*leaves, city_leaf("poll_opened", body)]


def definition_replaced(leaves):
    other = Bundle()
    other.questions[0]["max"] = 1
    body = {"definition": other.definition(), "definition_hash": other.hash()}
    return [city_leaf("poll_opened", body) if b"poll_opened" in one else one for one in leaves]


def without(word: bytes):
    return lambda leaves: [one for one in leaves if word not in one or POLL.encode() not in one]


@pytest.mark.parametrize(
    ("how", "codes"),
    [
        (definition_again, {"opened_twice"}),
        (definition_replaced, {"leaves_invalid_ballot", "result_field_differs"}),
        (without(b"poll_opened"), {"definition_missing"}),
        (without(b"poll_sealed"), {"seal_missing"}),
        (without(b'"kind":"result"'), {"result_not_logged"}),
        (without(b'"number":1'), {"changes_gap"}),
        (lambda leaves: [*leaves, city_leaf("poll_sealed", {"checkpoint": "other"})], {"seal_differs"}),
        (lambda leaves: [*leaves, b"junk about " + POLL.encode()], {"city_entry_malformed"}),
        (
            lambda leaves: [
                one.replace(b'"q1"', b'"q9"') if b"poll_opened" in one else one for one in leaves
            ],
            {"definition_altered"},
        ),
    ],
)
def test_the_city_s_log_says_otherwise(recount, how, codes):
    status, outcomes, _ = recount(Bundle(change_city=how))
    assert status == 1
    assert codes <= wrong(outcomes)


# --- ballots that should never have been recorded -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"q1": []},
        {"q1": ["o1", "o2", "o3"]},
        {"q1": ["o3", "o1"]},
        {"q1": ["o1", "o1"]},
        {"q1": "o1"},
        {"q1": [1]},
        {"q1": None},
        {"q1": ["o1"], "q2": "maybe"},
        {"q1": ["o1"], "q2": ["yes"]},
        {"q1": ["o1"], "q3": {"a": 1}},
        {"q1": ["o1"], "q3": {"a": 1, "b": 6}},
        {"q1": ["o1"], "q3": {"a": 1, "b": True}},
        {"q1": ["o1"], "q3": {"a": 1, "b": "2"}},
        {"q1": ["o1"], "q3": {"a": 1, "b": 1, "c": 1}},
        {"q1": ["o1"], "q4": "plain text"},
        {"q1": ["o1"], "q4": {"sha256": "short"}},
        {"q1": ["o1"], "q4": {"sha256": "A" * 43, "text": "x"}},
        {"q1": ["o1"], "q9": "x"},
    ],
)
def test_ballots_against_the_rules(recount, answers):
    bundle = Bundle()
    bundle.change_files = lambda files: files.update({f"{ENTRIES}/000.p/1": files.pop(f"{ENTRIES}/000.p/1")})
    bundle.leaves = [leaf({"q1": ["o1"]}, 0)]
    honest = bundle.result(bundle.log())
    bundle.leaves = [leaf(answers, 0)]
    bundle.result = lambda log: honest  # type: ignore[method-assign]
    status, outcomes, found = recount(bundle)
    assert status == 1
    assert "leaves_invalid_ballot" in wrong(outcomes)
    assert next(one for one in found["findings"] if one["code"] == "leaves_invalid_ballot")["places"] == [0]


def test_a_ballot_id_that_repeats(recount):
    bundle = Bundle()
    bundle.leaves[600] = leaf(answers_of(600), 5)
    status, outcomes, found = recount(bundle)
    assert (status, wrong(outcomes)) == (1, {"leaves_repeated_id"})
    assert next(one for one in found["findings"] if one["code"] == "leaves_repeated_id")["places"] == [600]


@pytest.mark.parametrize("ballot_id", ["short", "x" * 65, "a b" * 8, "ä" * 20])
def test_a_ballot_id_of_another_form(recount, ballot_id):
    bundle = Bundle()
    bundle.leaves[3] = canonical.dumps(
        {"answers": answers_of(3), "ballot_id": ballot_id, "poll": POLL, "v": 1}
    )
    assert wrong(recount(bundle)[1]) >= {"leaves_wrong_value"}


def test_names_that_look_like_the_rest_of_the_leaf(recount):
    bundle = Bundle()
    bundle.questions.append(
        {"id": "ballot_id", "kind": "yes_no", "title": "?", "required": False, "options": []}
    )
    bundle.leaves = [leaf({**answers_of(n), "ballot_id": "yes"}, n) for n in range(30)]
    assert recount(bundle)[0] == 0


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from([b"%d" % n for n in range(40)]), max_size=60), st.sampled_from([24, 100, 10**6])
)
def test_repeated_ids_are_found_in_memory_and_on_disk(ids, held):
    with UniqueIds(held) as unique:
        for index, each in enumerate(ids):
            unique.add(index, each)
        wanted = sorted(
            (ids.index(each), index) for index, each in enumerate(ids) if ids.index(each) != index
        )
        assert sorted(unique.repeated()) == wanted


# --- the page -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "words"), [("ko", "모두 맞습니다"), ("en", "everything holds")])
def test_the_page_in_both_languages(tmp_path, capsys, language, words):
    path = Bundle().write(tmp_path / "record.tar.gz")
    assert main(["recount", str(path), "--language", language]) == 0
    page = capsys.readouterr().out
    assert words in page
    assert "보기 1" in page
    assert "700" in page
    assert len(page.splitlines()) < 70


def test_the_page_says_what_differs(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    bundle = Bundle(change_result=lambda result: result["questions"][0]["options"][0].update(count=1))
    assert main(["recount", str(bundle.write(tmp_path / "record.tar.gz"))]) == 1
    page = capsys.readouterr().out
    assert re.search(r"✗ Question q1: said ≠ counted: options\[o1\].count: 1 ≠ \d+", page)


def test_progress_goes_to_stderr(capsys, monkeypatch):
    progress = Said()
    monkeypatch.setattr(progress, "_next", 0.0)
    progress(5, 10)
    progress.end()
    assert "5 / 10" in capsys.readouterr().err
