"""The page that writes a draft."""

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import auth
from gateway.errors import status_of
from gateway.pages import forms, labels
from gateway.pages.console import drafts, words
from gateway.pages.console.access import operated_poll, update
from gateway.pages.console.complaints import Found, beside_fields, complaints
from gateway.pages.console.creating import OFFERED
from gateway.pages.console.open_editing import save_open, show_open_form
from gateway.pages.public import named
from gateway.pages.rendering import Errors, render
from services.common.errors import DomainError, Unavailable
from services.polls.contract import ballot_rules
from services.polls.contract.breakdown import check_breakdown
from services.tally.contract.rules import check_counting

ADDABLE = ("choice", "knapsack", "yes_no", "score", "cumulative", "ranking", "number", "date", "text")
UNFROZEN = ("draft", "scheduled")
SHOWN = "shown"
"""The questions of the address that stand open."""
TO_PROJECTS = "projects-"
"""A button that saves and goes on to the file of a question's projects."""


async def edit_page(request: Request) -> Response:
    """With `check` everything that keeps the poll's questions from being opened stands beside its field."""
    poll = await operated_poll(request)
    if poll["state"] not in UNFROZEN:
        return show_open_form(request, poll)
    unready = not_ready(poll)
    errors = beside_fields(request, unready) if "check" in request.query_params else Errors()
    entered = drafts.of_poll(poll, words.breakdown_names(request))
    for question in entered["questions"]:
        question["shown"] = question["id"] in request.query_params.getlist(SHOWN)
    return show_form(request, poll, entered, errors=errors, unready=len(unready))


def not_ready(poll: dict[str, Any]) -> Found:
    """What is wrong with the stored questions and the breakdown: polls would refuse to open them."""
    ill_formed = ballot_rules.check_questions(poll["questions"])
    problems = ill_formed + check_counting(poll["questions"], ill_formed)
    found = [(drafts.field_of(p.pointer), p.code, p.params) for p in problems]
    split = check_breakdown(poll["breakdown"], () if ill_formed else poll["questions"])
    return found + [(drafts.field_of(f"/breakdown{p.pointer}"), p.code, p.params) for p in split]


def show_form(
    request: Request, poll: dict[str, Any], entered: drafts.Entered, status: int = 200, **data: Any
) -> Response:
    own = {
        "errors": Errors(),
        "unsaved": False,
        "saved": "saved" in request.query_params,
        "unready": 0,
        **data,
    }
    return render(
        request,
        "console/edit.html",
        status,
        poll=poll,
        entered=drafts.unfold(entered, poll),
        tab="edit",
        kinds=named(request, labels.KINDS, OFFERED),
        result_modes=named(request, labels.RESULTS, tuple(labels.RESULTS)),
        addable=named(request, labels.QUESTIONS, ADDABLE),
        dimensions=named(request, labels.DIMENSIONS, tuple(labels.DIMENSIONS)),
        has_password="password" in poll["evidence"],
        readable=drafts.readable,
        **words.kinds_words(),
        **own,
    )


async def save(request: Request) -> Response:
    poll = await operated_poll(request)
    form = await auth.read_form(request)
    if poll["state"] not in UNFROZEN:
        return await save_open(request, poll, form)
    entered, step = drafts.of_form(form), forms.text(form, "do")
    if step not in ("", "save") and not step.startswith(TO_PROJECTS):
        return show_form(request, poll, drafts.change(entered, step), unsaved=True)
    entered = drafts.without_blanks(entered)
    try:
        patch = drafts.patch(entered, poll, words.breakdown_names(request))
        await update(request, poll["id"], patch)
    except drafts.Unreadable as unreadable:
        wrong = beside_fields(request, unreadable.fields)
        return show_form(request, poll, entered, 422, errors=wrong, unsaved=True)
    except Unavailable:
        raise
    except DomainError as error:
        wrong = complaints(request, error)
        return show_form(request, poll, entered, status_of(error), errors=wrong, unsaved=True)
    return RedirectResponse(where_next(poll, entered, step), 303)


def where_next(poll: dict[str, Any], entered: drafts.Entered, step: str) -> str:
    here = f"/console/polls/{poll['id']}"
    place = step.removeprefix(TO_PROJECTS)
    if step.startswith(TO_PROJECTS) and place in map(str, range(len(entered["questions"]))):
        return f"{here}/questions/{entered['questions'][int(place)]['id']}/projects"
    worked_on = [(SHOWN, question["id"]) for question in entered["questions"] if question["shown"]]
    return f"{here}/edit?{urlencode([('saved', '1'), *worked_on])}"
