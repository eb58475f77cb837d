"""The pictures of a poll and of its options."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import auth, uploads
from gateway.errors import CsrfFailed, status_of
from gateway.pages import forms
from gateway.pages.console import drafts
from gateway.pages.console.access import operated_poll, update
from gateway.pages.console.complaints import complaints
from gateway.pages.rendering import Errors, render
from services.common.errors import DomainError, Unavailable


async def images_page(request: Request) -> Response:
    return show_images(request, await operated_poll(request))


def show_images(request: Request, poll: dict[str, Any], status: int = 200, **data: Any) -> Response:
    targets = [{"id": "poll", "image": poll["image"], "label": poll["title"], "of": None}]
    for question in poll["questions"]:
        for option in question["options"]:
            image = option.get("image")
            target = f"{question['id']}/{option['id']}"
            targets.append({"id": target, "image": image, "label": option["label"], "of": question["title"]})
    own = {"errors": Errors(), "saved": "saved" in request.query_params, **data}
    return render(request, "console/images.html", status, poll=poll, tab="images", targets=targets, **own)


async def add_image(request: Request) -> Response:
    poll = await operated_poll(request)
    target = "poll"
    try:
        async with uploads.received(request) as upload:
            target = str(upload.fields.get("target", target))
            await uploads.add_image(request, poll["id"], target, upload)
    except (Unavailable, CsrfFailed):
        raise
    except DomainError as error:
        return show_images(request, poll, status_of(error), errors=picture_errors(request, target, error))
    return RedirectResponse(f"/console/polls/{poll['id']}/images?saved=1#{anchor(target)}", 303)


def anchor(target: str) -> str:
    return "image-" + target.replace("/", "-")


def picture_errors(request: Request, target: str, error: DomainError) -> Errors:
    return Errors([(anchor(target), said) for _, said in complaints(request, error)])


async def remove_image(request: Request) -> Response:
    poll = await operated_poll(request)
    form = await auth.read_form(request)
    target = forms.text(form, "target")
    patch = (
        {"image": None}
        if target == "poll"
        else {"questions": drafts.without_image(poll["questions"], target)}
    )
    await update(request, poll["id"], patch)
    return RedirectResponse(f"/console/polls/{poll['id']}/images?saved=1", 303)
