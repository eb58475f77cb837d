import pytest
import sqlalchemy as sa

from services.common.errors import InvalidInput, Unavailable
from services.notify import usecases
from services.notify.channels.outbox import OutboxChannel
from services.notify.contract import OutboxDisabled
from services.notify.domain import Message
from services.notify.storage.tables import metadata
from tests.component.notify.scene import PHONE


def list_outbox(scene, to=None, limit=100, environment="dev"):
    return usecases.list_outbox(scene.outbox, environment=environment, region="KR", to=to, limit=limit)[
        "items"
    ]


def test_a_wish_stands_until_it_is_taken_back(scene):
    assert not scene.wishes.is_subscribed("a", "p1")
    scene.wishes.subscribe("a", "p1")
    scene.wishes.subscribe("a", "p1")
    assert scene.wishes.is_subscribed("a", "p1")
    assert not scene.wishes.is_subscribed("a", "p2")
    scene.wishes.unsubscribe("a", "p1")
    scene.wishes.unsubscribe("a", "p1")
    assert not scene.wishes.is_subscribed("a", "p1")


def test_preferences_are_told(scene):
    assert usecases.get_preferences(scene.wishes, "a") == {"person_id": "a", "opt_out": False}
    scene.opt_out("a")
    assert usecases.get_preferences(scene.wishes, "a") == {"person_id": "a", "opt_out": True}


def test_opting_out_is_refused_rather_than_half_done_while_identity_is_away(scene):
    scene.town.away = Unavailable
    with pytest.raises(Unavailable):
        scene.opt_out("a")
    assert not scene.wishes.has_opted_out("a")


def test_more_subscribers_than_a_chunk(scene, monkeypatch):
    monkeypatch.setattr(usecases, "CHUNK", 3)
    for n in range(10):
        scene.wishes.subscribe(f"person-{n}", "p1")
    assert scene.publish("p1") == 10
    assert scene.publish("p1") == 0


def test_a_text_that_is_no_phone_number_is_refused_and_nothing_is_queued(scene):
    with pytest.raises(InvalidInput) as refused:
        scene.invite("p1", PHONE, "not a phone")
    assert refused.value.errors == [{"pointer": "/phones/1", "code": "invalid_phone", "params": {}}]
    assert scene.rows() == []


def test_the_outbox_shows_the_newest_first_and_finds_by_any_form_of_a_phone(scene):
    channel = OutboxChannel(scene.outbox)
    for n in range(3):
        channel.send(Message("code", PHONE, f"text {n}", code=f"00000{n}", challenge_id=f"c{n}"), f"key-{n}")
    channel.send(Message("invitation", "+821099998888", "other"), "key")
    assert [item["text"] for item in list_outbox(scene)] == ["other", "text 2", "text 1", "text 0"]
    for written in (PHONE, "010-1234-5678", " 821012345678", "821012345678"):
        assert [item["code"] for item in list_outbox(scene, written, 2)] == ["000002", "000001"]
    assert list_outbox(scene, "nobody") == []
    shown = list_outbox(scene, PHONE, 1)[0]
    assert set(shown) == {"id", "at", "channel", "to", "kind", "subject", "text", "code", "challenge_id"}
    assert shown["at"].endswith("Z")


@pytest.mark.parametrize("environment", ["production", "staging", ""])
def test_there_is_no_outbox_elsewhere(scene, environment):
    with pytest.raises(OutboxDisabled):
        list_outbox(scene, environment=environment)


def test_migrations_build_what_the_code_expects(scene):
    inspector = sa.inspect(scene.database.engine)
    for table in metadata.sorted_tables:
        columns = {column["name"]: column["nullable"] for column in inspector.get_columns(table.name)}
        assert columns == {column.name: column.nullable for column in table.columns}
        indexes = {index["name"] for index in inspector.get_indexes(table.name) if not index["unique"]}
        assert indexes == {index.name for index in table.indexes}
