"""The pages where scores of a committee or a survey are entered for a composite result, and corrected."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import auth, uploads
from gateway.context import gateway
from gateway.errors import CsrfFailed, NotFound, status_of
from gateway.pages import forms
from gateway.pages.console.access import operated_poll
from gateway.pages.console.complaints import Found, beside_fields, complaints
from gateway.pages.console.projects import question_of
from gateway.pages.rendering import Errors, render
from gateway.uploads.score_files import read_scores
from services.common.errors import DomainError, InvalidInput, Unavailable
from services.polls import contract as polls
from services.tally.contract.counting.scores import commensurable, exact

ENTERABLE = ("open", "closed")
WORDS = ("entered_by", "note")
LONGEST = 500
Poll = dict[str, Any]


async def listing(request: Request) -> Response:
    """Every source, who entered its scores when, and every correction."""
    poll = await operated_poll(request)
    sources = await sources_of(request, poll)
    changes = await gateway(request).bus.call(
        polls.LIST_CHANGES, poll_id=poll["id"], actor=auth.actor(request)
    )
    entries = [change for change in changes["items"] if change["what"] == "source_entered"]
    return render(
        request,
        "console/sources.html",
        poll=poll,
        tab="sources",
        sources=sources,
        entries=entries,
        titles={question["id"]: question["title"] for question in poll["questions"]},
        enterable=poll["state"] in ENTERABLE and not sources["settled"],
        entered="entered" in request.query_params,
    )


async def sources_of(request: Request, poll: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = await gateway(request).bus.call(
        polls.LIST_SOURCES, poll_id=poll["id"], actor=auth.actor(request)
    )
    return found


def is_composite(poll: Mapping[str, Any]) -> bool:
    """Whether a result of the poll waits for scores that are no ballots."""
    return any((question.get("counting") or {}).get("rule") == "composite" for question in poll["questions"])


async def entry_page(request: Request) -> Response:
    poll = await operated_poll(request)
    return await show_entry(request, poll, question_of(request, poll))


async def show_entry(
    request: Request, poll: Poll, question: dict[str, Any], status: int = 200, **data: Any
) -> Response:
    own = {
        "errors": Errors(),
        "scores": {},
        "words": dict.fromkeys(WORDS, ""),
        "step": "enter",
        **data,
    }
    item, last = await source_item(request, poll, question)
    return render(
        request,
        "console/source.html",
        status,
        poll=poll,
        question=question,
        tab="sources",
        item=item,
        last=last and poll["state"] == "closed",
        options=scored(question),
        here=address(request),
        **own,
    )


async def source_item(
    request: Request, poll: Poll, question: Mapping[str, Any]
) -> tuple[dict[str, Any], bool]:
    """The source of the address, and whether the result waits for nothing but its scores. Raises NotFound."""
    name = forms.text(request.query_params, "source", 80)
    found = await sources_of(request, poll)
    own = [item for item in found["items"] if (item["question"], item["source"]) == (question["id"], name)]
    if not own or found["settled"] or poll["state"] not in ENTERABLE:
        raise NotFound
    return own[0], all(item["entered_at"] for item in found["items"] if item is not own[0])


def address(request: Request) -> str:
    return f"?source={quote(forms.text(request.query_params, 'source', 80))}"


def scored(question: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The options that have a score: “none of these” has none."""
    return [option for option in question["options"] if not option.get("exclusive")]


async def enter(request: Request) -> Response:
    """Shows once more what will be entered, if nothing is wrong with it, and then enters it."""
    poll = await operated_poll(request)
    question = question_of(request, poll)
    form = await auth.read_form(request)
    written: dict[str, Any] = {
        "words": {name: forms.text(form, name, LONGEST) for name in WORDS},
        "scores": {o["id"]: forms.text(form, f"scores-{o['id']}", 40).strip() for o in scored(question)},
    }
    if forms.text(form, "do") == "back":
        return await show_entry(request, poll, question, **written)
    if forms.text(form, "do") != "enter":
        return await show_once_more(request, poll, question, written)
    await source_item(request, poll, question)
    try:
        await put(request, poll, question, written)
    except Unavailable:
        raise
    except DomainError as error:
        wrong = by_option(complaints(request, error), question)
        return await show_entry(request, poll, question, status_of(error), errors=wrong, **written)
    return RedirectResponse(f"/console/polls/{poll['id']}/sources?entered=1", 303)


async def show_once_more(
    request: Request, poll: Poll, question: dict[str, Any], written: dict[str, Any]
) -> Response:
    found = unfit(question, written)
    if found:
        wrong = by_option(beside_fields(request, found), question)
        return await show_entry(request, poll, question, 422, errors=wrong, **written)
    return await show_entry(request, poll, question, step="check", **written)


def unfit(question: Mapping[str, Any], written: Mapping[str, Any]) -> Found:
    """What polls would refuse, known before somebody looks at the scores for the last time."""
    found: Found = [] if written["words"]["entered_by"].strip() else [("entered_by", "required", {})]
    scores = {option["id"]: written["scores"].get(option["id"], "") for option in scored(question)}
    exactly = {name: exact(score) for name, score in scores.items()}
    found += [
        (f"scores-{name}", "score_invalid" if scores[name] else "score_missing", {})
        for name, score in exactly.items()
        if score is None
    ]
    if not commensurable(score for score in exactly.values() if score is not None):
        found.append(("scores", "fractions_too_unlike", {}))
    return found


def by_option(wrong: Errors, question: Mapping[str, Any]) -> Errors:
    """The same, each score named by its option."""
    return Errors(wrong.found, {**wrong.leads, **{f"scores-{o['id']}": o["label"] for o in scored(question)}})


async def put(request: Request, poll: Poll, question: Mapping[str, Any], written: dict[str, Any]) -> None:
    await gateway(request).bus.call(
        polls.ENTER_SOURCE,
        poll_id=poll["id"],
        actor=auth.actor(request),
        question=question["id"],
        source=forms.text(request.query_params, "source", 80),
        scores={option: score for option, score in written["scores"].items() if score},
        **written["words"],
    )
    gateway(request).definitions.forget(poll["id"])


async def upload(request: Request) -> Response:
    """Takes the scores of a file into the form and shows them; nothing is entered yet."""
    poll = await operated_poll(request)
    question = question_of(request, poll)
    try:
        async with uploads.received(request) as received:
            words = {name: str(received.fields.get(name, ""))[:LONGEST] for name in WORDS}
            scores = await run_in_threadpool(read_scores, received.file, scored(question))
    except CsrfFailed:
        raise
    except InvalidInput as error:
        wrong = Errors([("file", said) for _, said in complaints(request, error)])
        return await show_entry(request, poll, question, status_of(error), errors=wrong)
    return await show_once_more(request, poll, question, {"words": words, "scores": scores})
