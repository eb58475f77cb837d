"""Pages that run a poll: the list, its state and next steps, preview, voter roll and invitations."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import auth, formats, i18n, uploads
from gateway.context import gateway
from gateway.errors import CsrfFailed, NotFound, status_of
from gateway.pages import forms, labels, questions
from gateway.pages import polls as poll_words
from gateway.pages.console import drafts, sources, words
from gateway.pages.console.access import operated_poll, required_operator
from gateway.pages.console.complaints import complaints
from gateway.pages.console.creating import form_key
from gateway.pages.organizations import organizations
from gateway.pages.rendering import Errors, render, sentence
from services.ballots import contract as ballots
from services.common.errors import DomainError, Unavailable
from services.common.ids import new_id
from services.notify import contract as notify
from services.polls import contract as polls
from services.polls.contract import ballot_rules
from services.tally import contract as tally

CURSOR = re.compile(r"[0-9]{1,9}")
ORDER = ("open", "scheduled", "draft", "closed", "published", "cancelled")
STEPS = {
    "open": (polls.OPEN_POLL, ("draft", "scheduled")),
    "schedule": (polls.SCHEDULE_POLL, ("draft", "scheduled")),
    "close": (polls.CLOSE_POLL, ("open",)),
    "publish": (polls.PUBLISH_POLL, ("closed",)),
    "copy": (polls.COPY_POLL, labels.STATES),
    "cancel": (polls.CANCEL_POLL, ("scheduled", "open", "closed")),
    "delete": (polls.DELETE_POLL, ("draft", "scheduled")),
}


async def own_polls(request: Request) -> Response:
    """The organisation's polls by state."""
    actor = required_operator(request)
    cursor = forms.text(request.query_params, "cursor", 200) or None
    found = await gateway(request).bus.call(
        polls.LIST_POLLS, actor=actor, mine=True, limit=100, cursor=cursor
    )
    by_state = {state: [poll for poll in found["items"] if poll["state"] == state] for state in ORDER}
    return render(
        request,
        "console/list.html",
        by_state={state: items for state, items in by_state.items() if items},
        organizations=await organizations(request),
        next_href=f"/console?cursor={found['next']}" if found["next"] else None,
        deleted="deleted" in request.query_params,
    )


async def overview(request: Request) -> Response:
    poll = await operated_poll(request)
    return await show_overview(request, poll)


NOTHING_KNOWN = {
    "dead_letters": 0,
    "sealed": False,
    "refused": None,
    "witnesses": {"needed": 0, "agreed": []},
}


async def show_overview(request: Request, poll: dict[str, Any]) -> Response:
    gettext = i18n.translations(request).gettext
    return render(
        request,
        "console/overview.html",
        poll=poll,
        tab="overview",
        organization=await poll_words.organization_of(request, poll),
        who=poll_words.who(poll, gettext),
        steps=[step for step, (_, states) in STEPS.items() if poll["state"] in states],
        done=request.query_params.get("done"),
        results_visible=poll_words.has_results(poll),
        sealing=await what_is_missing(request, poll),
        awaited=await awaited_sources(request, poll),
        counted=[words.counted_by(question, request.state.language) for question in poll["questions"]],
        conditions=words.asked_when(poll["questions"]),
        has_texts=bool(poll["certified"]) and bool(text_questions(poll)),
    )


async def what_is_missing(request: Request, poll: dict[str, Any]) -> dict[str, Any]:
    """What keeps this closed poll from its final recount: `dead_letters` that nobody could handle, `witnesses` who have
    not confirmed the end of the record (`needed`, `agreed`), or that ballots has `refused` to go on with the log.
    """
    if poll["state"] == "closed" and poll["certified"] is None:
        try:
            found: dict[str, Any] = await gateway(request).bus.call(ballots.GET_SEALING, poll_id=poll["id"])
        except Unavailable:
            return NOTHING_KNOWN
        return found
    return NOTHING_KNOWN


async def awaited_sources(request: Request, poll: dict[str, Any]) -> list[str]:
    """The sources whose scores the result waits for; none are told while polls cannot be asked."""
    if not sources.is_composite(poll) or poll["state"] not in sources.ENTERABLE:
        return []
    try:
        found = await sources.sources_of(request, poll)
    except Unavailable:
        return []
    return [item["source"] for item in found["items"] if item["entered_at"] is None]


async def step_page(request: Request) -> Response:
    """Asks once more before a step is taken."""
    poll = await operated_poll(request)
    step = known_step(request)
    return show_step(request, poll, step)


def known_step(request: Request) -> str:
    step: str = request.path_params["step"]
    if step not in STEPS:
        raise NotFound
    return step


def show_step(request: Request, poll: dict[str, Any], step: str, status: int = 200, **data: Any) -> Response:
    times = {name: formats.field_time(poll[name]) for name in ("opens_at", "closes_at")}
    own = {"entered": times, "errors": Errors(), "key": new_id(), **data}
    fits = poll["state"] in STEPS[step][1]
    return render(request, "console/step.html", status, poll=poll, step=step, fits=fits, tab="", **own)


