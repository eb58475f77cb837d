"""Pages that anybody may read: the list of polls, a poll, its result and its change log."""

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import auth, formats, i18n
from gateway.context import gateway
from gateway.pages import forms, labels, polls, questions
from gateway.pages.organizations import organizations
from gateway.pages.rendering import Errors, render, sentence
from gateway.pages.results.summary import final_lines
from services.common.ids import new_id
from services.notify import contract as notify
from services.polls import contract as polls_contract

FILTERS = ("q", "state", "kind", "organization")
LISTED = ("open", "scheduled", "closed", "published", "cancelled")


async def poll_list(request: Request) -> Response:
    names = await organizations(request)
    chosen = {name: forms.text(request.query_params, name, 100) for name in FILTERS}
    cursor = forms.text(request.query_params, "cursor", 200) or None
    asked = known_only(chosen) | {"cursor": cursor}
    found = await gateway(request).bus.call(polls_contract.LIST_POLLS, actor=None, **asked)
    return render(
        request,
        "polls.html",
        polls=found["items"],
        next_href=f"/?{urlencode({**used(chosen), 'cursor': found['next']})}" if found["next"] else None,
        organizations=names,
        chosen=chosen,
        filtered=bool(used(chosen)),
        states=named(request, labels.STATES, LISTED),
        kinds=named(request, labels.KINDS, tuple(labels.KINDS)),
    )


def used(chosen: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in chosen.items() if value}


def known_only(chosen: dict[str, str]) -> dict[str, str | None]:
    """The filters as the contract takes them; a word that is none of its words filters nothing."""
    allowed = {"state": LISTED, "kind": tuple(labels.KINDS)}
    return {
        name: value.strip() if value.strip() and value in allowed.get(name, (value,)) else None
        for name, value in chosen.items()
    }


def named(request: Request, words: dict[str, str], keys: tuple[str, ...]) -> list[tuple[str, str]]:
    gettext = i18n.translations(request).gettext
    return [(key, gettext(words[key])) for key in keys]


async def poll_page(request: Request) -> Response:
    return await show_poll(request, await polls.poll_of(request))


async def show_poll(request: Request, poll: dict[str, Any], status: int = 200, **data: Any) -> Response:
    """A poll's page; `entered`, `errors`, `problem`, `ballot_id` when a ballot comes back."""
    gettext = i18n.translations(request).gettext
    ballot_id = data.pop("ballot_id", None) or new_id()
    votable = polls.is_votable(poll)
    return render(
        request,
        "poll.html",
        status,
        **{
            "poll": poll,
            "organization": await polls.organization_of(request, poll),
            "who": polls.who(poll, gettext),
            "questions": questions.ballot_questions(poll["questions"], ballot_id if votable else ""),
            "votable": votable,
            "results_visible": polls.has_results(poll),
            "outcomes": await final_lines(request, poll),
            "runs_it": runs(request, poll),
            "ballot_id": ballot_id,
            "problem": None,
            "errors": Errors(),
            "entered": {},
            **data,
        },
    )


def runs(request: Request, poll: dict[str, Any]) -> bool:
    """Whether the reader is an operator of the poll's organisation."""
    session = request.state.session
    return session is not None and poll["organization"] in session.orgs


async def subscription_page(request: Request) -> Response:
    """Whether the reader hears of the result: a page of its own, so that reading a poll asks nobody anything."""
    poll = await polls.poll_of(request)
    session = auth.required(request)
    wish = await gateway(request).bus.call(
        notify.GET_SUBSCRIPTION, person_id=session.person_id, poll_id=poll["id"]
    )
    changed = "changed" in request.query_params
    return render(request, "subscription.html", poll=poll, subscribed=wish["subscribed"], changed=changed)


async def subscribe(request: Request) -> Response:
    form = await auth.read_form(request)
    poll = await polls.poll_of(request)
    here = f"/polls/{poll['id']}/subscription"
    session = request.state.session
    if session is None:
        return RedirectResponse(f"/sign-in?{urlencode({'next': here})}", 303)
    call = notify.SUBSCRIBE if form.get("wish") == "yes" else notify.UNSUBSCRIBE
    await gateway(request).bus.call(call, person_id=session.person_id, poll_id=poll["id"])
    return RedirectResponse(f"{here}?changed=1", 303)


async def changes(request: Request) -> Response:
    poll = await polls.poll_of(request)
    found = await gateway(request).bus.call(
        polls_contract.LIST_CHANGES, poll_id=poll["id"], actor=auth.actor(request)
    )
    shown = [
        {**change, "before": value_text(request, change["old"]), "after": value_text(request, change["new"])}
        for change in found["items"]
    ]
    return render(request, "changes.html", poll=poll, changes=shown)


def value_text(request: Request, value: Any) -> str:
    """An old or new value of a change, in words."""
    gettext, language = i18n.translations(request).gettext, request.state.language
    match value:
        case bool():
            text = gettext("agreed") if value else gettext("differed")
        case {"definition_hash": fingerprint, **rest}:
            until = time_or_text(str(rest.get("closes_at") or ""), language)
            text = f"SHA-256 {fingerprint}" + (f" (~ {until})" if until else "")
        case {"count": int(count)}:
            text = i18n.translations(request).ngettext(
                "%(n)s unhandled ballot", "%(n)s unhandled ballots", count
            ) % {"n": count}
        case {"source": source, "entered_by": entered_by, "commitment": commitment}:
            text = f"{source} · {entered_by}\nSHA-256 {commitment}"
        case [{"code": _}, *_]:
            text = "\n".join(sentence(request, each["code"], each.get("params", {})) for each in value)
        case str():
            text = gettext(labels.STATES[value]) if value in labels.STATES else time_or_text(value, language)
        case _:
            text = "" if value is None else str(value)
    return text


def time_or_text(value: str, language: str) -> str:
    try:
        return formats.time_text(value, language) if "T" in value else value
    except ValueError:
        return value
