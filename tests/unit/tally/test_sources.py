"""Composite results through the use cases: the recount waits for the other sources, and the signed result tells them."""

from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.common.encodings import canonical_json, sha256
from services.polls import contract as polls
from services.polls.contract.commitments import scores_commitment
from services.tally import contract
from tests.unit.ballots.scene import FakePolls
from tests.unit.tally.test_outcomes import cast, choice
from tests.unit.tally.world import World

SOURCES = [
    {"name": "ballots", "weight": "50%"},
    {"name": "위원회", "weight": "40%"},
    {"name": "설문", "weight": "10%"},
]
COMMITTEE, SURVEY = {"a": "10", "b": "80", "c": "10"}, {"a": "1/3", "b": "1/3", "c": "1/3"}


class PollsWithSources(FakePolls):
    """Also answers for what its operators have entered."""

    def __init__(self) -> None:
        super().__init__()
        self.entered: dict[str, dict[str, Any]] = {}

    def enter(self, source: str, scores: dict[str, str]) -> None:
        words = {"question": "q1", "source": source, "scores": scores, "salt": "salt"}
        self.entered[source] = {
            **words,
            "commitment": scores_commitment("poll-1", **words),
            "entered_by": f"{source} 사무국",
            "entered_at": "2026-11-22T00:00:00Z",
        }

    def ask(self, call: Any, **arguments: Any) -> dict[str, Any]:
        if call is not polls.SETTLE_SOURCES:
            return super().ask(call, **arguments)
        assert self.definitions["poll-1"]["state"] == "closed"
        names = [source["name"] for source in SOURCES[1:]]
        missing = [{"question": "q1", "source": name} for name in names if name not in self.entered]
        if missing:
            raise polls.SourcesMissing(missing=missing)
        answer: dict[str, Any] = call.dump({"items": [self.entered[name] for name in names]})
        return answer


@pytest.fixture
def world(tmp_path):
    urls = (f"sqlite:///{tmp_path / name}.sqlite" for name in ("ballots", "tally"))
    world = World(*urls, page=100, polls=PollsWithSources())
    question = choice({"rule": "composite", "sources": SOURCES}, "a", "b", "c")
    definition = {"id": "poll-1", "title": "주민참여예산", "questions": [question]}
    digest = sha256(canonical_json(definition)).hex()
    world.scene.polls.add("poll-1", definition=definition, definition_hash=digest)
    cast(world, [{"q1": ["a"]}] * 7 + [{"q1": ["b"]}] * 2 + [{"q1": ["c"]}])
    world.sequence()
    world.catch_up()
    world.end()
    yield world
    world.close()


def awaited(kind: str) -> float | None:
    return REGISTRY.get_sample_value(f"tally_awaiting_{kind}_polls")


def test_the_result_waits_for_every_source_and_says_so(world):
    with pytest.raises(contract.SourcesMissing) as refused:
        world.recount()
    assert [one["source"] for one in refused.value.params["missing"]] == ["위원회", "설문"]
    world.scene.polls.enter("위원회", COMMITTEE)
    world.keep_up()
    world.await_missing()
    assert (awaited("sources"), awaited("witnesses")) == (1, 0)
    assert world.poll().certified is None
    live = world.results()
    assert live["state"] == "live"
    assert "outcome" not in live["questions"][0]
    assert "위원회 사무국" not in repr(live)
    world.scene.polls.enter("설문", SURVEY)
    world.await_missing()
    assert (awaited("sources"), awaited("witnesses")) == (0, 0)
    assert world.results()["state"] == "final"


def test_who_lacks_witnesses_is_not_asked_for_scores(world):
    world.witnessed = False
    world.keep_up()
    world.await_missing()
    assert (awaited("sources"), awaited("witnesses")) == (0, 1)


def test_the_signed_result_has_the_scores_and_where_they_are_from(world):
    world.scene.polls.enter("위원회", COMMITTEE)
    world.scene.polls.enter("설문", SURVEY)
    assert world.recount()
    outcome = world.results()["questions"][0]["outcome"]
    assert {one["id"]: one["score"] for one in outcome["options"]} == {
        "a": "127/300",
        "b": "34/75",
        "c": "37/300",
    }
    ballots, committee, survey = outcome["sources"]
    assert ballots.keys() == {"name", "weight", "options"}
    assert [one["given"] for one in ballots["options"]] == ["7", "2", "1"]
    assert committee["entered_by"] == "위원회 사무국"
    told = {one["id"]: one["given"] for one in survey["options"]}
    assert told == SURVEY
    made = scores_commitment("poll-1", "q1", survey["name"], told, survey["salt"])
    assert survey["commitment"] == made


def test_scores_that_were_altered_after_they_were_entered_block_the_result(world):
    world.scene.polls.enter("위원회", COMMITTEE)
    world.scene.polls.enter("설문", SURVEY)
    world.scene.polls.entered["위원회"]["scores"] = {**COMMITTEE, "a": "90"}
    assert not world.recount()
    assert [one["what"] for one in world.store.differences("poll-1")] == ["source"]
    assert world.results()["state"] == "live"
