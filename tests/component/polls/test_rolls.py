"""Voter rolls: chunks, repeats, bad lines, replacing, sweeping."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.common.errors import InvalidInput
from services.polls.contract.errors import NotAllowed, PollFrozen, TooManyRows, UploadNotFound, WrongState
from services.polls.storage import tables
from services.polls.usecases import roll
from tests.component.polls.scene import MAPO, OUTSIDERS, Scene, codes, item


def phone(n: int) -> str:
    return f"010{n:08d}"


def stored_rows(scene: Scene) -> int:
    with scene.database.read() as conn:
        return conn.execute(sa.select(sa.func.count()).select_from(tables.roll_row)).scalar_one()


def test_from_file_to_roll(scene: Scene):
    poll = scene.draft(eligibility={"rule": "roll"})
    assert scene.get_roll(poll["id"])["state"] == "none"
    assert scene.begin_roll(poll["id"], total=6)["state"] == "loading"
    status = scene.add_rows(
        poll["id"], ["010-0000-0001", "01000000002", "junk", "  ", "010 0000 0001", "02-123-4567"]
    )
    assert (status["rows"], status["accepted"], status["duplicates"], status["rejected_count"]) == (
        6,
        2,
        1,
        3,
    )
    assert status["rejected"] == [
        {"line": 4, "reason": "phone"},
        {"line": 5, "reason": "empty"},
        {"line": 7, "reason": "phone"},
    ]
    assert status["duplicate_lines"] == [{"line": 6, "first_line": 2}]
    assert scene.get(poll["id"], {"person_id": "a", "roles": ["admin"], "orgs": {}})["roll_size"] is None
    assert scene.commit_roll(poll["id"])["state"] == "ready"
    opened = scene.open(poll["id"])
    assert opened["roll_size"] == 2
    assert scene.definition(poll["id"])["roll_size"] == 2
    assert scene.filter_roll(poll["id"], ["010-0000-0002", "010-0000-0009", "junk"]) == [True, False, False]
    [change, _] = scene.changes(poll["id"])
    assert (change["what"], change["old"], change["new"]) == ("roll", None, 2)


def test_no_phone_and_no_tag_is_kept(scene: Scene):
    scene.with_roll("010-1234-5678")
    with scene.database.read() as conn:
        [row] = conn.execute(sa.select(tables.roll_row)).all()
    assert b"1234" not in bytes(row.hash)
    assert len(bytes(row.hash)) == 16


def test_two_polls_keep_different_hashes_of_one_phone(scene: Scene):
    scene.with_roll(phone(1))
    scene.with_roll(phone(1))
    with scene.database.read() as conn:
        hashes = {bytes(one) for one in conn.execute(sa.select(tables.roll_row.c.hash)).scalars()}
    assert len(hashes) == 2


def test_chunks_follow_each_other_and_a_repeated_one_is_applied_once(scene: Scene):
    poll = scene.draft()
    scene.begin_roll(poll["id"])
    for _ in range(2):
        assert scene.add_rows(poll["id"], [phone(1), phone(2)], first=0)["rows"] == 2
    assert scene.add_rows(poll["id"], [phone(2), phone(3)], first=2)["accepted"] == 3
    again = scene.add_rows(poll["id"], [phone(1), phone(2)], first=0)
    assert (again["rows"], again["duplicates"]) == (4, 1)
    assert again["duplicate_lines"] == [{"line": 4, "first_line": 3}]
    for first in (3, 5):
        with pytest.raises(InvalidInput) as refused:
            scene.add_rows(poll["id"], [phone(7), phone(8)], first=first)
        assert refused.value.errors == [
            {"pointer": "/first", "code": "rows_missing", "params": {"expected": 4}}
        ]


def test_the_same_chunk_from_two_at_once_is_applied_once(scene: Scene):
    poll = scene.draft()
    scene.begin_roll(poll["id"])
    senders = [
        threading.Thread(target=scene.add_rows, args=(poll["id"], [phone(n) for n in range(50)]))
        for _ in range(4)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    status = scene.get_roll(poll["id"])
    assert (status["rows"], status["accepted"], status["duplicates"]) == (50, 50, 0)


def test_a_double_of_a_double_names_the_very_first_line(scene: Scene):
    poll = scene.draft()
    scene.begin_roll(poll["id"])
    scene.add_rows(poll["id"], [phone(1)])
    status = scene.add_rows(poll["id"], [phone(1), phone(1)], first=1)
    assert status["duplicate_lines"] == [{"line": 3, "first_line": 2}, {"line": 4, "first_line": 2}]


def test_lists_hold_the_first_thousand_lines_and_counts_are_whole(scene: Scene):
    poll = scene.draft()
    scene.begin_roll(poll["id"])
    for first in (0, 800, 1600):
        status = scene.add_rows(poll["id"], ["junk"] * 800, first=first)
    assert status["rejected_count"] == 2400
    assert [line["line"] for line in status["rejected"]] == list(range(2, 1002))


def test_a_new_roll_replaces_the_old_one_at_once_and_the_old_rows_are_swept(scene: Scene):
    poll = scene.with_roll(phone(1), phone(2))
    scene.schedule(poll["id"], opens_at=scene.later(hours=1), closes_at=scene.later(hours=2))
    scene.begin_roll(poll["id"], "upload-2")
    scene.add_rows(poll["id"], [phone(3)], "upload-2")
    assert scene.filter_roll(poll["id"], [phone(1), phone(3)]) == [True, False]
    assert scene.get_roll(poll["id"])["state"] == "loading"
    scene.commit_roll(poll["id"], "upload-2")
    assert scene.filter_roll(poll["id"], [phone(1), phone(3)]) == [False, True]
    with pytest.raises(UploadNotFound):
        scene.add_rows(poll["id"], [phone(4)], "upload-1", first=2)
    assert stored_rows(scene) == 3
    assert roll.sweep(scene.store) == 2
    assert roll.sweep(scene.store) == 0
    assert stored_rows(scene) == 1
    assert scene.filter_roll(poll["id"], [phone(1), phone(3)]) == [False, True]


def test_committing_and_beginning_again_change_nothing(scene: Scene):
    poll = scene.with_roll(phone(1))
    assert scene.commit_roll(poll["id"])["state"] == "ready"
    assert scene.begin_roll(poll["id"])["state"] == "ready"
    assert scene.add_rows(poll["id"], [phone(1)])["accepted"] == 1
    assert len(scene.changes(poll["id"], {"person_id": "a", "roles": ["admin"], "orgs": {}})) == 1


def test_a_broken_upload_is_given_up_and_the_roll_in_use_is_the_newest_again(scene: Scene):
    poll = scene.with_roll(phone(1))
    scene.begin_roll(poll["id"], "upload-2")
    scene.add_rows(poll["id"], [phone(2), phone(3)], "upload-2")
    for _ in range(2):
        given_up = scene.abandon_roll(poll["id"], "upload-2")
        assert (given_up["state"], given_up["accepted"]) == ("ready", 1)
    assert scene.abandon_roll(poll["id"], "upload-1")["state"] == "ready"
    with pytest.raises(UploadNotFound):
        scene.commit_roll(poll["id"], "upload-2")


def test_nobody_is_invited_to_a_poll_that_is_not_announced_or_over(scene: Scene):
    poll = scene.with_roll(phone(1))
    for step in (None, scene.open, scene.close):
        if step:
            step(poll["id"])
        if step == scene.open:
            assert scene.filter_roll(poll["id"], [phone(1)]) == [True]
        else:
            with pytest.raises(WrongState):
                scene.filter_roll(poll["id"], [phone(1)])


def test_another_upload_gives_up_the_one_under_way(scene: Scene):
    poll = scene.draft()
    scene.begin_roll(poll["id"])
    scene.add_rows(poll["id"], [phone(1)])
    scene.begin_roll(poll["id"], "upload-2")
    for step in (
        lambda: scene.add_rows(poll["id"], [phone(2)], first=1),
        lambda: scene.commit_roll(poll["id"]),
    ):
        with pytest.raises(UploadNotFound):
            step()
    with pytest.raises(UploadNotFound):
        scene.begin_roll(poll["id"])


def test_only_before_opening(scene: Scene):
    poll = scene.opened()
    for step in (scene.begin_roll, scene.commit_roll, lambda poll_id: scene.add_rows(poll_id, [phone(1)])):
        with pytest.raises(PollFrozen):
            step(poll["id"])


def test_a_chunk_that_arrives_after_opening_is_refused_whole(scene: Scene):
    poll = scene.draft()
    scene.begin_roll(poll["id"])
    scene.open(poll["id"])
    with pytest.raises(PollFrozen):
        scene.add_rows(poll["id"], [phone(1)])
    assert stored_rows(scene) == 0


@pytest.mark.parametrize("outsider", OUTSIDERS, ids=["other operator", "citizen", "guest"])
def test_only_those_who_run_the_poll(scene: Scene, outsider):
    poll = scene.with_roll(phone(1))
    opened = scene.open(poll["id"])
    with pytest.raises(NotAllowed):
        scene.get_roll(opened["id"], actor=outsider)
    with pytest.raises(NotAllowed):
        scene.filter_roll(opened["id"], [phone(1)], actor=outsider)


def test_too_many_rows(scene: Scene):
    scene.most_rows = 3
    poll = scene.draft()
    with pytest.raises(InvalidInput):
        scene.begin_roll(poll["id"], total=4)
    scene.begin_roll(poll["id"])
    scene.add_rows(poll["id"], [phone(1), phone(2)])
    with pytest.raises(TooManyRows) as refused:
        scene.add_rows(poll["id"], [phone(3), phone(4)], first=2)
    assert refused.value.params == {"limit": 3}
    assert scene.add_rows(poll["id"], [phone(3)], first=2)["accepted"] == 3


def test_deleting_a_draft_leaves_no_row_behind(scene: Scene):
    poll = scene.with_roll(*[phone(n) for n in range(30)])
    scene.delete(poll["id"])
    while roll.sweep(scene.store):
        pass
    assert stored_rows(scene) == 0


def test_an_upload_that_was_left_is_given_up_after_a_day(scene: Scene):
    poll = scene.draft()
    scene.begin_roll(poll["id"])
    scene.add_rows(poll["id"], [phone(1)])
    roll.sweep(scene.store)
    assert stored_rows(scene) == 1
    with scene.database.write() as tx:
        tx.conn.execute(sa.update(tables.roll_upload).values(started_at=scene.now() - timedelta(days=2)))
        tx.commit()
    roll.sweep(scene.store)
    assert stored_rows(scene) == 0
    assert scene.get_roll(poll["id"])["state"] == "none"


def test_an_empty_roll_does_not_open(scene: Scene):
    poll = scene.with_roll("junk")
    with pytest.raises(InvalidInput) as refused:
        scene.open(poll["id"])
    assert refused.value.errors[0]["pointer"] == "/eligibility/rule"


def test_turnout_counts_against_the_roll_only_where_nobody_else_may_vote(scene: Scene):
    poll = scene.with_roll(phone(1))
    scene.patch(poll["id"], eligibility={"any": [{"rule": "roll"}, {"rule": "everyone"}]})
    opened = scene.open(poll["id"])
    assert opened["roll_size"] == 1
    assert scene.definition(poll["id"])["roll_size"] is None


def test_another_organisation_cannot_even_begin(scene: Scene):
    poll = scene.schedule(scene.draft()["id"], opens_at=scene.later(hours=1))
    with pytest.raises(NotAllowed):
        scene.begin_roll(poll["id"], actor=MAPO)


def test_twenty_thousand_rows(scene: Scene):
    poll = scene.draft(eligibility={"rule": "roll"})
    scene.begin_roll(poll["id"], total=20_000)
    for first in range(0, 20_000, 5_000):
        scene.add_rows(poll["id"], [phone(n * 7 % 19_000) for n in range(first, first + 5_000)], first=first)
    status = scene.commit_roll(poll["id"])
    assert (status["accepted"], status["duplicates"], len(status["duplicate_lines"])) == (
        19_000,
        1_000,
        1_000,
    )
    assert status["duplicate_lines"][0] == {"line": 19_002, "first_line": 2}
    opened = scene.open(poll["id"])
    outcomes = scene.desk().issue([item(opened, tag=f"tag-{phone(n)}") for n in (0, 18_999, 19_000)])
    assert codes(outcomes) == ["ok", "ok", "not_eligible"]
