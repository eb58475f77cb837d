"""Signing in by phone code, in two steps that work without JavaScript and bring the voter back."""

from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import auth
from gateway.context import gateway
from gateway.errors import status_of
from gateway.pages import carried, forms
from gateway.pages.rendering import Errors, render, sentence
from services.common.errors import DomainError, InvalidInput, Unavailable
from services.identity import contract as identity


def safe_next(text: Any) -> str:
    """Where to go afterwards: a path of ours, never another site."""
    if (
        not isinstance(text, str)
        or not text.startswith("/")
        or text.startswith(("//", "/\\"))
        or len(text) > 2000
    ):
        return "/"
    parts = urlsplit(text)
    return "/" if parts.scheme or parts.netloc or "\\" in text or any(c < " " for c in text) else text


def ask(
    request: Request, back: str, ballot: carried.Carried | None = None, status: int = 200, **data: Any
) -> Response:
    """The page that asks for a phone number; `ballot` is carried along."""
    own = {"entered": {"phone": ""}, "errors": Errors(), **data}
    dev = gateway(request).settings.dev
    return render(request, "sign_in.html", status, next=back, carried=ballot or {}, dev=dev, **own)


async def phone_page(request: Request) -> Response:
    back = safe_next(request.query_params.get("next"))
    return RedirectResponse(back, 303) if request.state.session else ask(request, back)


async def send_code(request: Request) -> Response:
    form = await auth.read_form(request)
    back, ballot = safe_next(form.get("next")), carried.of_form(form)
    phone = forms.text(form, "phone", 40)
    if form.get("do") == "number":
        return ask(request, back, ballot)
    try:
        challenge = await gateway(request).bus.call(
            identity.START_CHALLENGE,
            phone=phone,
            address=auth.client_address(request),
            language=request.state.language,
        )
    except Unavailable:
        raise
    except DomainError as error:
        errors = Errors([("phone", said(request, error))])
        return ask(request, back, ballot, status_of(error), entered={"phone": phone}, errors=errors)
    return code_page(request, form, challenge["challenge_id"], challenge["expires_at"])


def said(request: Request, error: DomainError) -> str:
    """The sentence for an error; bad input here is always the one field."""
    if isinstance(error, InvalidInput):
        return sentence(request, "invalid_phone")
    return sentence(request, error.code, error.params)


def code_page(
    request: Request,
    form: FormData,
    challenge_id: str,
    expires_at: str | None,
    status: int = 200,
    **data: Any,
) -> Response:
    return render(
        request,
        "sign_in_code.html",
        status,
        **{
            "next": safe_next(form.get("next")),
            "carried": carried.of_form(form),
            "challenge_id": challenge_id,
            "expires_at": expires_at,
            "entered": {"phone": forms.text(form, "phone", 40)},
            "errors": Errors(),
            "dev": gateway(request).settings.dev,
            **data,
        },
    )


async def sign_out(request: Request) -> Response:
    await auth.read_form(request)
    await auth.end_session(request)
    response = RedirectResponse("/", 303)
    auth.clear_session(request, response)
    return response


async def code_alone(_request: Request) -> Response:
    """The second step has no address of its own to come back to."""
    return RedirectResponse("/sign-in", 303)
