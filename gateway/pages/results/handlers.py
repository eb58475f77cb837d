"""The result page, and its counted part alone, which a page that shows a live result fetches again."""

import asyncio
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway import i18n
from gateway.context import gateway
from gateway.pages import polls, proof
from gateway.pages.rendering import environment, render
from gateway.pages.results.breakdowns import broken_down
from gateway.pages.results.counts import charts
from gateway.pages.results.explanations import explained, speech_of
from gateway.pages.results.pictures import figures, is_drawn
from services.common.errors import DomainError

Poll = dict[str, Any]
Result = dict[str, Any]
_MISSING = ("turnout", "as_of", "definition_hash", "checkpoint", "counted_at", "signature")


async def page(request: Request) -> Response:
    poll = await polls.poll_of(request)
    result = await result_of(request, poll)
    return render(
        request,
        "results.html",
        poll=poll,
        result=result,
        blocked=poll["certified"] is False,
        organization=await polls.organization_of(request, poll),
        signed=await end_of_record(request, poll, result),
        address=str(gateway(request).settings.public_url),
        part=Markup((await counted_part(request, poll, result)).decode()),  # noqa: S704 - rendered by a template
        budgets=any(map(is_budget, poll["questions"])),
    )


def is_budget(question: dict[str, Any]) -> bool:
    """Whether the question is a budget vote, as Pabulib's files know them: costs, and a limit of the money."""
    costs = [option.get("cost") for option in question["options"] if not option.get("exclusive")]
    limit = question.get("budget") or (question.get("counting") or {}).get("budget")
    return bool(costs and limit) and None not in costs


async def part(request: Request) -> Response:
    poll = await polls.poll_of(request)
    result = await result_of(request, poll)
    content = await counted_part(request, poll, result)
    return HTMLResponse(content, headers={"Cache-Control": "no-store"})


async def counted_part(request: Request, poll: Poll, result: Result) -> bytes:
    """What the count says. It is the same for everybody, so it is made once for each new count and language."""
    language = request.state.language
    count = (result["state"], result["as_of"], result["counted_at"])

    async def make() -> bytes:
        return await asyncio.to_thread(rendered, request, poll, result, language)

    return await gateway(request).parts.get((poll["id"], language, *count), make)


def rendered(request: Request, poll: Poll, result: Result, language: str) -> bytes:
    """Takes up to a tenth of a second for hundreds of projects, so it does not run on the event loop."""
    gettext = i18n.translations(request).gettext
    template = environment(language, gateway(request).catalogues).get_template("results/part.html")
    html = template.render(
        language=language,
        poll=poll,
        result=result,
        sections=sections_of(poll, result, language, gettext),
        broken=broken_down(poll, result, language, gettext),
    )
    return html.encode()


async def result_of(request: Request, poll: Poll) -> Result:
    """What tally lets everybody see, with nothing for what it does not tell."""
    found = await gateway(request).live.results(poll["id"])
    return {"voters": 0, **dict.fromkeys(_MISSING), **found}


def sections_of(poll: Poll, result: Result, language: str, gettext: Any) -> list[dict[str, Any]]:
    """One a question: its chart, its explanation and its figures."""
    questions = {question["id"]: question for question in poll["questions"]}
    own = {each["id"]: each for each in result["questions"]}
    found = []
    for chart in charts(poll, result, gettext):
        question, counted = questions[chart["id"]], own[chart["id"]]
        drawn = figures(question, counted, speech_of(question, counted, language), gettext)
        found.append(
            {
                "chart": chart,
                "explained": explained(question, counted, language),
                "figures": [(figure, is_drawn(figure)) for figure in drawn],
            }
        )
    return found


async def end_of_record(request: Request, poll: Poll, result: Result) -> proof.Signed | None:
    """The end of the poll's log that a final result was counted from, with the witnesses who confirm exactly that."""
    if result["state"] != "final" or not result["checkpoint"]:
        return None
    try:
        vkeys = await gateway(request).keys.witnesses()
        newest = (await gateway(request).log.checkpoint(poll["id"]))["checkpoint"]
    except DomainError:
        return proof.read_signed(result["checkpoint"], ())
    text = result["checkpoint"].partition("\n\n")[0]
    return proof.read_signed(newest if newest.startswith(f"{text}\n\n") else result["checkpoint"], vkeys)
