"""Cohort tags: opaque in passes, told with their cells only between the close and the certification."""

import pytest

from services.common.errors import InvalidInput
from services.polls.contract import CohortsGone, PollFrozen, PollNotFound, WrongState, breakdown, passes
from services.polls.usecases import lifecycle
from services.polls.usecases.issuing import malformed
from tests.component.polls.scene import SEOUL, Scene, item

BY_TWO = {"by": ["district", "channel"], "least": 10}
MAPO_WOMAN = {"district": "mapo", "age": "30", "gender": "female"}


def tag(scene: Scene, poll, **fields) -> str:
    [outcome] = scene.desk().issue([item(poll, **fields)])
    return passes.decode(outcome["ok"]["ballot_pass"])[0].cohort


def cells(scene: Scene, poll):
    return lifecycle.get_cohort_cells(scene.store, poll_id=poll["id"], keys=scene.keys)["cells"]


def test_a_tag_tells_nothing_but_who_shares_it(scene: Scene):
    poll, other = scene.opened(breakdown=BY_TWO), scene.opened(breakdown=BY_TWO)
    mapo = tag(scene, poll, profile=MAPO_WOMAN)
    assert len(mapo) == 43
    assert tag(scene, poll, tag="tag-2", profile={"district": "mapo", "gender": "male"}) == mapo
    assert tag(scene, other, profile=MAPO_WOMAN) != mapo
    different = [
        {"profile": MAPO_WOMAN, "channel": "app"},
        {"profile": {"district": "jung"}},
        {"profile": {}},
    ]
    assert len({mapo, *(tag(scene, poll, **fields) for fields in different)}) == 4
    assert tag(scene, poll) == tag(scene, poll, profile={"age": "30"})


def test_a_poll_without_breakdown_has_no_tags(scene: Scene):
    poll = scene.opened()
    [outcome] = scene.desk().issue([item(poll, profile=MAPO_WOMAN)])
    ballot_pass, _ = passes.decode(outcome["ok"]["ballot_pass"])
    assert ballot_pass.cohort == ""
    assert "cohort" not in ballot_pass.payload
    assert "breakdown" not in scene.definition(poll["id"])["definition"]
    scene.close(poll["id"])
    assert cells(scene, poll) == []


def test_cells_are_told_after_the_close_and_until_the_secret_is_gone(scene: Scene):
    draft = scene.draft(breakdown=BY_TWO)
    with pytest.raises(PollNotFound):
        cells(scene, draft)
    poll = scene.open(draft["id"])
    given = tag(scene, poll, profile=MAPO_WOMAN)
    with pytest.raises(WrongState):
        cells(scene, poll)
    scene.close(poll["id"])
    told = cells(scene, poll)
    assert len(told) == len({one["cohort"] for one in told}) == 26 * 5
    assert {"cohort": given, "cell": {"district": "mapo", "channel": "web"}} in told
    scene.certify(poll["id"], agreed=False)
    assert cells(scene, poll) == told
    scene.certify(poll["id"], agreed=True, event_id="event-2")
    with pytest.raises(CohortsGone):
        cells(scene, poll)


def test_of_a_cancelled_poll_nothing_is_told(scene: Scene):
    poll = scene.opened(breakdown=BY_TWO)
    scene.cancel(poll["id"])
    with pytest.raises(CohortsGone):
        cells(scene, poll)


def test_a_breakdown_is_declared_before_the_opening(scene: Scene):
    poll = scene.draft()
    scene.patch(poll["id"], breakdown={**BY_TWO, "margins": {"district": {"mapo": 365_000}}})
    assert scene.copy(poll["id"])["breakdown"] == scene.get(poll["id"], actor=SEOUL)["breakdown"]
    opened = scene.open(poll["id"])
    assert scene.definition(poll["id"])["definition"]["breakdown"] == opened["breakdown"]
    assert opened["breakdown"]["margins"] == {"district": {"mapo": 365_000}}
    with pytest.raises(PollFrozen):
        scene.patch(poll["id"], breakdown=None)


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"by": ["age", "age"]}, "/breakdown/by/1", "repeated_dimension"),
        ({"margins": {"gender": {"female": 5}}}, "/breakdown/margins/gender", "not_broken_down_by"),
        ({"margins": {"shoe size": {"43": 5}}}, "/breakdown/margins/shoe size", "not_broken_down_by"),
        ({"margins": {"district": {"busan": 5}}}, "/breakdown/margins/district/busan", "unknown_value"),
        ({"margins": {"district": {"unknown": 5}}}, "/breakdown/margins/district/unknown", "unknown_value"),
        ({"margins": {"district": {"mapo": 0}}}, "/breakdown/margins/district/mapo", "not_positive"),
        ({"margins": {"district": {}}}, "/breakdown/margins/district", "required"),
    ],
)
def test_what_keeps_a_poll_from_being_opened(scene: Scene, wrong, pointer, code):
    poll = scene.draft(breakdown=BY_TWO | wrong)
    with pytest.raises(InvalidInput) as refused:
        scene.open(poll["id"])
    assert [(error["pointer"], error["code"]) for error in refused.value.errors] == [(pointer, code)]


@pytest.mark.parametrize(
    "profile", [None, [], {"district": "busan"}, {"age": 30}, {"channel": "web"}, {"name": "x"}]
)
def test_a_profile_that_no_token_could_hold_is_refused(profile):
    refused = malformed(item({"id": "p" * 22}, profile=profile))
    assert refused is not None
    assert refused.errors[0]["pointer"] == "/profile"


def test_every_voter_is_in_one_of_the_cells():
    by = ["district", "age", "gender", "channel"]
    all_cells = [tuple(cell.values()) for cell in breakdown.cells_of(by)]
    assert len(all_cells) == len(set(all_cells)) == 26 * 8 * 3 * 5
    for profile in ({}, MAPO_WOMAN, {"district": "busan", "age": "5"}):
        assert tuple(breakdown.cell_of(by, profile, "web").values()) in set(all_cells)
