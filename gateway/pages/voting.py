"""Casting a ballot on pages: filled in, confirmed, cast, receipt."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import auth, i18n
from gateway.casting import Recorded
from gateway.context import gateway
from gateway.errors import retry_after, status_of
from gateway.pages import carried, polls, proof, questions, sign_in
from gateway.pages.public import show_poll
from gateway.pages.rendering import Errors, render, sentence
from gateway.pages.widgets import Words
from services.common.errors import DomainError, InvalidInput, Unavailable
from services.common.ids import new_id
from services.polls.contract.kinds import Problem

EVIDENCE = "evidence.password"
BALLOT_ID_FORM = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True)
class Paper:
    """One voter's filled-in ballot."""

    poll: dict[str, Any]
    ballot_id: str
    entered: questions.Entered

    @classmethod
    def of(cls, poll: dict[str, Any], form: FormData) -> "Paper":
        given = form.get("ballot_id")
        known = isinstance(given, str) and bool(BALLOT_ID_FORM.fullmatch(given))
        return cls(poll, str(given) if known else new_id(), questions.entered_in(poll["questions"], form))

    @cached_property
    def reading(self) -> questions.Reading:
        return questions.read(self.poll["questions"], self.entered)

    def carried(self) -> carried.Carried:
        return carried.pack(self.poll["id"], self.ballot_id, self.entered)


async def confirm(request: Request) -> Response:
    """Shows the choices once more, or says what is wrong with them."""
    form = await auth.read_form(request)
    paper = Paper.of(await polls.poll_of(request), form)
    if form.get("do") == "edit":
        return await again(request, paper)
    return await show_confirmation(request, paper)


async def show_confirmation(request: Request, paper: Paper) -> Response:
    problems = paper.reading.problems
    if problems:
        return await again(request, paper, 422, errors=errors_of(request, paper, problems))
    if not polls.is_votable(paper.poll):
        return await again(request, paper, 409)
    if request.state.session is None:
        return sign_in.ask(request, f"/polls/{paper.poll['id']}", paper.carried())
    return confirmation(request, paper)


def confirmation(request: Request, paper: Paper, status: int = 200, **data: Any) -> Response:
    own = {"problem": None, "retry_after": None, "errors": Errors(), **data}
    return render(
        request,
        "confirm.html",
        status,
        poll=paper.poll,
        ballot_id=paper.ballot_id,
        entered=paper.entered,
        choices=choices(request, paper),
        dropped=[numbers(paper)[name] for name in paper.reading.dropped],
        **own,
    )


def choices(request: Request, paper: Paper) -> list[dict[str, Any]]:
    """Every question that is asked, with the answer in words."""
    words = Words(i18n.translations(request).gettext, request.state.language)
    asked = [question for question in paper.poll["questions"] if question["id"] in paper.reading.asked]
    return [
        {
            "number": numbers(paper)[question["id"]],
            "title": question["title"],
            "told": questions.told(question, paper.reading.answers.get(question["id"]), words),
        }
        for question in asked
    ]


def numbers(paper: Paper) -> dict[str, int]:
    """Which question has which number: those that are not asked keep theirs."""
    return {question["id"]: n for n, question in enumerate(paper.poll["questions"], 1)}


async def again(request: Request, paper: Paper, status: int = 200, **data: Any) -> Response:
    """The ballot back in the voter's hand, with everything entered."""
    return await show_poll(
        request, paper.poll, status, entered=paper.entered, ballot_id=paper.ballot_id, **data
    )


def errors_of(request: Request, paper: Paper, problems: list[Problem]) -> Errors:
    """Sentences by field, each led by the number of its question."""
    gettext, asked = i18n.translations(request).gettext, paper.poll["questions"]
    found, leads = [], {}
    for problem in problems:
        field = questions.field_of(asked, problem.pointer)
        found.append((field, sentence(request, problem.code, problem.params)))
        number = numbers(paper).get(questions.question_of(problem.pointer))
        if number is not None:
            leads[field] = gettext("Question %(n)s") % {"n": number}
    return Errors(found, leads)


