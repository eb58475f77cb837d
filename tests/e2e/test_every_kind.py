"""A poll that asks a question of every kind: opened, voted in, counted, certified, and recounted by the auditor."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from services.polls.contract import ballot_rules
from services.polls.contract.kinds import kinds
from tests.fixtures import every_kind
from tests.fixtures.people import Person, eventually

ROOT = Path(__file__).resolve().parents[2]
VOTERS = 12
REFUSED = [
    ({"shop": ["s1", "s2"]}, "/answers/shop", "limit_exceeded"),
    ({"shop": ["d0", "d2"]}, "/answers/shop", "limit_distinct"),
    ({"shop": ["s1", "none"]}, "/answers/shop", "exclusive_not_alone"),
    ({"purse": ["s1", "s2", "d5"]}, "/answers/purse", "over_budget"),
    ({"shares": {"a": 7, "b": 3}}, "/answers/shares/a", "points_outside"),
    ({"shares": {"a": 6, "b": 3}}, "/answers/shares", "too_few_points"),
    ({"order": ["a", "a"]}, "/answers/order", "repeated_option"),
    ({"hours": "200.1"}, "/answers/hours", "number_outside"),
    ({"day": "2026-02-30"}, "/answers/day", "not_a_date"),
    ({"live": "no"}, "/answers/shares", "not_asked"),
    ({"hours": 100}, "/answers/why", "answer_missing"),
]


def counted(count: int) -> list[dict[str, object]]:
    """What the questions' results should be, added up here."""
    counters: dict[str, dict[str, int]] = {}
    for answers in map(every_kind.ballot, range(count)):
        recorded = ballot_rules.canonical_answers(every_kind.QUESTIONS, answers)
        for question, name, n in ballot_rules.count_ballot(every_kind.QUESTIONS, recorded):
            own = counters.setdefault(question, {})
            own[name] = own.get(name, 0) + n
    return ballot_rules.summarise(every_kind.QUESTIONS, counters)


def saved(person: Person, poll_id: str) -> bytes | None:
    answer = person.http.get(f"/api/v1/polls/{poll_id}/record")
    return answer.content if answer.status_code == 200 else None


@pytest.fixture(scope="module")
def poll_id(city):
    """With all ballots in the record; results may be seen all along."""
    poll_id = city.seoul.open_poll("seoul", questions=every_kind.QUESTIONS, results="live")
    for n in range(VOTERS):
        cast = Person(city.seoul.url).sign_in().cast(poll_id, every_kind.ballot(n))
        assert cast.status_code == 201, cast.text
    return poll_id


def test_what_the_rules_forbid_is_refused_by_http(city, poll_id):
    voter = Person(city.seoul.url).sign_in()
    for change, pointer, code in REFUSED:
        refused = voter.cast(poll_id, every_kind.ballot(3) | change)
        assert refused.status_code == 422
        assert (pointer, code) in {(e["pointer"], e["code"]) for e in refused.json()["errors"]}


def test_every_figure_is_counted_live_certified_and_recounted(city, poll_id, tmp_path):
    assert {question["kind"] for question in every_kind.QUESTIONS} == set(kinds())

    def live():
        found = city.seoul.http.get(f"/api/v1/polls/{poll_id}/results").json()
        return found if found.get("as_of") == VOTERS else None

    before = eventually(live)["questions"]
    city.seoul.ask("POST", f"/polls/{poll_id}/close")
    final = city.seoul.final_results(poll_id)["questions"]
    for questions in (before, final):
        plain = [
            {name: value for name, value in question.items() if name not in ("counting", "outcome")}
            for question in questions
        ]
        assert plain == counted(VOTERS)
    outcomes = {question["id"]: question["outcome"] for question in final if "outcome" in question}
    assert set(outcomes) == {"shop", "purse", "shares", "order", "quality"}
    assert outcomes["purse"]["budget"]["limit"] == 180
    for name in ("shop", "purse", "order"):
        none = next(option for option in outcomes[name]["options"] if option["id"] == "none")
        assert (none["selected"], none["reason"]["code"]) == (False, "not_electable")

    bundle = tmp_path / "record.tar.gz"
    bundle.write_bytes(eventually(lambda: saved(city.seoul, poll_id)))
    command = [sys.executable, "-m", "auditor", "recount", str(bundle), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    found = json.loads(done.stdout)
    assert [one for one in found["findings"] if one["outcome"] in ("differs", "unchecked")] == []
    assert (done.returncode, found["ballots"]) == (0, VOTERS)
    told = {question["id"]: question.get("selected") for question in found["questions"]}
    for name, outcome in outcomes.items():
        chosen = [option["id"] for option in outcome["options"] if option["selected"]]
        assert sorted(told[name]) == sorted(chosen)