async def take_step(request: Request) -> Response:
    poll = await operated_poll(request)
    step = known_step(request)
    form = await auth.read_form(request)
    entered = {name: forms.text(form, name) for name in ("opens_at", "closes_at")}
    wrong = unreadable_times(request, entered)
    if step == "schedule" and wrong:
        return show_step(request, poll, step, 422, entered=entered, errors=wrong)
    try:
        done = await gateway(request).bus.call(
            STEPS[step][0], poll_id=poll["id"], actor=auth.actor(request), **details(step, form, entered)
        )
    except Unavailable:
        raise
    except DomainError as error:
        wrong = complaints(request, error)
        return show_step(request, poll, step, status_of(error), entered=entered, errors=wrong)
    gateway(request).definitions.forget(poll["id"])
    return RedirectResponse(where_next(step, poll, done), 303)


def details(step: str, form: FormData, entered: dict[str, str]) -> dict[str, Any]:
    """What some steps need besides the poll."""
    if step == "schedule":
        return {name: formats.time_from_field(value) for name, value in entered.items()}
    return {"new_id": form_key(form)} if step == "copy" else {}


def unreadable_times(request: Request, entered: dict[str, str]) -> Errors:
    reader = drafts.Reader()
    for name, text in entered.items():
        reader.time(name, text)
    return Errors([(field, sentence(request, code)) for field, code, _ in reader.wrong])


def where_next(step: str, poll: dict[str, Any], done: Any) -> str:
    if step == "delete":
        return "/console?deleted=1"
    if step == "copy":
        return f"/console/polls/{done['id']}/edit"
    return f"/console/polls/{poll['id']}?done={step}"


async def preview(request: Request) -> Response:
    poll = await operated_poll(request)
    asked = askable(poll["questions"])
    return render(
        request,
        "console/preview.html",
        poll=poll,
        unfit=len(poll["questions"]) - len(asked),
        tab="preview",
        organization=await poll_words.organization_of(request, poll),
        who=poll_words.who(poll, i18n.translations(request).gettext),
        questions=questions.ballot_questions(asked),
    )


def askable(listed: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of a draft's questions that could be asked as they are, without conditions on the others."""
    unfit = {problem.pointer.split("/")[2] for problem in ballot_rules.check_questions(listed) if listed}
    fit = [question for n, question in enumerate(listed) if str(n) not in unfit]
    ids = {question["id"] for question in fit}
    return [
        {name: part for name, part in q.items() if name != "show_if" or part["question"] in ids} for q in fit
    ]


async def roll_page(request: Request) -> Response:
    return await show_roll(request, await operated_poll(request))


async def show_roll(request: Request, poll: dict[str, Any], status: int = 200, **data: Any) -> Response:
    roll = data.pop("roll", None) or await gateway(request).bus.call(
        polls.GET_ROLL, poll_id=poll["id"], actor=auth.actor(request)
    )
    own = {"errors": Errors(), "uploaded": False, **data}
    editable = poll["state"] in ("draft", "scheduled")
    return render(
        request, "console/roll.html", status, poll=poll, tab="roll", roll=roll, editable=editable, **own
    )


async def upload_roll(request: Request) -> Response:
    poll = await operated_poll(request)
    try:
        async with uploads.received(request) as upload:
            roll = await uploads.load_roll(request, poll["id"], upload)
    except (Unavailable, CsrfFailed):
        raise
    except DomainError as error:
        return await show_roll(request, poll, status_of(error), errors=file_errors(request, error))
    return await show_roll(request, poll, roll=roll, uploaded=True)


def file_errors(request: Request, error: DomainError) -> Errors:
    """Whatever is wrong with an upload is wrong with its one file."""
    return Errors([("file", said) for _, said in complaints(request, error)])


async def texts_page(request: Request) -> Response:
    """What people wrote to one question, part by part."""
    poll = await operated_poll(request)
    asked = text_questions(poll)
    chosen = request.query_params.get("question") or (asked[0]["id"] if asked else "")
    start = request.query_params.get("cursor", "0")
    if chosen not in [question["id"] for question in asked] or not CURSOR.fullmatch(start):
        raise NotFound
    found = await gateway(request).bus.call(
        tally.LIST_TEXTS, poll_id=poll["id"], question=chosen, start=int(start)
    )
    return render(
        request,
        "console/texts.html",
        poll=poll,
        tab="",
        asked=asked,
        chosen=chosen,
        start=int(start),
        **found,
    )


def text_questions(poll: dict[str, Any]) -> list[dict[str, Any]]:
    return [question for question in poll["questions"] if questions.widget(question) == "text"]


async def invitations_page(request: Request) -> Response:
    return await show_invitations(request, await operated_poll(request))


async def show_invitations(
    request: Request, poll: dict[str, Any], status: int = 200, **data: Any
) -> Response:
    report = await gateway(request).bus.call(notify.GET_DELIVERY_REPORT, poll_id=poll["id"])
    own = {"errors": Errors(), "sent": None, **data}
    return render(
        request,
        "console/invitations.html",
        status,
        poll=poll,
        tab="invitations",
        counts=report["counts"],
        states=[
            state for state in labels.MESSAGE_STATES if any(state in c for c in report["counts"].values())
        ],
        can_invite=poll["state"] in ("scheduled", "open") and poll["roll_size"] is not None,
        **own,
    )


async def invite(request: Request) -> Response:
    poll = await operated_poll(request)
    try:
        async with uploads.received(request) as upload:
            sent = await uploads.invite(request, poll["id"], upload)
    except (Unavailable, CsrfFailed):
        raise
    except DomainError as error:
        return await show_invitations(request, poll, status_of(error), errors=file_errors(request, error))
    return await show_invitations(request, poll, sent=sent)
