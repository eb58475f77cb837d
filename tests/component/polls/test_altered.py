"""Whoever writes to polls' database past polls changes nothing that voters see or are asked, unnoticed."""

import json
from typing import Any

import pytest

from services.common.errors import Unavailable
from services.polls import measures
from tests.component.polls.scene import INDICATOR, Scene, codes, item

SWAPPED = [{**INDICATOR[0], "required": True, "options": [{"id": "a", "label": "지표 b"}]}]


def found() -> float:
    return measures.altered_definitions._value.get()


@pytest.mark.parametrize(
    "columns",
    [
        {"title": "다른 제목"},
        {"questions": SWAPPED},
        {"eligibility": {"rule": "password", "hash": "x"}},
        {"identity": "strong"},
        {"results": "live"},
        {"witnesses": 5},
        {"definition_hash": "00" * 32},
    ],
    ids=lambda columns: next(iter(columns)),
)
def test_a_poll_altered_after_opening_is_neither_shown_nor_voted_in(scene: Scene, columns: dict[str, Any]):
    poll, other = scene.opened(), scene.opened()
    scene.alter(poll["id"], **columns)
    before = found()
    for read in (scene.get, scene.definition):
        with pytest.raises(Unavailable):
            read(poll["id"])
    outcomes = scene.desk().issue([item(poll), item(other)])
    assert codes(outcomes) == ["unavailable", "ok"]
    assert found() == before + 3
    assert scene.get(other["id"]) == other


def test_altering_the_frozen_document_alone_is_noticed_too(scene: Scene):
    poll = scene.opened()
    document = scene.definition(poll["id"])["definition"] | {"title": "다른 제목"}
    scene.alter(poll["id"], definition=json.dumps(document))
    with pytest.raises(Unavailable):
        scene.get(poll["id"])


def test_what_may_change_after_opening_alters_nothing(scene: Scene):
    before, poll = found(), scene.opened()
    scene.patch(poll["id"], notice="공지", closes_at=scene.later(days=3).isoformat())
    scene.close(poll["id"])
    scene.certify(poll["id"], agreed=True)
    scene.publish(poll["id"])
    assert scene.get(poll["id"])["state"] == "published"
    assert found() == before


def test_a_definition_that_was_frozen_before_there_was_a_field_is_whole(scene: Scene):
    """An older program froze fewer fields; its hash stays good."""
    poll = scene.opened()
    document = scene.definition(poll["id"])["definition"]
    del document["witnesses"]
    from services.common.encodings import canonical_json, sha256

    text = canonical_json(document)
    scene.alter(poll["id"], definition=text.decode(), definition_hash=sha256(text).hex())
    assert scene.get(poll["id"])["state"] == "open"
