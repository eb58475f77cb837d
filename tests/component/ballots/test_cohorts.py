"""Counting by cohorts: with the log, each ballot once, told when the log is sealed, and gone with the pseudonyms."""

import random
from collections import Counter
from datetime import datetime
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from services.ballots import contract
from services.ballots.storage import (
    BallotStore,
    BallotTransaction,
    CohortReader,
    ErasureBook,
    cohort_counter,
    metadata,
    waiting,
)
from services.ballots.usecases import cohorts, erasing, log
from services.common.errors import InvalidInput
from services.polls.contract import ballot_rules
from tests.unit.ballots.scene import QUESTIONS, Scene, ballot_id_of, code

MAPO, JUNG = "tag-of-mapo".ljust(43, "_"), "tag-of-jung".ljust(43, "_")
RNG = random.Random(5)


@pytest.fixture
def scene(scene: Scene) -> Scene:
    """The scene's poll breaks its result down."""
    definition = {"id": "poll-1", "title": "행복지표", "questions": QUESTIONS}
    scene.polls.add(
        "poll-1", definition={**definition, "breakdown": {"by": ["district"], "least": 10, "margins": {}}}
    )
    scene.polls.add("plain")
    return scene


def item(scene: Scene, voter: str, tag: str, **changes: Any) -> dict[str, Any]:
    poll_id = changes.get("poll_id", scene.poll)
    return {
        **scene.item(voter, **changes),
        "ballot_pass": scene.polls.ballot_pass(poll_id, voter, cohort=tag),
    }


def sequence(scene: Scene, store: BallotStore | None = None, limit: int = 1000) -> int:
    return log.sequence(store or scene.store, RNG, scene.known, scene.admits, limit=limit, seconds=30)


def seal(scene: Scene) -> None:
    assert log.seal(scene.store, scene.poll)


def told(scene: Scene, limit: int = 7) -> dict[tuple[str, str, str], int]:
    """All pages together."""
    reader, after = CohortReader(scene.database), ""
    found: dict[tuple[str, str, str], int] = {}
    while True:
        page = cohorts.page(scene.poll, after, limit, store=scene.store, reader=reader)
        assert contract.CohortsSchema().validate(page) == {}
        assert len(page["items"]) <= limit
        new = {(one["cohort"], one["question"], one["name"]): one["n"] for one in page["items"]}
        assert not new.keys() & found.keys()
        found |= new
        if page["next"] is None:
            return found
        after = contract.CohortsRequestSchema().load({"poll_id": scene.poll, "after": page["next"]})["after"]


def of_the_log(scene: Scene) -> Counter[tuple[str, str]]:
    counters: Counter[tuple[str, str]] = Counter()
    for leaf in scene.store.leaves(scene.poll, 0, 1000, 10**9):
        for question, name, n in ballot_rules.count_ballot(QUESTIONS, orjson.loads(leaf)["answers"]):
            counters[question, name] += n
    return counters


def together(counters: dict[tuple[str, str, str], int]) -> Counter[tuple[str, str]]:
    sums: Counter[tuple[str, str]] = Counter()
    for (_, question, name), n in counters.items():
        if question:
            sums[question, name] += n
    return sums


def test_every_cohort_has_counters_of_its_own(scene: Scene) -> None:
    scene.cast(
        item(scene, "anna", MAPO, answers={"q1": ["a", "b"], "q2": "yes", "q3": "더 자주"}),
        item(scene, "bora", MAPO, answers={"q1": ["a"]}),
    )
    sequence(scene)
    scene.cast(item(scene, "chul", JUNG, answers={"q1": ["b"], "q2": "no"}), item(scene, "dong", ""))
    sequence(scene)
    with pytest.raises(contract.NotSealed):
        told(scene)
    seal(scene)
    counters = told(scene)
    hours = {key: n for key, n in counters.items() if key[1] == "" and key[2]}
    assert {key: n for key, n in counters.items() if key not in hours} == {
        (MAPO, "", ""): 2,
        (MAPO, "q1", ""): 2,
        (MAPO, "q1", "a"): 2,
        (MAPO, "q1", "b"): 1,
        (MAPO, "q2", ""): 1,
        (MAPO, "q2", "yes"): 1,
        (MAPO, "q3", ""): 1,
        (JUNG, "", ""): 1,
        (JUNG, "q1", ""): 1,
        (JUNG, "q1", "b"): 1,
        (JUNG, "q2", ""): 1,
        (JUNG, "q2", "no"): 1,
        ("", "", ""): 1,
        ("", "q1", ""): 1,
        ("", "q1", "a"): 1,
    }
    for tag in (MAPO, JUNG, ""):
        assert sum(n for key, n in hours.items() if key[0] == tag) == counters[tag, "", ""]
    assert all(datetime.fromisoformat(key[2]).minute == 0 for key in hours)
    assert together(counters) == of_the_log(scene)


def test_no_tag_stays_beside_a_ballot(scene: Scene) -> None:
    scene.cast(item(scene, "anna", MAPO), item(scene, "bora", JUNG))
    assert {row.cohort for row in scene.rows(waiting)} == {MAPO, JUNG}
    sequence(scene)
    holding = {name for name, table in metadata.tables.items() if MAPO in str(scene.rows(table))}
    assert holding == {"cohort_counter"}
    assert not scene.rows(waiting)


