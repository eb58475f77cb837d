"""The page where the projects of a budget vote, or any question's options, come from a file and go into one."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway import i18n, uploads
from gateway.errors import CsrfFailed, NotFound, status_of
from gateway.pages.console.access import operated_poll
from gateway.pages.console.complaints import complaints
from gateway.pages.console.editing import UNFROZEN
from gateway.pages.labels import N_
from gateway.pages.rendering import Errors, render
from gateway.uploads.projects import load_projects
from gateway.uploads.tables import FORMULA_STARTS
from services.common.errors import DomainError, Unavailable

COLUMNS = {
    "id": N_("No."),
    "label": N_("name"),
    "cost": N_("cost"),
    "group": N_("district"),
    "category": N_("category"),
    "description": N_("description"),
    "exclusive": N_("exclusive"),
}
"""The columns of the file, by names that importing it understands again."""


async def page(request: Request) -> Response:
    poll = await operated_poll(request)
    return show(request, poll, question_of(request, poll))


def question_of(request: Request, poll: Mapping[str, Any]) -> dict[str, Any]:
    """The question of the address. Raises NotFound."""
    for question in poll["questions"]:
        if question["id"] == request.path_params["question_id"]:
            return dict(question)
    raise NotFound


def show(
    request: Request, poll: dict[str, Any], question: dict[str, Any], status: int = 200, **data: Any
) -> Response:
    own = {"errors": Errors(), "loaded": None, **data}
    options = question["options"]
    return render(
        request,
        "console/projects.html",
        status,
        poll=poll,
        question=question,
        tab="edit",
        editable=poll["state"] in UNFROZEN,
        cost=sum(option.get("cost") or 0 for option in options),
        projects=sum(not option.get("exclusive") for option in options),
        groups=len({option["group"] for option in options if option.get("group")}),
        **own,
    )


async def upload(request: Request) -> Response:
    """Replaces the options by the file's and tells what was taken; with a bad file nothing changes."""
    poll = await operated_poll(request)
    question = question_of(request, poll)
    try:
        async with uploads.received(request) as received:
            loaded = await load_projects(request, poll["id"], question["id"], received.file)
    except (Unavailable, CsrfFailed):
        raise
    except DomainError as error:
        wrong = Errors([("file", said) for _, said in complaints(request, error)])
        return show(request, poll, question, status_of(error), errors=wrong)
    poll = await operated_poll(request)
    return show(request, poll, question_of(request, poll), loaded=loaded)


async def as_file(request: Request) -> Response:
    """The options as CSV, which can be changed and uploaded again."""
    poll = await operated_poll(request)
    question = question_of(request, poll)
    gettext = i18n.translations(request).gettext
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([gettext(name) for name in COLUMNS.values()])
    for option in question["options"]:
        writer.writerow([harmless(option.get(name), gettext) for name in COLUMNS])
    headers = {
        "Content-Disposition": f'attachment; filename="projects-{question["id"]}.csv"',
        "Cache-Control": "no-store",
    }
    content = b"\xef\xbb\xbf" + text.getvalue().encode()
    return Response(content, headers=headers, media_type="text/csv; charset=utf-8")


def harmless(value: Any, gettext: Any) -> Any:
    """A cell that no spreadsheet calculates (OWASP, CSV injection); importing takes the apostrophe away again."""
    if value is True:
        return gettext("Yes")
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return "" if value is None or value is False else value
