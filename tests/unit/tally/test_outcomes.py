"""Outcomes by counting rules through the use cases: cast, sequenced, counted along, sealed, recounted, signed, published."""

from services.common.encodings import canonical_json, sha256
from services.tally.contract import ResultsSchema
from services.tally.contract.counting.ties import lot
from services.tally.readers import opened
from tests.unit.tally.rules.elections import data_file
from tests.unit.tally.world import World


def world_with(tmp_path, *questions):
    """Ballots and tally with one open poll of these questions."""
    urls = (f"sqlite:///{tmp_path / name}.sqlite" for name in ("ballots", "tally"))
    world = World(*urls, page=100)
    definition = {"id": "poll-1", "title": "주민참여예산", "questions": list(questions)}
    digest = sha256(canonical_json(definition)).hex()
    world.scene.polls.add("poll-1", definition=definition, definition_hash=digest)
    return world


def choice(counting, *options, most=1):
    listed = [{"id": option, "label": option, "cost": 10} for option in options]
    return {
        "id": "q1",
        "kind": "choice",
        "title": "?",
        "required": True,
        "min": 0,
        "max": most,
        "options": listed,
        "counting": counting,
    }


def cast(world, answers):
    items = [world.scene.item(f"v{n}", answers=answer) for n, answer in enumerate(answers)]
    assert all("ok" in outcome for outcome in world.scene.cast(*items))


def test_a_live_outcome_comes_from_the_counters_and_the_final_one_is_the_same(tmp_path):
    world = world_with(tmp_path, choice({"rule": "plurality", "quorum": {"ballots": 2}}, "a", "b"))
    cast(world, [{"q1": ["a"]}, {"q1": ["b"]}, {"q1": ["b"]}])
    world.sequence()
    world.catch_up()
    live = world.results()["questions"][0]
    assert live["counting"] == {"rule": "plurality", "winners": 1, "ties": "listed", "quorum": {"ballots": 2}}
    assert [option["selected"] for option in live["outcome"]["options"]] == [False, True]
    world.end()
    assert world.recount()
    final = world.results()
    assert final["state"] == "final"
    assert final["questions"][0] == live
    assert ResultsSchema().dump(final)["questions"][0]["outcome"] == live["outcome"]
    world.close()


def test_rules_that_need_whole_ballots_have_an_outcome_only_when_final(tmp_path):
    world = world_with(tmp_path, choice({"rule": "equal_shares", "budget": 20}, "a", "b", "c", most=3))
    cast(world, [{"q1": ["a", "b"]}] * 3 + [{"q1": ["c"]}] * 3)
    world.sequence()
    world.catch_up()
    assert "outcome" not in world.results()["questions"][0]
    world.end()
    assert world.recount()
    outcome = world.results()["questions"][0]["outcome"]
    assert [option["id"] for option in outcome["options"] if option["selected"]] == ["a", "c"]
    assert outcome["other"]["selected"] == ["a", "b"]
    world.close()


def test_a_draw_is_made_from_the_final_log_and_not_before(tmp_path):
    world = world_with(tmp_path, choice({"rule": "plurality", "ties": "draw"}, "a", "b"))
    cast(world, [{"q1": ["a"]}, {"q1": ["b"]}])
    world.sequence()
    world.catch_up()
    assert "outcome" not in world.results()["questions"][0]
    world.end()
    assert world.recount()
    outcome = world.results()["questions"][0]["outcome"]
    seed = bytes.fromhex(outcome["ties"][0]["seed"])
    drawn = min("ab", key=lambda option: lot(seed, "q1", option))
    assert [option["id"] for option in outcome["options"] if option["selected"]] == [drawn]
    world.close()


def test_a_real_election_through_the_use_cases(tmp_path):
    with opened(data_file("pabulib/Netherlands_Assen_2024.pb")) as election:
        ballots = [{"q1": answer} for answer, _ in election.ballots]
    question = {**election.question, "required": False, "min": 0, "counting": dict(election.counting)}
    world = world_with(tmp_path, question)
    cast(world, ballots)
    world.end()
    assert world.recount()
    result = world.results()["questions"][0]
    published = dict(election.published)
    assert {option["id"]: option["count"] for option in result["options"]} == {
        option: told.votes for option, told in published.items()
    }
    assert {option["id"] for option in result["outcome"]["options"] if option["selected"]} == {
        option for option, told in published.items() if told.selected == "1"
    }
    world.close()
