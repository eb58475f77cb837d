"""Results split by who voted: declared, counted by opaque tags, compared with the recount, told in the signed result only."""

import logging
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from services.ballots.storage import cohort_counter
from services.common.contract import instance
from services.common.encodings import canonical_json, sha256
from services.polls import contract as polls
from services.polls.contract.breakdown import cells_of, cohort_tag
from services.tally import contract
from services.tally.storage import metadata
from services.tally.usecases.breakdowns import gather
from tests.unit.ballots.scene import QUESTIONS
from tests.unit.tally.world import World

SECRET = b"s" * 32
DECLARED: dict[str, Any] = {
    "by": ["district", "gender"],
    "least": 3,
    "margins": {"gender": {"female": 60, "male": 40}},
}
VOTERS = {
    ("jongno", "female"): "aaaaaabbb",
    ("jongno", "male"): "aaaabbbb",
    ("mapo", "female"): "bbbbbaaaaa",
    ("mapo", "male"): "bbbbba",
    ("unknown", "unknown"): "bbbbbb",
}
"""The choices of each group."""


@pytest.fixture
def declaring(world: World) -> World:
    """A poll whose result is split by district and gender, with its ballots in the log."""
    declare(world, DECLARED)
    number = 0
    for (district, gender), choices in VOTERS.items():
        for choice in choices:
            cast(world, number, tag(district, gender), {"q1": [choice]})
            number += 1
    world.sequence()
    return world


def declare(world: World, declared: dict[str, Any] | None) -> None:
    definition = {"id": "poll-1", "title": "행복지표", "questions": QUESTIONS, "breakdown": declared}
    facts = {"definition": definition, "definition_hash": sha256(canonical_json(definition)).hex()}
    world.scene.polls.definitions["poll-1"] |= facts
    by = (declared or DECLARED)["by"]
    world.scene.polls.cells = [{"cohort": cohort_tag(SECRET, cell), "cell": cell} for cell in cells_of(by)]


def tag(district: str, gender: str) -> str:
    return cohort_tag(SECRET, {"district": district, "gender": gender})


def cast(world: World, number: int, cohort: str, answers: dict[str, Any]) -> None:
    voter = f"v{number}"
    ballot_pass = world.scene.polls.ballot_pass("poll-1", voter, cohort=cohort)
    (outcome,) = world.scene.cast({**world.scene.item(voter, answers=answers), "ballot_pass": ballot_pass})
    assert "ok" in outcome


def differences(world: World) -> list[dict[str, Any]]:
    return world.store.differences("poll-1")


def table(result: dict[str, Any], question: int, by: str) -> dict[str, Any]:
    (found,) = (each for each in result["breakdown"]["questions"][question]["tables"] if each["by"] == by)
    return {row["value"]: row for row in found["rows"]} | {"columns": found["columns"]}


def test_the_signed_result_is_split_as_the_poll_declared(declaring: World):
    declaring.end()
    assert declaring.recount()
    result = declaring.results()
    assert instance(contract.ResultsSchema).validate(result) == {}
    split = result["breakdown"]
    assert (split["by"], split["least"]) == (["district", "gender"], 3)
    by_gender = table(result, 0, "gender")
    assert by_gender["columns"] == ["a", "b", "c", "d"]
    assert by_gender["female"] == {"value": "female", "answered": 19, "counts": [11, 8, 0, 0]}
    districts = {row["value"]: row["voters"] for row in split["voters"][0]["rows"]}
    assert (districts["jongno"], districts["mapo"], districts["gangnam"], districts["unknown"]) == (
        17,
        16,
        0,
        6,
    )


def test_weighted_shares_stand_beside_the_raw_ones(declaring: World):
    declaring.end()
    declaring.recount()
    weighted = declaring.results()["breakdown"]["questions"][0]["weighted"]
    assert (weighted["by"], weighted["ballots"], weighted["left_out"]) == (["gender"], 33, 6)
    # a by hand: 0.6 of 11 in 19, 0.4 of 5 in 14
    assert weighted["options"][0]["share"] == "49.02"
    assert all(option.keys() == {"id", "share", "margin"} for option in weighted["options"][2:])


