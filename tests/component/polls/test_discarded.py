"""What polls tells everyone when ballots were given up."""

from services.polls.usecases import lifecycle


def test_ballots_given_up_stand_in_the_public_change_log_once(scene):
    poll_id = scene.opened()["id"]
    told = {"poll_id": poll_id, "count": 2, "reason": "손상된 메시지", "discarded_at": scene.now()}
    for _ in range(2):
        lifecycle.note_discarded(scene.store, event_id="event-1", **told)
    lifecycle.note_discarded(scene.store, event_id="event-2", **{**told, "poll_id": "unknown"})
    log = scene.changes(poll_id)
    assert [change["what"] for change in log] == ["opened", "dead_letter_discarded"]
    assert (log[1]["new"], log[1]["reason"], log[1]["number"]) == ({"count": 2}, "손상된 메시지", 2)
    assert poll_id in scene.told
