"""From draft to published result: freezing, change log, permissions, the timer."""

import hashlib
import threading

import pytest
import sqlalchemy as sa

from services.common.crypto import Undecryptable
from services.common.encodings import canonical_json
from services.common.errors import InvalidInput
from services.polls.contract.errors import (
    NotAllowed,
    NotCertified,
    PollFrozen,
    PollNotFound,
    PublicationBlocked,
    WrongState,
)
from services.polls.storage import tables
from services.polls.usecases import lifecycle
from tests.component.polls.scene import (
    ADMIN,
    CITIZEN,
    GUEST,
    INDICATOR,
    MAPO,
    OUTSIDERS,
    SEOUL,
    Scene,
    codes,
    item,
)


def pointers(refused: InvalidInput) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in refused.errors]


def test_from_draft_to_published(scene: Scene):
    poll = scene.draft()
    assert poll["state"] == "draft"
    poll = scene.open(poll["id"])
    assert poll["state"] == "open"
    assert scene.close(poll["id"])["state"] == "closed"
    scene.certify(poll["id"], agreed=True)
    assert scene.publish(poll["id"])["state"] == "published"
    assert [change["what"] for change in scene.changes(poll["id"])] == [
        "opened",
        "closed",
        "certified",
        "published",
    ]
    assert [change["number"] for change in scene.changes(poll["id"])] == [1, 2, 3, 4]
    assert scene.events() == ["poll.opened", "poll.closed", "poll.published"]
    assert set(scene.told) == {poll["id"]}


def test_opening_freezes_the_canonical_definition_and_its_hash(scene: Scene):
    opened = scene.opened(eligibility={"rule": "password", "password": "벚꽃 2026"})
    found = scene.definition(opened["id"])
    assert hashlib.sha256(canonical_json(found["definition"])).hexdigest() == found["definition_hash"]
    assert opened["definition_hash"] == found["definition_hash"]
    assert found["definition"]["questions"][0]["options"][0] == {"id": "a", "label": "지표 a"}
    assert found["definition"]["questions"][0]["required"] is True
    assert found["definition"]["eligibility"] == {"rule": "password"}
    assert "argon2" not in str(found)
    assert "closes_at" not in found["definition"]
    assert found["opened_at"]
    assert found["closes_at"] == opened["closes_at"]
    scene.patch(opened["id"], notice="새 공지")
    scene.close(opened["id"])
    after = scene.definition(opened["id"])
    assert after["definition"] == found["definition"]
    assert after["definition_hash"] == found["definition_hash"]
    assert after["state"] == "closed"


def test_a_poll_that_never_opened_has_no_definition(scene: Scene):
    for poll_id in (scene.draft()["id"], "x" * 22, "", "\0", "한" * 30):
        with pytest.raises(PollNotFound):
            scene.definition(poll_id)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"closes_at": None}, ("/closes_at", "required")),
        ({"closes_at": "2020-01-01T00:00:00Z"}, ("/closes_at", "not_in_future")),
        ({"questions": []}, ("/questions", "no_questions")),
        ({"questions": [{**INDICATOR[0], "max": 9}]}, ("/questions/0/max", "limits_impossible")),
        ({"questions": [{**INDICATOR[0], "kind": "riddle"}]}, ("/questions/0/kind", "unknown_kind")),
        ({"eligibility": {"rule": "roll"}}, ("/eligibility/rule", "roll_missing")),
        ({"eligibility": {"any": [{"rule": "password"}]}}, ("/eligibility/any/0/password", "required")),
    ],
)
def test_what_is_not_fit_is_not_opened_and_says_where(scene: Scene, fields, problem):
    poll = scene.draft(**fields)
    with pytest.raises(InvalidInput) as refused:
        scene.open(poll["id"])
    assert pointers(refused.value) == [problem]
    assert scene.get(poll["id"], SEOUL)["state"] == "draft"
    assert scene.events() == []