def test_a_live_result_is_never_split(declaring: World):
    declaring.catch_up()
    assert declaring.results()["state"] == "live"
    assert "breakdown" not in declaring.results()


def test_a_poll_that_declares_nothing_is_not_split(world: World):
    world.cast(*"aabb")
    world.sequence()
    world.end()
    assert world.recount()
    assert "breakdown" not in world.results()


def test_groups_that_do_not_add_up_to_the_log_block_publication(declaring: World):
    declaring.end()
    one_more = (
        sa.update(cohort_counter)
        .where(cohort_counter.c.question == "q1", cohort_counter.c.name == "a")
        .values(n=cohort_counter.c.n + 1)
    )
    declaring.run_sql(declaring.scene.database, one_more)
    assert not declaring.recount()
    assert "breakdown:q1:a" in [each["what"] for each in differences(declaring)]
    assert "breakdown" not in declaring.results()


@pytest.mark.parametrize("lost", ["voters", "hours"])
def test_lost_voters_of_a_group_block_publication(declaring: World, lost: str):
    declaring.end()
    name = cohort_counter.c.name == "" if lost == "voters" else cohort_counter.c.name != ""
    some = sa.delete(cohort_counter).where(cohort_counter.c.question == "", name)
    declaring.run_sql(declaring.scene.database, some)
    assert not declaring.recount()
    assert f"breakdown: {lost}" in [each["what"] for each in differences(declaring)]


def test_a_tag_that_stands_for_no_group_blocks_publication(declaring: World):
    cast(declaring, 99, "x" * 43, {"q1": ["a"]})
    declaring.end()
    assert not declaring.recount()
    assert "breakdown: unknown cohorts" in [each["what"] for each in differences(declaring)]


def test_a_ballot_without_a_tag_is_of_an_unknown_voter(declaring: World):
    cast(declaring, 99, "", {"q1": ["a"]})
    declaring.end()
    assert declaring.recount()
    assert table(declaring.results(), 0, "district")["unknown"]["answered"] == 7


def test_when_the_secret_is_gone_the_poll_is_blocked_and_it_is_said_why(
    declaring: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    answer = declaring.scene.polls.ask

    def gone(call: Any, **arguments: Any) -> dict[str, Any]:
        if call is polls.GET_COHORT_CELLS:
            raise polls.CohortsGone
        return answer(call, **arguments)

    monkeypatch.setattr(declaring.scene.polls, "ask", gone)
    declaring.end()
    assert not declaring.recount()
    assert differences(declaring) == [
        {"what": "breakdown", "live": "declared", "recounted": "secret destroyed"}
    ]


def test_no_group_of_several_dimensions_is_stored_or_logged(
    declaring: World, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.DEBUG):
        declaring.end()
        declaring.recount()
    tags = [tag(*group) for group in VOTERS]
    with declaring.database.read() as conn:
        rows = [row for each in metadata.sorted_tables for row in conn.execute(sa.select(each))]
    kept = orjson.dumps([[str(value) for value in row] for row in rows]).decode() + caplog.text
    assert not any(each in kept for each in tags)
    assert all("jongno" not in record.getMessage() for record in caplog.records)


def test_the_breakdown_stays_as_it_was_signed(declaring: World):
    declaring.end()
    declaring.recount()
    first = declaring.results()
    declaring.run_sql(declaring.scene.database, sa.delete(cohort_counter))
    assert declaring.recount()
    assert declaring.results() == first


def test_a_name_is_kept_once_and_not_for_each_group() -> None:
    """3,120 cells of 500 options with names of their own were 390 MB, which is more than the process may have."""
    cells = {f"tag{n}": cell for n, cell in enumerate(cells_of(["gender"]))}
    text = orjson.dumps([{"cohort": tag, "question": "q1", "name": "a", "n": 1} for tag in cells])
    found, strangers = gather(["gender"], cells, orjson.loads(text))
    assert not strangers
    assert len(found.counters) == 3
    assert len({id(key) for counters in found.counters.values() for key in counters}) == 1
