"""The reader's own page, the choice of language, and what is said about privacy."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import auth, i18n
from gateway.context import gateway
from gateway.pages import forms, profiles
from gateway.pages.organizations import organizations
from gateway.pages.rendering import Errors, render, sentence
from gateway.pages.sign_in import safe_next
from services.identity import contract as identity
from services.notify import contract as notify

YEAR = 365 * 24 * 3600


async def me(request: Request) -> Response:
    if request.state.session is None:
        return RedirectResponse(f"/sign-in?{urlencode({'next': '/me'})}", 303)
    return await own_page(request)


async def own_page(
    request: Request, errors: Errors | None = None, told: Mapping[str, Any] | None = None, status: int = 200
) -> Response:
    """`told`: what was entered of the profile, where it could not be kept."""
    bus, session = gateway(request).bus, auth.required(request)
    person = await bus.call(identity.GET_PERSON, person_id=session.person_id)
    return render(
        request,
        "me.html",
        status,
        person=person,
        opt_out=(await bus.call(notify.GET_PREFERENCES, person_id=session.person_id))["opt_out"],
        organizations=await organizations(request),
        saved="saved" in request.query_params,
        profile=await profiles.kept(bus, person),
        told=told,
        choices=profiles.CHOICES,
        errors=errors or Errors(),
    )


async def save_profile(request: Request) -> Response:
    """Keeps what was told, with consent, or deletes it all; the browser's session carries it from now on."""
    form = await auth.read_form(request)
    person_id = auth.required(request).person_id
    bus = gateway(request).bus
    if form.get("action") == "delete":
        await bus.call(identity.DELETE_PROFILE, person_id=person_id)
    else:
        told = profiles.entered(form)
        wrong = await profiles.keep(bus, person_id, told, consent=bool(form.get("consent")))
        if wrong:
            errors = Errors([(field, sentence(request, code)) for field, code in wrong])
            return await own_page(request, errors, told, 422)
    response = RedirectResponse("/me?saved=1#profile", 303)
    await auth.renew_session(request, response)
    return response


async def save_me(request: Request) -> Response:
    form = await auth.read_form(request)
    session = auth.required(request)
    bus = gateway(request).bus
    language = forms.text(form, "language")
    language = language if language in i18n.LANGUAGES else request.state.language
    wishes = {"language": language} | ({"member": True} if form.get("member") else {})
    await bus.call(identity.UPDATE_PERSON, person_id=session.person_id, **wishes)
    await bus.call(notify.SET_PREFERENCES, person_id=session.person_id, opt_out=not form.get("messages"))
    return RedirectResponse("/me?saved=1", 303)


async def language(request: Request) -> Response:
    """Keeps the chosen language in a cookie and goes back."""
    chosen = request.query_params.get("to")
    response = RedirectResponse(safe_next(request.query_params.get("next")), 303)
    if chosen in i18n.LANGUAGES:
        secure = gateway(request).settings.secure
        response.set_cookie(i18n.COOKIE, chosen, max_age=YEAR, secure=secure, httponly=True, samesite="lax")
    return response


async def privacy(request: Request) -> Response:
    return render(request, "privacy.html")