def test_scheduling_asks_for_both_times_and_all_the_rest(scene: Scene):
    poll = scene.draft(closes_at=None, questions=[])
    with pytest.raises(InvalidInput) as refused:
        scene.schedule(poll["id"])
    assert pointers(refused.value) == [
        ("/opens_at", "required"),
        ("/closes_at", "required"),
        ("/questions", "no_questions"),
    ]
    with pytest.raises(InvalidInput) as refused:
        scene.schedule(poll["id"], opens_at=scene.later(hours=2), closes_at=scene.later(hours=1))
    assert ("/closes_at", "not_after_opening") in pointers(refused.value)


def test_a_wrong_rule_is_refused_when_it_is_written(scene: Scene):
    with pytest.raises(InvalidInput) as refused:
        scene.draft(eligibility={"all": [{"rule": "star_sign"}]})
    assert pointers(refused.value) == [("/eligibility/all/0/rule", "unknown_rule")]
    poll = scene.draft()
    with pytest.raises(InvalidInput):
        scene.patch(poll["id"], eligibility={"rule": "everyone", "but": "you"})


def test_after_opening_everything_but_closing_time_and_notice_is_frozen(scene: Scene):
    poll = scene.opened()
    for patch in (
        {"title": "다른 제목"},
        {"questions": INDICATOR},
        {"eligibility": {"rule": "everyone"}},
        {"results": "live"},
        {"identity": "strong"},
        {"opens_at": "2026-01-01T00:00:00Z"},
        {"image": None},
    ):
        with pytest.raises(PollFrozen) as refused:
            scene.patch(poll["id"], notice="공지", **patch)
        assert refused.value.params == {"fields": list(patch)}
    assert scene.get(poll["id"]) == poll


def test_closing_time_moves_while_open_but_never_into_the_past(scene: Scene):
    poll = scene.opened()
    for earlier_or_later in (scene.later(hours=1), scene.later(days=9)):
        moved = scene.patch(poll["id"], closes_at=earlier_or_later.isoformat())
        assert moved["closes_at"] == earlier_or_later.isoformat().replace("+00:00", "Z")
    for wrong, code in ((scene.now().isoformat(), "not_in_future"), (None, "required")):
        with pytest.raises(InvalidInput) as refused:
            scene.patch(poll["id"], closes_at=wrong)
        assert pointers(refused.value) == [("/closes_at", code)]
    scene.close(poll["id"])
    with pytest.raises(PollFrozen):
        scene.patch(poll["id"], closes_at=scene.later(days=1).isoformat())
    scene.patch(poll["id"], notice="정책에 반영되었습니다")
    assert [change["what"] for change in scene.changes(poll["id"])] == [
        "opened",
        "closes_at",
        "closes_at",
        "closed",
        "notice",
    ]
    last = scene.changes(poll["id"])[-1]
    assert (last["old"], last["new"]) == ("", "정책에 반영되었습니다")


def test_closing_by_hand_cuts_the_window_short(scene: Scene):
    poll = scene.opened()
    before = scene.now()
    closed = scene.close(poll["id"])
    assert before.isoformat()[:16] <= closed["closes_at"][:16] <= scene.now().isoformat()[:16]
    change = scene.changes(poll["id"])[-1]
    assert (change["old"], change["new"]) == (poll["closes_at"], closed["closes_at"])


def test_a_refused_change_leaves_no_trace_in_the_log(scene: Scene):
    poll = scene.opened()
    with pytest.raises(PollFrozen):
        scene.patch(poll["id"], title="x", notice="y")
    assert len(scene.changes(poll["id"])) == 1


