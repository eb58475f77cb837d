"""Putting pictures on a poll and its options."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.common.objects import ObjectStore
from services.polls import images, measures
from services.polls.contract.errors import InvalidImage
from services.polls.contract.kinds import Problem
from services.polls.domain.poll import Poll, question_options
from services.polls.images import ImageLimits, Picture
from services.polls.storage import PollsStore
from services.polls.usecases import access
from services.polls.usecases.access import WireActor

Prepare = Callable[[bytes, ImageLimits], Picture]


def add_image(
    store: PollsStore,
    *,
    poll_id: str,
    target: str,
    content: str,
    actor: WireActor,
    objects: ObjectStore,
    limits: ImageLimits,
    prepare: Prepare = images.prepare,
) -> dict[str, Any]:
    """Stores the picture and puts it on the poll (`target` "poll") or on an option (its id, or `question/option`)."""
    with store.read() as reader:
        with_image(access.unfrozen(reader, poll_id, actor, "image"), target, "")
    picture = prepare(_decoded(content, limits), limits)
    objects.put(picture.name, picture.content, images.CONTENT_TYPE)
    url = f"/media/{picture.name}"
    with store.write() as tx:
        tx.save(with_image(access.unfrozen(tx, poll_id, actor, "image"), target, url))
        tx.commit()
    measures.images_stored.inc()
    return {"url": url, "width": picture.width, "height": picture.height}


def _decoded(content: str, limits: ImageLimits) -> bytes:
    if len(content) > limits.bytes * 4 // 3 + 4:
        raise InvalidImage(reason="bytes", limit=limits.bytes)
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidImage(reason="damaged") from None


def with_image(poll: Poll, target: str, url: str) -> Poll:
    """The poll with the picture where it belongs. Raises `InvalidInput` when the target is not there."""
    if target == "poll":
        return replace(poll, image=url)
    matches = [
        (question, option["id"])
        for question, option in question_options(poll.questions)
        if target in (option["id"], f"{question}/{option['id']}")
    ]
    if len(matches) != 1:
        access.refuse([Problem("/target", "ambiguous_option" if matches else "unknown_option")])
    return replace(poll, questions=_with_option_image(poll.questions, *matches[0], url))


def _with_option_image(
    questions: Sequence[Mapping[str, Any]], question_id: str, option_id: str, url: str
) -> list[Mapping[str, Any]]:
    def changed(question: Mapping[str, Any]) -> Mapping[str, Any]:
        options = [{**o, "image": url} if o["id"] == option_id else o for o in question["options"]]
        return {**question, "options": options}

    return [changed(question) if question["id"] == question_id else question for question in questions]
