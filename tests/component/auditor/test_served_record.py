"""Recounts and receipts against a server, as everybody reads a poll's log."""

import json

import pytest

from auditor.__main__ import main
from auditor.formats import canonical, notes
from auditor.formats.encodings import b64u
from auditor.formats.merkle import leaf_hash
from auditor.receipt import logs
from tests.unit.auditor.bundles import LOG_SEED, POLL, RECEIPT_SEED, Bundle, answers_of, city_leaf, leaf
from tests.unit.auditor.logs import TestLog, key

KEYS = "/api/v1/keys"


class CosignedLog(TestLog):
    """A log whose checkpoints are cosigned."""

    bundle: Bundle

    def note(self, size=None):
        return notes.parse(self.bundle.cosigned(super().note(size)))


def cosigned(log: TestLog, bundle: Bundle) -> CosignedLog:
    made = CosignedLog(log.origin, log.leaves, LOG_SEED)
    made.bundle = bundle
    return made


@pytest.fixture
def serve(served_logs, tmp_path):
    def put(bundle: Bundle) -> str:
        log = bundle.log()
        city = bundle.city(log, bundle.result(log))
        served_logs.logs = {POLL: cosigned(log, bundle), "city": cosigned(city, bundle)}
        served_logs.pages[KEYS] = json.dumps({"keys": bundle.keys(), "witnesses": bundle.vkeys()}).encode()
        path = bundle.write(tmp_path / "served.tar.gz")
        served_logs.pages[f"/api/v1/polls/{POLL}/record"] = path.read_bytes()
        return served_logs.address

    return put


@pytest.fixture
def run(capsys):
    def recount(*arguments: str):
        status = main([*arguments, "--json"])
        printed = capsys.readouterr()
        found = json.loads(printed.out) if printed.out else {"findings": []}
        return status, {one["code"]: one["outcome"] for one in found["findings"]}, printed.err

    return recount


def wrong(outcomes) -> set[str]:
    return {code for code, outcome in outcomes.items() if outcome == "differs"}


@pytest.mark.parametrize("path", [f"/polls/{POLL}", f"/api/v1/polls/{POLL}", f"/api/v1/polls/{POLL}/record"])
def test_from_a_poll_s_page(serve, run, path):
    status, outcomes, _ = run("recount", serve(Bundle()) + path)
    assert (status, wrong(outcomes)) == (0, set())
    assert outcomes["city_included"] == "holds"


@pytest.mark.parametrize("size", [0, 1, 256, 700])
def test_from_its_log(serve, run, size):
    bundle = Bundle(leaves=[leaf(answers_of(n), n) for n in range(size)])
    status, outcomes, _ = run("recount", f"{serve(bundle)}/log/{POLL}")
    assert (status, wrong(outcomes)) == (0, set())
    assert outcomes["city_whole"] == "holds"
    assert ("tiles_agree" in outcomes) == (size > 0)


def test_a_second_definition_cannot_be_left_out_of_the_whole_city_log(serve, run):
    other = Bundle()
    other.questions[0]["max"] = 4
    body = {"definition": other.definition(), "definition_hash": other.hash()}
    bundle = Bundle(change_city=lambda leaves: [*leaves, city_leaf("poll_opened", body)])
    assert wrong(run("recount", f"{serve(bundle)}/log/{POLL}")[1]) == {"opened_twice"}


@pytest.mark.parametrize("name", ["tile/0/001", "tile/1/000.p/2", "tile/entries/001"])
@pytest.mark.parametrize("how", ["swapped", "cut"])
def test_a_tile_that_was_swapped_or_cut(serve, run, served_logs, name, how):
    address = serve(Bundle())
    log = served_logs.logs[POLL]
    served = {
        path: served_logs.answer(f"/log/{POLL}/{path}") for path in ("tile/0/000", "tile/entries/000", name)
    }
    other = served["tile/entries/000" if "entries" in name else "tile/0/000"]
    served_logs.pages[f"/log/{POLL}/{name}"] = (
        other[: len(served[name])] if how == "swapped" else served[name][:-1]
    )
    status, outcomes, error = run("recount", f"{address}/log/{POLL}")
    if "entries" in name and (how == "cut" or len(other) != len(served[name])):
        assert status in (1, 2)
        assert status == 1 or "entries/001" in error
    else:
        assert status == 1
        assert wrong(outcomes) & {"tiles_differ", "tree_differs"}
    assert log.size == 700


