"""Pictures on polls and options."""

import base64

import pytest

from services.common.errors import InvalidInput
from services.polls.contract.errors import InvalidImage, NotAllowed, PollFrozen, PollNotFound
from tests.component.polls.scene import INDICATOR, MAPO, SEOUL, Scene
from tests.unit.polls.pictures import bomb, picture, turned_with_metadata


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_on_the_poll_and_on_an_option(scene: Scene):
    poll = scene.draft()
    made = scene.add_image(poll["id"], "poll", encoded(picture("PNG")))
    option = scene.add_image(poll["id"], "c", encoded(turned_with_metadata()))
    assert (option["width"], option["height"]) == (20, 40)
    poll = scene.get(poll["id"], SEOUL)
    assert poll["image"] == made["url"]
    images = {one["id"]: one.get("image") for one in poll["questions"][0]["options"]}
    assert images == {"a": None, "b": None, "c": option["url"], "d": None}
    content, kind = scene.objects.get(made["url"].removeprefix("/media/"))
    assert kind == "image/webp"
    assert content.startswith(b"RIFF")
    assert scene.copy(poll["id"])["image"] == made["url"]
    scene.open(poll["id"])
    assert scene.definition(poll["id"])["definition"]["image"] == made["url"]


def test_a_picture_survives_an_edit_that_brings_it_along_and_can_be_removed(scene: Scene):
    poll = scene.draft()
    scene.add_image(poll["id"], "poll", encoded(picture()))
    scene.add_image(poll["id"], "a", encoded(picture()))
    poll = scene.get(poll["id"], SEOUL)
    edited = scene.patch(poll["id"], questions=poll["questions"], image=None)
    assert edited["questions"] == poll["questions"]
    assert edited["image"] is None


def test_an_address_of_somewhere_else_is_no_picture(scene: Scene):
    poll = scene.draft()
    with pytest.raises(InvalidInput) as refused:
        scene.patch(poll["id"], image="https://example.org/spy.gif")
    assert refused.value.errors[0]["pointer"] == "/patch/image"


def test_where_it_cannot_belong(scene: Scene):
    twice = [{**INDICATOR[0], "id": one} for one in ("q1", "q2")]
    poll = scene.draft(questions=twice)
    for target, code in (("z", "unknown_option"), ("q1", "unknown_option"), ("a", "ambiguous_option")):
        with pytest.raises(InvalidInput) as refused:
            scene.add_image(poll["id"], target, encoded(picture()))
        assert refused.value.errors == [{"pointer": "/target", "code": code, "params": {}}]
    scene.add_image(poll["id"], "q2/a", encoded(picture()))
    questions = scene.get(poll["id"], SEOUL)["questions"]
    assert "image" not in questions[0]["options"][0]
    assert questions[1]["options"][0]["image"].startswith("/media/")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (encoded(picture("GIF")), "format"),
        (encoded(picture("JPEG", (300, 300))[:900]), "damaged"),
        (encoded(bomb()), "pixels"),
        ("not base64 at all!", "damaged"),
        ("A" * 15_000_000, "bytes"),
    ],
)
def test_what_is_no_picture_changes_nothing(scene: Scene, content, reason):
    poll = scene.draft()
    with pytest.raises(InvalidImage) as refused:
        scene.add_image(poll["id"], "poll", content)
    assert refused.value.params["reason"] == reason
    assert scene.get(poll["id"], SEOUL)["image"] is None


def test_only_before_opening_and_only_by_those_who_run_it(scene: Scene):
    poll = scene.draft()
    with pytest.raises(PollNotFound):
        scene.add_image(poll["id"], "poll", encoded(picture()), actor=MAPO)
    scene.open(poll["id"])
    with pytest.raises(NotAllowed):
        scene.add_image(poll["id"], "poll", encoded(picture()), actor=MAPO)
    with pytest.raises(PollFrozen):
        scene.add_image(poll["id"], "poll", encoded(picture()))
