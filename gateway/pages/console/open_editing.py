"""What of a poll may still change once it is open."""

from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import formats
from gateway.errors import status_of
from gateway.pages import forms
from gateway.pages.console.access import update
from gateway.pages.console.complaints import complaints
from gateway.pages.rendering import Errors, render, sentence
from services.common.errors import DomainError, Unavailable


def show_open_form(request: Request, poll: dict[str, Any], status: int = 200, **data: Any) -> Response:
    entered = {"closes_at": formats.field_time(poll["closes_at"]), "notice": poll["notice"]}
    own = {"entered": entered, "errors": Errors(), "saved": "saved" in request.query_params, **data}
    return render(request, "console/edit_open.html", status, poll=poll, tab="edit", **own)


async def save_open(request: Request, poll: dict[str, Any], form: FormData) -> Response:
    """Closing time and notice; each change goes into the public change log."""
    entered = {name: forms.text(form, name) for name in ("closes_at", "notice")}
    try:
        patch = changed_only(poll, entered)
        if patch:
            await update(request, poll["id"], patch)
    except (ValueError, OverflowError):
        wrong = Errors([("closes_at", sentence(request, "invalid_time"))])
        return show_open_form(request, poll, 422, entered=entered, errors=wrong)
    except Unavailable:
        raise
    except DomainError as error:
        wrong = complaints(request, error)
        return show_open_form(request, poll, status_of(error), entered=entered, errors=wrong)
    return RedirectResponse(f"/console/polls/{poll['id']}/edit?saved=1", 303)


def changed_only(poll: dict[str, Any], entered: dict[str, str]) -> dict[str, Any]:
    """A field left as it was shown is not a change, not even by the seconds that the form does not show."""
    patch: dict[str, Any] = {}
    if poll["state"] == "open" and entered["closes_at"] != formats.field_time(poll["closes_at"]):
        patch["closes_at"] = formats.time_from_field(entered["closes_at"])
    if entered["notice"].replace("\r\n", "\n").strip() != poll["notice"]:
        patch["notice"] = entered["notice"]
    return patch