def test_the_change_log_is_gapless_whoever_writes_at_the_same_time(scene: Scene):
    poll = scene.opened()
    writers = [
        threading.Thread(target=scene.patch, args=(poll["id"],), kwargs={"notice": f"공지 {n}"})
        for n in range(10)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    numbers = [change["number"] for change in scene.changes(poll["id"])]
    assert numbers == list(range(1, 12))


@pytest.mark.parametrize("step", ["open", "schedule", "cancel", "delete", "copy", "publish", "close"])
@pytest.mark.parametrize("outsider", OUTSIDERS, ids=["other operator", "citizen", "guest"])
def test_nobody_else_can_do_anything_to_a_draft_or_even_see_it(scene: Scene, step, outsider):
    poll = scene.draft()
    with pytest.raises(PollNotFound):
        getattr(scene, step)(poll["id"], actor=outsider)
    for look in (scene.get, scene.changes, scene.get_roll):
        with pytest.raises(PollNotFound):
            look(poll["id"], actor=outsider)
    with pytest.raises(PollNotFound):
        scene.patch(poll["id"], actor=outsider, title="내 것")
    assert scene.get(poll["id"], SEOUL) == poll


@pytest.mark.parametrize("outsider", OUTSIDERS, ids=["other operator", "citizen", "guest"])
def test_others_see_a_public_poll_and_change_nothing(scene: Scene, outsider):
    poll = scene.opened()
    assert scene.get(poll["id"], outsider) == poll
    for step in (scene.close, scene.cancel, scene.copy, scene.publish, scene.delete, scene.open):
        with pytest.raises(NotAllowed):
            step(poll["id"], actor=outsider)
    with pytest.raises(NotAllowed):
        scene.patch(poll["id"], actor=outsider, notice="내 공지")


def test_only_operators_of_the_organisation_and_administrators_create(scene: Scene):
    for outsider in OUTSIDERS:
        with pytest.raises(NotAllowed):
            scene.draft(actor=outsider)
    assert scene.draft(actor=ADMIN)["organization"] == "seoul"
    assert scene.draft(actor=MAPO, organization="mapo")["organization"] == "mapo"


def test_an_administrator_may_run_every_poll(scene: Scene):
    poll = scene.draft()
    assert scene.patch(poll["id"], actor=ADMIN, title="고친 제목")["title"] == "고친 제목"
    assert scene.open(poll["id"], actor=ADMIN)["state"] == "open"


def test_publication_waits_for_the_recount_and_a_difference_blocks_it(scene: Scene):
    poll = scene.opened()
    scene.close(poll["id"])
    with pytest.raises(NotCertified):
        scene.publish(poll["id"])
    scene.certify(poll["id"], agreed=False)
    assert scene.get(poll["id"])["certified"] is False
    for _ in range(2):
        with pytest.raises(PublicationBlocked):
            scene.publish(poll["id"])
    assert scene.changes(poll["id"])[-1]["what"] == "certified"
    assert scene.changes(poll["id"])[-1]["new"] is False
    scene.certify(poll["id"], agreed=True, event_id="event-2")
    assert scene.publish(poll["id"])["state"] == "published"


def test_a_repeated_event_is_handled_once(scene: Scene):
    poll = scene.opened()
    scene.close(poll["id"])
    for _ in range(3):
        scene.certify(poll["id"], agreed=False)
    scene.certify(poll["id"], agreed=True, event_id="event-2")
    scene.certify(poll["id"], agreed=False)
    assert scene.get(poll["id"])["certified"] is True
    assert [c["what"] for c in scene.changes(poll["id"])].count("certified") == 2


def test_once_certified_or_cancelled_no_key_leads_from_a_pseudonym_to_a_phone(scene: Scene):
    certified, differing, cancelled = scene.opened(), scene.opened(), scene.opened()
    for poll in (certified, differing):
        scene.close(poll["id"])
    scene.certify(certified["id"], agreed=True)
    scene.certify(differing["id"], agreed=False, event_id="event-2")
    scene.cancel(cancelled["id"])
    with scene.store.read() as reader:
        kept = {poll["id"]: bool(reader.get(poll["id"]).secret) for poll in (certified, differing, cancelled)}
    assert kept == {certified["id"]: False, differing["id"]: True, cancelled["id"]: False}
    outcomes = scene.desk().issue([item(poll) for poll in (certified, cancelled, scene.opened())])
    assert codes(outcomes) == ["poll_not_open", "poll_not_open", "ok"]
    assert scene.copy(certified["id"])["state"] == "draft"


def test_a_recount_of_a_poll_that_has_not_closed_counts_for_nothing(scene: Scene):
    for poll in (scene.draft(), scene.opened()):
        scene.certify(poll["id"], agreed=True, event_id=poll["id"])
        assert scene.get(poll["id"], SEOUL)["certified"] is None


def test_a_recount_that_comes_just_before_the_closing_closes_first(scene: Scene):
    """Whoever ends the log has a timer of its own, and may be quicker."""
    poll = scene.opened()
    scene.move_window(poll["id"], closes_at=scene.later(seconds=-1))
    scene.certify(poll["id"], agreed=True)
    lifecycle.move_due(scene.store)
    found = scene.get(poll["id"], SEOUL)
    assert (found["state"], found["certified"]) == ("closed", True)
    assert [change["what"] for change in scene.changes(poll["id"])] == ["opened", "closed", "certified"]


def test_an_event_of_an_unknown_poll_is_taken(scene: Scene):
    scene.certify("z" * 22, agreed=True)


def test_deleting_is_for_what_never_opened(scene: Scene):
    draft = scene.draft()
    scene.delete(draft["id"])
    with pytest.raises(PollNotFound):
        scene.get(draft["id"], SEOUL)
    opened = scene.opened()
    for step in (lambda: None, lambda: scene.close(opened["id"]), lambda: scene.cancel(opened["id"])):
        step()
        with pytest.raises(WrongState):
            scene.delete(opened["id"])


def test_a_cancelled_poll_stays_visible_and_does_nothing_more(scene: Scene):
    poll = scene.opened()
    scene.cancel(poll["id"])
    assert scene.get(poll["id"])["state"] == "cancelled"
    for step in (scene.open, scene.close, scene.publish, scene.cancel, scene.schedule):
        with pytest.raises(WrongState) as refused:
            step(poll["id"])
        assert refused.value.params == {"state": "cancelled"}


def test_a_copy_is_a_new_draft_with_the_content_only(scene: Scene):
    poll = scene.with_roll("010-1111-2222")
    poll = scene.open(poll["id"])
    copy = scene.copy(poll["id"])
    assert copy["id"] != poll["id"]
    assert copy["state"] == "draft"
    same = (
        "title",
        "purpose",
        "questions",
        "eligibility",
        "results",
        "identity",
        "organization",
        "kind",
        "image",
    )
    assert {name: copy[name] for name in same} == {name: poll[name] for name in same}
    assert (copy["opens_at"], copy["closes_at"], copy["roll_size"], copy["definition_hash"]) == (
        None,
        None,
        None,
        None,
    )
    with scene.store.read() as reader:
        secrets = {reader.get(one["id"]).secret for one in (poll, copy)}
    assert len(secrets) == 2


def test_secrets_are_stored_encrypted_only(scene: Scene):
    poll = scene.draft()
    with scene.store.read() as reader:
        kept = reader.get(poll["id"])
    secret = scene.keys.pass_secret(kept.id, kept.secret)
    assert len(secret) == 32
    assert secret != scene.keys.roll_secret(kept.id, kept.roll_secret)
    with pytest.raises(Undecryptable):
        scene.keys.pass_secret("q" * 22, kept.secret)


class TestTimer:
    def test_opens_and_closes_what_is_due(self, scene: Scene):
        soon = scene.schedule(scene.draft()["id"], opens_at=scene.later(seconds=1))
        later = scene.schedule(scene.draft()["id"], opens_at=scene.later(hours=1))
        lifecycle.move_due(scene.store)
        assert scene.get(soon["id"])["state"] == "scheduled"
        scene.move_window(soon["id"], opens_at=scene.later(seconds=-1))
        lifecycle.move_due(scene.store)
        opened = scene.get(soon["id"])
        assert opened["state"] == "open"
        assert scene.definition(soon["id"])["definition"]["opens_at"] == opened["opens_at"]
        assert scene.get(later["id"])["state"] == "scheduled"
        scene.move_window(soon["id"], closes_at=scene.later(seconds=-1))
        due = scene.get(soon["id"])["closes_at"]
        lifecycle.move_due(scene.store)
        closed = scene.get(soon["id"])
        assert (closed["state"], closed["closes_at"]) == ("closed", due)
        assert scene.events() == ["poll.opened", "poll.closed"]

    def test_several_at_a_time_do_it_once(self, scene: Scene):
        polls = [scene.schedule(scene.draft()["id"], opens_at=scene.later(hours=1)) for _ in range(5)]
        for poll in polls:
            scene.move_window(poll["id"], opens_at=scene.later(seconds=-1))
        replicas = [threading.Thread(target=lifecycle.move_due, args=(scene.store,)) for _ in range(4)]
        for replica in replicas:
            replica.start()
        for replica in replicas:
            replica.join()
        assert scene.events() == ["poll.opened"] * 5
        assert all(len(scene.changes(poll["id"])) == 1 for poll in polls)

    def test_what_is_not_fit_any_more_becomes_a_draft_again(self, scene: Scene):
        poll = scene.schedule(scene.draft()["id"], opens_at=scene.later(hours=1))
        scene.move_window(poll["id"], opens_at=scene.later(hours=-2), closes_at=scene.later(hours=-1))
        lifecycle.move_due(scene.store)
        assert scene.get(poll["id"], SEOUL)["state"] == "draft"
        [change] = scene.changes(poll["id"], SEOUL)
        assert change["what"] == "opening_failed"
        assert change["new"][0]["pointer"] == "/closes_at"
        with pytest.raises(PollNotFound):
            scene.get(poll["id"], CITIZEN)

    def test_one_poll_that_cannot_be_moved_does_not_hold_up_another(self, scene: Scene, monkeypatch):
        first, second = (scene.schedule(scene.draft()["id"], opens_at=scene.later(hours=1)) for _ in range(2))
        for poll in (first, second):
            scene.move_window(poll["id"], opens_at=scene.later(seconds=-1))
        monkeypatch.setattr(lifecycle, "open_due", failing_for(first["id"], lifecycle.open_due))
        lifecycle.move_due(scene.store)
        assert scene.get(second["id"])["state"] == "open"


def failing_for(poll_id, step):
    def wrapped(store, wanted, **asked):
        if wanted == poll_id:
            raise PollNotFound
        step(store, wanted, **asked)

    return wrapped


def test_a_scheduled_poll_may_be_edited_as_long_as_it_stays_fit(scene: Scene):
    poll = scene.schedule(scene.draft()["id"], opens_at=scene.later(hours=1))
    assert scene.patch(poll["id"], title="고친 제목")["state"] == "scheduled"
    with pytest.raises(InvalidInput) as refused:
        scene.patch(poll["id"], questions=[])
    assert pointers(refused.value) == [("/questions", "no_questions")]
    assert scene.get(poll["id"])["questions"]


def test_a_password_survives_an_edit_that_does_not_name_it(scene: Scene):
    poll = scene.draft(eligibility={"rule": "password", "password": "벚꽃 2026"})
    assert poll["eligibility"] == {"rule": "password"}
    assert poll["evidence"] == ["password"]
    scene.patch(poll["id"], eligibility=poll["eligibility"], title="고친 제목")
    with scene.store.read() as reader:
        assert reader.get(poll["id"]).eligibility["hash"].startswith("$argon2id$")
    assert scene.open(poll["id"])["state"] == "open"


def test_the_database_itself_refuses_an_open_poll_without_its_definition(scene: Scene):
    poll = scene.draft()
    with pytest.raises(sa.exc.IntegrityError), scene.database.write() as tx:
        tx.conn.execute(sa.update(tables.poll).where(tables.poll.c.id == poll["id"]).values(state="open"))


def test_guests_and_null_actors_are_the_same(scene: Scene):
    assert scene.get(scene.opened()["id"], GUEST)
