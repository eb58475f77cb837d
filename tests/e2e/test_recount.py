"""A real poll's record, recounted by the auditor as anybody would, and rewritten as only the platform's own operator could."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from auditor.fetching import Site
from auditor.formats import canonical
from auditor.witness.command import make
from auditor.witness.following import Follower, Polls
from tests.e2e.forging import Forger, unpack, whole_city
from tests.fixtures.people import CHOICE, GENEROUS, Person, eventually, found_city

ROOT = Path(__file__).resolve().parents[2]
BALLOTS = 9
QUESTIONS = [
    {**CHOICE, "counting": {"rule": "plurality", "ties": "draw"}},
    {"id": "q2", "kind": "yes_no", "title": "계속할까요?", "required": False},
    {
        "id": "q3",
        "kind": "score",
        "title": "만족도",
        "options": [{"id": "x", "label": "앱"}],
        "required": False,
    },
    {"id": "q4", "kind": "text", "title": "의견", "required": False},
]


def auditor(*arguments: str) -> tuple[int, dict[str, Any], str]:
    """Exit status, JSON document and errors of one command."""
    command = [sys.executable, "-m", "auditor", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    return done.returncode, json.loads(done.stdout) if done.stdout else {"findings": []}, done.stderr


def wrong(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in found["findings"] if one["outcome"] in ("differs", "unchecked")]


def codes(found: dict[str, Any]) -> list[str]:
    return [one["code"] for one in wrong(found)]


@pytest.fixture(scope="module")
def stack(start_stack):
    """A stack with two running witnesses."""
    return start_stack(environ=GENEROUS, witnesses=2)


@pytest.fixture(scope="module")
def city(stack):
    return found_city(stack)


@pytest.fixture(scope="module")
def witnesses(stack):
    """The witnesses' public keys and addresses."""
    return [tuple(named.split("=", 1)) for named in stack.witnesses.split()]


@pytest.fixture(scope="module")
def poll(city, tmp_path_factory):
    """A certified poll of nine ballots that two witnesses had to sign: its id, and a folder with its receipts, its bundle, and a
    checkpoint from before the end.
    """
    folder = tmp_path_factory.mktemp("record")
    poll_id = city.seoul.open_poll("seoul", questions=QUESTIONS, results="after_close", witnesses=2)
    for n in range(BALLOTS):
        answers = {
            "q1": ["ab"[n % 2]],
            "q2": ("yes", "no", None)[n % 3],
            "q3": {"x": n % 5 + 1},
            "q4": f"의견 {n}",
        }
        cast = Person(city.seoul.url).sign_in().cast(poll_id, answers)
        assert cast.status_code == 201, cast.text
        (folder / f"receipt-{n}.json").write_text(cast.text)
        if n == 4:
            (folder / "seen.note").write_bytes(eventually(lambda: published(city.seoul, poll_id)))
    city.seoul.ask("POST", f"/polls/{poll_id}/close")
    city.seoul.final_results(poll_id)
    (folder / "record.tar.gz").write_bytes(eventually(lambda: saved(city.seoul, poll_id)))
    return poll_id, folder


def published(person: Person, poll_id: str) -> bytes | None:
    answer = person.http.get(f"/log/{poll_id}/checkpoint")
    return answer.content if answer.status_code == 200 and answer.text.split("\n")[1] != "0" else None


def saved(person: Person, poll_id: str) -> bytes | None:
    answer = person.http.get(f"/api/v1/polls/{poll_id}/record")
    return answer.content if answer.status_code == 200 else None


@pytest.mark.parametrize("what", ["page", "log", "bundle"])
def test_a_recount_of_a_real_poll_holds(city, poll, witnesses, what):
    poll_id, folder = poll
    source = {
        "page": f"{city.seoul.url}/polls/{poll_id}",
        "log": f"{city.seoul.url}/log/{poll_id}",
        "bundle": str(folder / "record.tar.gz"),
    }[what]
    kept = ["--checkpoint", str(folder / "seen.note"), "--receipt", str(folder / "receipt-0.json")]
    kept += [word for vkey, _ in witnesses for word in ("--witness", vkey)]
    status, found, errors = auditor("recount", source, *kept)
    assert (wrong(found), errors) == ([], "")
    assert (status, found["ballots"], found["questions"][0]["selected"]) == (0, BALLOTS, ["a"])


