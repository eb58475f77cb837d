"""What people have written is read by operators only when the result may be seen, and never with the rest of a ballot."""

import pytest

from services.tally import contract
from services.tally.usecases import texts
from tests.unit.tally.world import World

PAGE = 3


def cast(world: World, *written: str | None) -> None:
    items = [world.scene.item(f"v{n}", answers={"q1": ["a"], "q3": text}) for n, text in enumerate(written)]
    assert all("ok" in outcome for outcome in world.scene.cast(*items))
    world.sequence()
    world.catch_up()


def listed(world: World, question: str = "q3", start: int = 0) -> dict:
    return contract.LIST_TEXTS.dump(
        texts.list_texts(world.store, world.sources, poll_id="poll-1", question=question, start=start)
    )


def test_all_texts_come_part_by_part_and_nothing_else(world, monkeypatch):
    monkeypatch.setattr(texts, "PAGE", PAGE)
    cast(world, "버스", None, "지하철", "버스", "자전거\n더")
    world.end()
    assert world.recount()
    found, start = [], 0
    while start is not None:
        part = listed(world, start=start)
        found, start = found + part["texts"], part["next"]
    assert sorted(found) == sorted(["버스", "지하철", "버스", "자전거\n더"])


def test_texts_are_withheld_until_the_result_is_final_and_released(world):
    world.set_state("open", results="after_publish")
    cast(world, "비밀")
    for state in ("open", "closed"):
        if state == "closed":
            world.end()
            assert world.recount()
        with pytest.raises(contract.ResultsEmbargoed):
            listed(world)
    world.set_state("published")
    assert listed(world) == {"texts": ["비밀"], "next": None}


def test_a_live_poll_shows_no_texts_before_its_end(world):
    world.set_state("open", results="live")
    cast(world, "일찍")
    with pytest.raises(contract.ResultsEmbargoed):
        listed(world)


@pytest.mark.parametrize("question", ["q1", "q9"])
def test_only_what_was_answered_with_a_text_can_be_read(world, question):
    cast(world, "글")
    world.end()
    world.recount()
    with pytest.raises(contract.NoTextQuestion):
        listed(world, question)