async def cast(request: Request) -> Response:
    form = await auth.read_form(request)
    paper = Paper.of(await polls.poll_of(request), form)
    session = request.state.session
    if session is None or paper.reading.problems:
        return await show_confirmation(request, paper)
    password = form.get(EVIDENCE)
    evidence = {"password": password} if isinstance(password, str) and password else {}
    try:
        outcome = await gateway(request).caster.cast(
            session=session,
            poll_id=paper.poll["id"],
            ballot_id=paper.ballot_id,
            answers=paper.reading.answers,
            evidence=evidence,
            channel="web",
        )
    except DomainError as error:
        return await refused(request, paper, error)
    query = "" if isinstance(outcome, Recorded) else f"?accepted={outcome.note}"
    return RedirectResponse(f"/polls/{paper.poll['id']}/ballots/{paper.ballot_id}{query}", 303)


async def refused(request: Request, paper: Paper, error: DomainError) -> Response:
    """Why the ballot was not taken, where the voter can do something about it."""
    said, status = sentence(request, error.code, error.params), status_of(error)
    if isinstance(error, InvalidInput):
        found = [
            Problem(e["pointer"].removeprefix("/answers"), e["code"], e.get("params", {}))
            for e in error.errors
        ]
        return await again(request, paper, status, errors=errors_of(request, paper, found))
    match error.code:
        case "already_voted":
            return render(request, "voted.html", status, poll=paper.poll, problem=said)
        case "evidence_needed" | "wrong_password" | "too_many_tries":
            return confirmation(request, paper, status, errors=Errors([("evidence-password", said)]))
        case "ballot_id_taken":
            fresh = Paper(paper.poll, new_id(), paper.entered)
            return confirmation(request, fresh, status, problem=said)
        case "try_again" | "unavailable":
            seconds = retry_after(error)
            page = confirmation(request, paper, 503, retry_after=seconds)
            page.headers["Retry-After"] = str(seconds)
            return page
        case _:
            return await again(request, paper, status, problem=said)


async def receipt(request: Request) -> Response:
    """The receipt, or the page that waits for it."""
    poll = await polls.poll_of(request)
    ballot_id = request.path_params["ballot_id"]
    note = request.query_params.get("accepted", "")
    found = await gateway(request).caster.status(poll["id"], ballot_id, note)
    if found["status"] != "recorded":
        pending = found["status"] == "pending"
        query = f"?accepted={note}" if pending else ""
        refusal = refusal_text(request, found["code"]) if found["status"] == "refused" else ""
        own = {"poll": poll, "ballot_id": ballot_id, "pending": pending, "query": query, "refusal": refusal}
        return render(request, "waiting.html", 404 if found["status"] == "unknown" else 200, **own)
    document = orjson.dumps(found["receipt"], option=orjson.OPT_INDENT_2)
    if "download" in request.query_params:
        name = f'attachment; filename="mvoting-receipt-{ballot_id}.json"'
        return Response(document, headers={"Content-Disposition": name}, media_type="application/json")
    address = proof.check_address(found["receipt"])
    site = str(gateway(request).settings.public_url)
    return render(
        request,
        "receipt.html",
        poll=poll,
        receipt=found["receipt"],
        receipt_json=document.decode(),
        progress=proof.progress(found, await known_witnesses(request)),
        check_address=address,
        qr_code=proof.qr_code(site + address),
        results_visible=polls.has_results(poll),
    )


async def known_witnesses(request: Request) -> list[str]:
    """Verifier keys of the witnesses; none while nobody can be asked: a receipt is shown without them."""
    try:
        return await gateway(request).keys.witnesses()
    except Unavailable:
        return []


def refusal_text(request: Request, code: str) -> str:
    """Why an accepted ballot does not count, as it is known afterwards."""
    if code == "already_voted":
        gettext = i18n.translations(request).gettext
        return gettext(
            "Another ballot of yours in this poll was recorded first. That one counts; this one does not."
        )
    return sentence(request, code)


async def back_to_poll(request: Request) -> Response:
    """A posted page's address, typed or reloaded, leads back to the ballot."""
    return RedirectResponse(f"/polls/{request.path_params['poll_id']}", 303)
