"""Pages that write a poll: its draft, its pictures, and what may still change once it is open."""

from collections.abc import Iterable
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import auth, formats, i18n, uploads
from gateway.context import gateway
from gateway.errors import CsrfFailed, status_of
from gateway.pages import forms, labels
from gateway.pages.console import drafts
from gateway.pages.console.access import operated_poll, required_operator
from gateway.pages.organizations import organizations
from gateway.pages.public import named
from gateway.pages.rendering import Errors, render, sentence
from services.common.errors import DomainError, InvalidInput, Unavailable
from services.common.ids import is_id, new_id
from services.polls import contract as polls

OFFERED = ("policy", "survey", "budget", "community", "onsite", "contest", "staff")
ADDABLE = ("choice", "yes_no", "score", "text")
UNFROZEN = ("draft", "scheduled")


def complaints(request: Request, error: DomainError) -> Errors:
    """Sentences beside their fields."""
    if isinstance(error, InvalidInput):
        found = [(drafts.field_of(e["pointer"]), e["code"], e.get("params", {})) for e in error.errors]
        return Errors(
            [(field, sentence(request, code, params)) for field, code, params in found], leads(request, found)
        )
    return Errors([("", sentence(request, error.code, error.params))])


def leads(request: Request, found: Iterable[tuple[str, ...]]) -> dict[str, str]:
    """What each field is called, with the numbers of its question and option."""
    gettext = i18n.translations(request).gettext
    named = {}
    for field, *_ in found:
        name, numbers = (
            field.rpartition("-")[2] or field,
            [int(part) + 1 for part in field.split("-") if part.isdigit()],
        )
        patterns = (gettext("Question %(n)s"), gettext("Option %(n)s"))
        words = [pattern % {"n": n} for pattern, n in zip(patterns, numbers, strict=False)]
        label = labels.FIELDS.get(name)
        named[field] = " ".join([*words, *([gettext(label)] if label else [])])
    return named


async def own_organizations(request: Request, actor: dict[str, Any]) -> list[tuple[str, str]]:
    names = await organizations(request)
    ids = list(names) if "admin" in actor["roles"] else list(actor["orgs"])
    return [(org, names.get(org, org)) for org in ids]


async def new_page(request: Request, status: int = 200, **data: Any) -> Response:
    actor = required_operator(request)
    entered = {"title": "", "organization": "", "kind": "policy"}
    own = {"entered": entered, "errors": Errors(), "key": new_id(), **data}
    return render(
        request,
        "console/new.html",
        status,
        organizations=await own_organizations(request, actor),
        kinds=named(request, labels.KINDS, OFFERED),
        **own,
    )


async def create(request: Request) -> Response:
    actor = required_operator(request)
    form = await auth.read_form(request)
    draft = {name: forms.text(form, name) for name in ("title", "organization", "kind")}
    try:
        poll = await gateway(request).bus.call(
            polls.CREATE_POLL, actor=actor, draft=draft, poll_id=form_key(form)
        )
    except Unavailable:
        raise
    except DomainError as error:
        return await new_page(request, status_of(error), entered=draft, errors=complaints(request, error))
    return RedirectResponse(f"/console/polls/{poll['id']}/edit", 303)


def form_key(form: FormData) -> str | None:
    """The id that the form was given for what it makes: sent twice, it makes one."""
    key = forms.identifier(form, "key")
    return key if is_id(key) else None


async def edit_page(request: Request) -> Response:
    poll = await operated_poll(request)
    if poll["state"] in UNFROZEN:
        return show_form(request, poll, drafts.of_poll(poll))
    return show_open_form(request, poll)


def show_form(
    request: Request, poll: dict[str, Any], entered: drafts.Entered, status: int = 200, **data: Any
) -> Response:
    own = {"errors": Errors(), "unsaved": False, "saved": "saved" in request.query_params, **data}
    return render(
        request,
        "console/edit.html",
        status,
        poll=poll,
        entered=entered,
        tab="edit",
        kinds=named(request, labels.KINDS, OFFERED),
        result_modes=named(request, labels.RESULTS, tuple(labels.RESULTS)),
        addable=named(request, labels.QUESTIONS, ADDABLE),
        has_password="password" in poll["evidence"],
        **own,
    )


async def save(request: Request) -> Response:
    poll = await operated_poll(request)
    form = await auth.read_form(request)
    if poll["state"] not in UNFROZEN:
        return await save_open(request, poll, form)
    entered, step = drafts.of_form(form), forms.text(form, "do")
    if step not in ("", "save"):
        return show_form(request, poll, drafts.change(entered, step), unsaved=True)
    entered = drafts.without_blanks(entered)
    try:
        patch = drafts.patch(entered, poll)
        await update(request, poll["id"], patch)
    except drafts.Unreadable as unreadable:
        found = [(field, sentence(request, code)) for field, code in unreadable.fields]
        wrong = Errors(found, leads(request, found))
        return show_form(request, poll, entered, 422, errors=wrong, unsaved=True)
    except Unavailable:
        raise
    except DomainError as error:
        wrong = complaints(request, error)
        return show_form(request, poll, entered, status_of(error), errors=wrong, unsaved=True)
    return RedirectResponse(f"/console/polls/{poll['id']}/edit?saved=1", 303)


async def update(request: Request, poll_id: str, patch: dict[str, Any]) -> None:
    gw = gateway(request)
    await gw.bus.call(polls.UPDATE_POLL, poll_id=poll_id, actor=auth.actor(request), patch=patch)
    gw.definitions.forget(poll_id)


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
