"""Other sources of composite results: entered with a commitment, shown to nobody, settled once."""

from typing import Any

import pytest

from services.common.encodings import canonical_json, sha256
from services.common.errors import InvalidInput
from services.polls import contract
from services.polls.contract import source_schemas
from services.polls.contract.errors import (
    NotAllowed,
    PollNotFound,
    SourcesMissing,
    SourcesSettled,
    UnknownSource,
    WrongState,
)
from services.polls.usecases import sources
from tests.component.polls.scene import CITIZEN, GUEST, INDICATOR, OUTSIDERS, SEOUL, Scene

SOURCES = [
    {"name": "ballots", "weight": "50%"},
    {"name": "위원회", "weight": "40%"},
    {"name": "설문", "weight": "10%"},
]
COMPOSITE = [{**INDICATOR[0], "counting": {"rule": "composite", "sources": SOURCES}}]
SCORES = {"a": 30, "b": "20.50", "c": "1/3", "d": 0}


def enter(scene: Scene, poll_id: str, actor: Any = SEOUL, **other: Any) -> dict[str, Any]:
    words = {
        "question": "q1",
        "source": "위원회",
        "scores": SCORES,
        "entered_by": "위원회 사무국",
        **other,
    }
    loaded = contract.ENTER_SOURCE.load({"poll_id": poll_id, "actor": actor, **words})
    return source_schemas.SourceSchema().dump(sources.enter_source(scene.store, **loaded))


def listed(scene: Scene, poll_id: str, actor: Any = GUEST) -> dict[str, Any]:
    return source_schemas.SourcesSchema().dump(
        sources.list_sources(scene.store, poll_id=poll_id, actor=actor)
    )


def settled(scene: Scene, poll_id: str) -> list[dict[str, Any]]:
    found = sources.settle_sources(scene.store, poll_id=poll_id)
    return source_schemas.SettledSchema().dump(found)["items"]


def test_scores_go_to_the_recount_and_a_commitment_to_everybody(scene: Scene):
    poll_id = scene.opened(questions=COMPOSITE)["id"]
    entered = enter(scene, poll_id)
    assert entered["entered_by"] == "위원회 사무국"
    assert not listed(scene, poll_id)["complete"]
    enter(scene, poll_id, source="설문", scores=dict.fromkeys("abcd", 1), entered_by="여론조사팀")
    assert listed(scene, poll_id)["complete"]
    scene.close(poll_id)
    committee, survey = settled(scene, poll_id)
    assert committee["scores"] == {"a": "30", "b": "20.5", "c": "1/3", "d": "0"}
    assert survey["entered_by"] == "여론조사팀"
    opened = {name: committee[name] for name in ("question", "source", "scores", "salt")}
    assert entered["commitment"] == sha256(canonical_json({"poll_id": poll_id, **opened})).hex()
    assert settled(scene, poll_id) == [committee, survey]


def test_every_entry_and_correction_is_in_the_change_log_and_no_score(scene: Scene):
    poll_id = scene.opened(questions=COMPOSITE)["id"]
    first = enter(scene, poll_id)
    assert enter(scene, poll_id) == first, "the same again changes nothing"
    second = enter(scene, poll_id, scores={**SCORES, "a": 31}, note="옮겨 적을 때 틀림")
    entries = [change for change in scene.changes(poll_id) if change["what"] == "source_entered"]
    assert [entry["new"]["commitment"] for entry in entries] == [first["commitment"], second["commitment"]]
    assert [entry["old"] and entry["old"]["commitment"] for entry in entries] == [None, first["commitment"]]
    assert [entry["number"] for entry in entries] == [first["number"], second["number"]]
    assert entries[1]["reason"] == "옮겨 적을 때 틀림"
    assert "scores" not in repr(entries)


