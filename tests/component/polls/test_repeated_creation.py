"""A creation that is sent again, because its answer was lost, makes nothing new."""

import threading

import pytest

from services.common.ids import new_id
from services.polls import contract
from services.polls.contract.errors import NotAllowed
from services.polls.usecases import drafting, roll
from tests.component.polls.scene import MAPO, SEOUL, Scene

DRAFT = {"title": "제목", "organization": "seoul"}


def create(scene: Scene, poll_id: str | None, actor=SEOUL, **changes) -> dict:
    asked = contract.CREATE_POLL.load({"actor": actor, "draft": {**DRAFT, **changes}, "poll_id": poll_id})
    return drafting.create_poll(scene.store, keys=scene.keys, **asked)


def count(scene: Scene) -> int:
    return len(drafting.list_polls(scene.store, actor=SEOUL, mine=True)["items"])


def test_the_second_time_gets_the_first_poll(scene: Scene):
    chosen = new_id()
    first = create(scene, chosen)
    assert first["id"] == chosen
    assert create(scene, chosen) == first
    assert count(scene) == 1


def test_without_an_id_each_is_a_poll_of_its_own(scene: Scene):
    assert create(scene, None)["id"] != create(scene, None)["id"]


def test_many_at_once_make_one(scene: Scene):
    chosen, made = new_id(), []
    threads = [threading.Thread(target=lambda: made.append(create(scene, chosen)["id"])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [chosen] * 8
    assert count(scene) == 1


def test_an_id_of_somebody_elses_poll_tells_nothing(scene: Scene):
    chosen = new_id()
    create(scene, chosen)
    with pytest.raises(NotAllowed):
        create(scene, chosen, actor=MAPO, organization="mapo")


def test_a_copy_likewise(scene: Scene):
    poll, chosen = create(scene, None), new_id()
    asked = contract.COPY_POLL.load({"actor": SEOUL, "poll_id": poll["id"], "new_id": chosen})
    copies = [drafting.copy_poll(scene.store, keys=scene.keys, **asked) for _ in range(2)]
    assert [copy["id"] for copy in copies] == [chosen] * 2
    assert count(scene) == 2


def test_a_line_that_the_reader_of_the_file_refused(scene: Scene):
    poll = scene.draft(eligibility={"rule": "roll"})
    scene.begin_roll(poll["id"], total=2)
    upload_id = scene.get_roll(poll["id"])["upload_id"]
    rows = [{"line": 2, "phone": "", "reason": "formula"}, {"line": 3, "phone": "01000000001"}]
    asked = contract.ADD_ROLL_ROWS.load(
        {"actor": SEOUL, "poll_id": poll["id"], "upload_id": upload_id, "first": 0, "rows": rows}
    )
    status = roll.add_roll_rows(scene.store, tools=scene.roll_tools, **asked)
    assert (status["accepted"], status["rejected"]) == (1, [{"line": 2, "reason": "formula"}])