def test_two_who_choose_the_same_id_in_one_batch_keep_their_own_tags(scene: Scene) -> None:
    same = ballot_id_of("same")
    outcomes = scene.cast(
        item(scene, "anna", MAPO, ballot_id=same),
        item(scene, "bora", JUNG, ballot_id=same),
        item(scene, "chul", JUNG),
        item(scene, "chul", JUNG),
    )
    [taken] = [tag for tag, outcome in zip((MAPO, JUNG), outcomes, strict=False) if code(outcome) == "ok"]
    rows = {(row.ballot_id, row.cohort) for row in scene.rows(waiting)}
    assert rows == {(same, taken), (ballot_id_of("chul"), JUNG)}


def test_a_poll_without_a_breakdown_is_not_counted_by_cohorts(scene: Scene) -> None:
    scene.cast(item(scene, "anna", MAPO, poll_id="plain"))
    assert [row.cohort for row in scene.rows(waiting)] == [None]
    scene.polls.away = True
    scene.known._facts.clear()
    assert sequence(scene) == 1
    assert not scene.rows(cohort_counter)


def test_ballots_wait_for_the_questions_and_hold_up_no_other_poll(scene: Scene) -> None:
    scene.cast(item(scene, "anna", MAPO), item(scene, "bora", MAPO, poll_id="plain"))
    scene.known._facts.clear()
    scene.polls.away = True
    assert sequence(scene) == 1
    assert len(scene.rows(waiting)) == 1
    scene.polls.away = False
    assert sequence(scene) == 1
    scene.polls.away = True
    scene.cast(item(scene, "chul", MAPO))
    assert sequence(scene) == 1


def test_whatever_is_cut_short_every_ballot_counts_once(scene: Scene) -> None:
    """Steps that end before their commit, and steps of a sequencer that was overtaken, leave nothing."""
    rng = random.Random(11)
    voters = [f"v{number}" for number in range(60)]
    for voter in voters:
        answers = {"q1": rng.sample("abcd", rng.randint(1, 2))}
        scene.cast(item(scene, voter, rng.choice((MAPO, JUNG)), answers=answers))
        if rng.random() < 0.4:
            cut_short(scene, rng.randint(1, 9))
        if rng.random() < 0.3:
            sequence(scene, limit=rng.randint(1, 9))
    sequence(scene)
    seal(scene)
    counters = told(scene)
    assert together(counters) == of_the_log(scene)
    assert counters[MAPO, "", ""] + counters[JUNG, "", ""] == len(voters)


def test_a_step_takes_no_more_ballots_than_the_database_can_count(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """2,000 ballots with 500 options each would be a million counters: longer than any statement may take, every time."""
    monkeypatch.setattr(cohorts, "MOST_COUNTERS", 40)
    sizes, add = [], BallotTransaction.count_cohorts

    def measured(tx: BallotTransaction, poll_id: str, counters: Any) -> None:
        sizes.append(len(counters))
        add(tx, poll_id, counters)

    monkeypatch.setattr(BallotTransaction, "count_cohorts", measured)
    scene.cast(*(item(scene, f"v{n}", f"tag{n}", answers={"q1": ["a", "b"]}) for n in range(7)))
    assert sequence(scene) == 7
    assert [size <= 40 for size in sizes] == [True] * 4
    assert not scene.rows(waiting)
    scene.cast(*(item(scene, f"p{n}", "", poll_id="plain") for n in range(7)))
    assert log.sequence_poll(scene.store, RNG, scene.known, "plain", 1000) == 7


def cut_short(scene: Scene, limit: int) -> None:
    """A step that does everything but the commit."""
    with scene.store.write() as tx:
        taken = tx.take_log(scene.poll)
        found = tx.waiting(scene.poll, limit)
        if taken is None or not found:
            return
        tx.append(taken, log.arrange(taken.size, found, RNG), {one.recorded_at for one in found})
        tx.count_cohorts(scene.poll, cohorts.count(found, scene.known.facts(scene.poll)))


def test_counters_are_erased_with_the_pseudonyms(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.ballots.storage.erasure.COUNTERS", 2)
    scene.cast(*(item(scene, f"v{n}", (MAPO, JUNG)[n % 2], answers={"q1": ["a"]}) for n in range(6)))
    sequence(scene)
    seal(scene)
    book = ErasureBook(scene.database)
    erasing.certified(book, scene.poll, agreed=False)
    assert not erasing.erase(book, 2)
    assert told(scene)
    erasing.certified(book, scene.poll, agreed=True)
    rounds = 0
    while erasing.erase(book, 2):
        rounds += 1
    assert rounds > 3
    assert not scene.rows(cohort_counter)
    assert told(scene) == {}
    with scene.database.read() as conn:
        assert conn.execute(sa.text("SELECT count(*) FROM ballot WHERE pseudonym IS NOT NULL")).scalar() == 0


@pytest.mark.parametrize("after", ["junk", "[1]", "{}", '["a","b"]'])
def test_a_place_that_no_page_has_told_is_refused(scene: Scene, after: str) -> None:
    scene.cast(item(scene, "anna", MAPO))
    sequence(scene)
    seal(scene)
    with pytest.raises(InvalidInput):
        cohorts.page(scene.poll, after, 10, store=scene.store, reader=CohortReader(scene.database))