def test_receipts_of_a_real_poll_hold(city, poll):
    _, folder = poll
    for address in (city.seoul.url, str(folder / "record.tar.gz")):
        status, found, errors = auditor("receipt", str(folder / "receipt-8.json"), address)
        assert (wrong(found), errors, status) == ([], "", 0)


def test_a_real_receipt_that_was_altered_does_not_hold(city, poll, tmp_path):
    _, folder = poll
    receipt = json.loads((folder / "receipt-8.json").read_text())
    path = tmp_path / "forged.json"
    path.write_text(json.dumps({**receipt, "include_within": receipt["include_within"] + 1}))
    status, found, _ = auditor("receipt", str(path), city.seoul.url)
    assert (status, codes(found)) == (1, ["receipt_not_signed"])


def edited(leaves: list[bytes]) -> list[bytes]:
    ballot = json.loads(leaves[0])
    ballot["answers"]["q1"] = ["b"] if ballot["answers"]["q1"] == ["a"] else ["a"]
    return [canonical.dumps(ballot), *leaves[1:]]


def removed(leaves: list[bytes]) -> list[bytes]:
    return leaves[1:]


def inserted(leaves: list[bytes]) -> list[bytes]:
    return [canonical.dumps({**json.loads(leaves[0]), "ballot_id": "x" * 22}), *leaves]


def reordered(leaves: list[bytes]) -> list[bytes]:
    return [leaves[1], leaves[0], *leaves[2:]]


@pytest.fixture(scope="module")
def rewrite(stack, city, poll):
    """Makes a bundle of other ballots: tree, result and seal rebuilt, all signed with the platform's own keys."""
    _, folder = poll
    leaves = whole_city(lambda path: city.seoul.http.get(path).content)
    honest = (folder / "record.tar.gz").read_bytes()
    return lambda attack: Forger(stack.home).rewrite(honest, leaves, attack)


@pytest.mark.parametrize("attack", [edited, removed, inserted, reordered])
def test_a_record_rewritten_with_the_real_keys_contradicts_what_was_seen(poll, rewrite, tmp_path, attack):
    """Inside it everything fits, so it takes somebody outside: a witness, or whoever kept a checkpoint."""
    _, folder = poll
    path = tmp_path / "forged.tar.gz"
    path.write_bytes(rewrite(attack))
    status, found, _ = auditor("recount", str(path), "--checkpoint", str(folder / "seen.note"))
    assert (status, codes(found)) == (1, ["witnesses_too_few", "earlier_not_continued"])


def test_no_witness_signs_a_rewritten_log_and_each_keeps_the_proof(poll, witnesses, rewrite):
    poll_id, _ = poll
    note = unpack(rewrite(edited))[f"log/{poll_id}/checkpoint"]
    for _, address in witnesses:
        answer = httpx.post(f"{address}/add-checkpoint", content=b"old %d\n\n" % BALLOTS + note, timeout=30)
        assert answer.status_code == 409
        assert len(httpx.get(f"{address}/state.json", timeout=30).json()["evidence"]) == 1


def test_a_witness_that_looks_by_itself_sees_the_city_s_logs(stack, city, poll, tmp_path):
    poll_id, _ = poll
    running = city.seoul.open_poll("seoul")
    assert Person(city.seoul.url).sign_in().cast(running, {"q1": ["a"]}).status_code == 201
    eventually(lambda: published(city.seoul, running))
    home = stack.url.removeprefix("http://")
    keys = city.seoul.ask("GET", "/keys")["keys"]
    rules = [f"{home}/log/*={key['public_key']}" for key in keys if key["use"] == "log"]
    witness = make(tmp_path, "follower.example", rules)
    follower, site, polls = Follower(witness, [stack.url], every=60), Site(stack.url), Polls()
    eventually(lambda: follower.once(site, None, polls) or running in polls.open)
    follower.once(site, None, polls)
    assert poll_id not in polls.open
    assert witness.store.head(f"{home}/log/{running}").size == 1
    assert witness.store.head(f"{home}/log/city").size > 0
    site.close()
    witness.store.close()