def test_the_list_has_no_scores_and_the_account_only_for_operators(scene: Scene):
    poll_id = scene.opened(questions=COMPOSITE)["id"]
    enter(scene, poll_id)
    shown = listed(scene, poll_id, CITIZEN)["items"]
    assert [(one["source"], one["weight"], one["account"]) for one in shown] == [
        ("위원회", "40%", None),
        ("설문", "10%", None),
    ]
    assert "20.5" not in repr(shown)
    assert listed(scene, poll_id, SEOUL)["items"][0]["account"] == "seoul-operator"


@pytest.mark.parametrize("actor", OUTSIDERS)
def test_only_operators_enter(scene: Scene, actor: Any):
    poll_id = scene.opened(questions=COMPOSITE)["id"]
    with pytest.raises(NotAllowed):
        enter(scene, poll_id, actor)


@pytest.mark.parametrize("place", [{"source": "ballots"}, {"source": "없는 곳"}, {"question": "q2"}])
def test_only_sources_that_the_definition_names(scene: Scene, place: Any):
    poll_id = scene.opened(questions=COMPOSITE)["id"]
    with pytest.raises(UnknownSource):
        enter(scene, poll_id, **place)


def test_a_question_without_sources_has_none(scene: Scene):
    poll_id = scene.opened()["id"]
    with pytest.raises(UnknownSource):
        enter(scene, poll_id)
    assert listed(scene, poll_id) == {"items": [], "complete": True, "settled": False}
    scene.close(poll_id)
    assert settled(scene, poll_id) == []


def test_every_option_needs_an_exact_score(scene: Scene):
    poll_id = scene.opened(questions=COMPOSITE)["id"]
    with pytest.raises(InvalidInput) as refused:
        enter(scene, poll_id, scores={"a": 0.1, "b": "-1", "c": 10**15, "x": 1})
    assert [(error["pointer"], error["code"]) for error in refused.value.errors] == [
        ("/scores/x", "unknown_option"),
        ("/scores/a", "score_invalid"),
        ("/scores/b", "score_invalid"),
        ("/scores/c", "score_invalid"),
        ("/scores/d", "score_missing"),
    ]


def test_fractions_that_would_make_figures_too_long_to_write_are_refused_before_they_bind(scene: Scene):
    """With 300 denominators of 15 digits the result could not be written, and nobody could correct the scores any more."""
    poll_id = scene.opened(questions=COMPOSITE)["id"]
    unlike = {"a": f"1/{10**14 + 1}", "b": f"1/{10**14 + 3}", "c": f"1/{10**14 + 7}", "d": 0}
    with pytest.raises(InvalidInput) as refused:
        enter(scene, poll_id, scores=unlike)
    assert [(error["pointer"], error["code"]) for error in refused.value.errors] == [
        ("/scores", "fractions_too_unlike")
    ]
    enter(scene, poll_id, scores={"a": "1/7", "b": "0.000000001", "c": f"3/{10**14 + 1}", "d": 0})


def test_not_before_opening_and_not_after_settling(scene: Scene):
    draft = scene.draft(questions=COMPOSITE)["id"]
    with pytest.raises(WrongState):
        enter(scene, draft)
    with pytest.raises(PollNotFound):
        listed(scene, draft)
    scene.open(draft)
    with pytest.raises(WrongState):
        settled(scene, draft)
    scene.close(draft)
    with pytest.raises(SourcesMissing) as refused:
        settled(scene, draft)
    assert refused.value.params["missing"] == [
        {"question": "q1", "source": "위원회"},
        {"question": "q1", "source": "설문"},
    ]
    enter(scene, draft)
    enter(scene, draft, source="설문")
    settled(scene, draft)
    with pytest.raises(SourcesSettled):
        enter(scene, draft, scores={**SCORES, "a": 31})
    assert listed(scene, draft)["settled"]


def test_scores_that_nobody_may_use_any_more(scene: Scene):
    poll_id = scene.opened(questions=COMPOSITE)["id"]
    scene.cancel(poll_id)
    with pytest.raises(WrongState):
        enter(scene, poll_id)