def test_a_log_that_cannot_be_reached(run, served_logs):
    assert run("recount", f"{served_logs.address}/log/{POLL}")[0] == 2
    assert run("recount", f"{served_logs.address}/polls/{POLL}")[0] == 2


def receipt(n: int, path, **changes):
    of = leaf(answers_of(n), n)
    body = {
        "v": 1,
        "poll_id": POLL,
        "ballot_id": json.loads(of)["ballot_id"],
        "leaf_hash": b64u(leaf_hash(of)),
        "recorded_at": "2023-11-14T22:10:00Z",
        "include_within": 60,
        "key_id": "ballots-receipt-1",
        **{name: value for name, value in changes.items() if name != "forge"},
    }
    signed = {**body, "signature": b64u(key(RECEIPT_SEED).sign(canonical.dumps(body)))}
    path.write_text(json.dumps({**signed, **changes.get("forge", {})}))
    return str(path)


@pytest.fixture
def check(run, tmp_path):
    def checked(n: int, address: str, **changes):
        return run("receipt", receipt(n, tmp_path / "receipt.json", **changes), address)

    return checked


@pytest.mark.parametrize("n", [0, 255, 256, 511, 512, 699])
def test_a_receipt_whose_ballot_is_in_the_log(serve, check, served_logs, tmp_path, n):
    address = serve(Bundle())
    status, outcomes, _ = check(n, address)
    assert (status, outcomes["receipt_included"]) == (0, "holds")
    assert not [path for path in served_logs.asked if "entries" in path or "lookup" in path]
    status, outcomes, _ = check(n, str(tmp_path / "served.tar.gz"))
    assert (status, outcomes["receipt_included"]) == (0, "holds")


def test_a_forged_receipt(serve, check):
    address = serve(Bundle())
    for forge in ({"leaf_hash": b64u(bytes(32))}, {"include_within": 5}, {"signature": b64u(bytes(64))}):
        assert wrong(check(0, address, forge=forge)[1]) == {"receipt_not_signed"}
    assert wrong(check(0, address, key_id="ballots-log-1")[1]) == {"receipt_not_signed"}
    for forge in (
        {"v": 2},
        {"leaf_hash": "AAAA"},
        {"recorded_at": "yesterday"},
        {"poll_id": 5},
        {"include_within": -1},
    ):
        assert wrong(check(0, address, forge=forge)[1]) == {"receipt_malformed"}


def test_a_promise_that_was_broken(serve, check, tmp_path):
    address = serve(Bundle())  # its witnesses cosigned at 2023-11-14T22:13:20Z
    assert wrong(check(9999, address)[1]) == {"receipt_broken"}
    assert wrong(check(9999, address, include_within=600)[1]) == {"receipt_broken_by_clock"}
    status, outcomes, _ = check(9999, address, recorded_at="2999-01-01T00:00:00Z")
    assert (status, outcomes["receipt_early"]) == (2, "unchecked")
    assert wrong(check(9999, str(tmp_path / "served.tar.gz"))[1]) == {"receipt_sealed_without"}


def test_a_large_log_is_asked_for_hashes_that_begin_alike(serve, check, served_logs, monkeypatch):
    monkeypatch.setattr(logs, "ALL_TILES", 1)
    address = serve(Bundle())
    log = served_logs.logs[POLL]
    for digits in "0123456789abcdef":
        listed = [[n, b64u(each)] for n, each in enumerate(log.hashes) if each.hex().startswith(digits)]
        served_logs.pages[f"/log/{POLL}/lookup/{digits}"] = json.dumps(
            {"size": log.size, "entries": listed}
        ).encode()
    status, outcomes, _ = check(300, address)
    assert (status, outcomes["receipt_included"]) == (0, "holds")
    assert [path for path in served_logs.asked if "lookup" in path]
    assert wrong(check(9999, address)[1]) == {"receipt_broken"}


def test_the_other_poll_s_address_is_refused(serve, check):
    assert check(0, f"{serve(Bundle())}/polls/other")[0] == 2


def test_two_readers_who_were_shown_two_histories(serve, run, tmp_path):
    """One kept a checkpoint of the history that was shown to him; the other reads the log that is served now."""
    fork = Bundle(leaves=[leaf({"q1": ["o2"]}, 0), *Bundle().leaves[1:]])
    kept = tmp_path / "shown.note"
    kept.write_bytes(fork.log().note(500).encode())
    status, outcomes, _ = run("recount", f"{serve(Bundle())}/log/{POLL}", "--checkpoint", str(kept))
    assert (status, wrong(outcomes)) == (1, {"earlier_not_continued"})
