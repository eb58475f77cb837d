"""The reader's own page, the choice of language, and what is said about privacy."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import auth, i18n
from gateway.context import gateway
from gateway.pages import forms
from gateway.pages.organizations import organizations
from gateway.pages.rendering import render
from gateway.pages.sign_in import safe_next
from services.identity import contract as identity
from services.notify import contract as notify

YEAR = 365 * 24 * 3600


async def me(request: Request) -> Response:
    session = request.state.session
    if session is None:
        return RedirectResponse(f"/sign-in?{urlencode({'next': '/me'})}", 303)
    bus = gateway(request).bus
    return render(
        request,
        "me.html",
        person=await bus.call(identity.GET_PERSON, person_id=session.person_id),
        opt_out=(await bus.call(notify.GET_PREFERENCES, person_id=session.person_id))["opt_out"],
        organizations=await organizations(request),
        saved="saved" in request.query_params,
    )


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
