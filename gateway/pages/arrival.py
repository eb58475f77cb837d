"""The second step of signing in: the code, and where the voter goes on from there."""

from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway import auth, formats
from gateway.context import gateway
from gateway.errors import status_of
from gateway.pages import carried, forms, voting
from gateway.pages.rendering import Errors, sentence
from gateway.pages.sign_in import code_page, safe_next
from services.common.errors import DomainError, Unavailable
from services.identity import contract as identity


async def confirm_code(request: Request) -> Response:
    form = await auth.read_form(request)
    challenge_id, expires_at = forms.identifier(form, "challenge_id"), forms.text(form, "expires_at", 40)
    try:
        if not challenge_id:
            raise identity.WrongCode
        session = await gateway(request).bus.call(
            identity.CONFIRM_CHALLENGE,
            challenge_id=challenge_id,
            code="".join(forms.text(form, "code").split())[:16],
            address=auth.client_address(request),
        )
    except Unavailable:
        raise
    except DomainError as error:
        wrong = Errors([("code", sentence(request, error.code, error.params))])
        return code_page(request, form, challenge_id, known_time(expires_at), status_of(error), errors=wrong)
    return await signed_in(request, form, session)


def known_time(text: str) -> str | None:
    """The time, or nothing for what the form should not have held."""
    try:
        formats.parse_time(text)
    except ValueError:
        return None
    return text


async def signed_in(request: Request, form: FormData, session: dict[str, Any]) -> Response:
    """Back to where the voter came from; with a carried ballot straight on to its confirmation."""
    if carried.of_form(form):
        response = await carry_on(request, form, session)
    else:
        response = RedirectResponse(safe_next(form.get("next")), 303)
    auth.set_session(request, response, session)
    return response


async def carry_on(request: Request, form: FormData, session: dict[str, Any]) -> Response:
    known = gateway(request).sessions.by_bearer(session["access_token"])
    request.state.session = known.session
    poll = await gateway(request).definitions.get(str(form[carried.POLL]), actor=auth.actor(request))
    return await voting.show_confirmation(request, voting.Paper.of(poll, form))
