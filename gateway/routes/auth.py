"""Sign-in by a code sent to a phone, and the life of a session."""

import asyncio
from typing import Any

from starlette.responses import Response

from gateway import auth
from gateway.auth.sessions import COOKIE
from gateway.endpoints import ANYBODY, NOBODY, SIGNED_IN, Answer, ApiRequest, Endpoint, answer, nothing
from gateway.routes import schemas as s
from services.common.errors import DomainError
from services.identity import contract as identity
from services.notify import contract as notify


async def start(asked: ApiRequest) -> Response:
    """Sends a code; answers alike for known and unknown numbers."""
    address = auth.client_address(asked.request)
    challenge = await asked.call(
        identity.START_CHALLENGE, phone=asked.body["phone"], address=address, language=asked.language
    )
    return answer(challenge, 202)


async def confirm(asked: ApiRequest) -> Response:
    address = auth.client_address(asked.request)
    return answer(await asked.call(identity.CONFIRM_CHALLENGE, **asked.body, address=address))


async def refresh(asked: ApiRequest) -> Response:
    return answer(await asked.call(identity.REFRESH_SESSION, **asked.body))


async def sign_out(asked: ApiRequest) -> Response:
    await auth.end_session(asked.request)
    response = nothing()
    if asked.request.state.session_by == COOKIE:
        auth.clear_session(asked.request, response)
    return response


async def me(asked: ApiRequest) -> Response:
    person_id = asked.session.person_id
    person, opt_out = await asyncio.gather(
        asked.call(identity.GET_PERSON, person_id=person_id), opted_out(asked, person_id)
    )
    return answer({**person, "opt_out": opt_out})


async def opted_out(asked: ApiRequest, person_id: str) -> bool | None:
    """Nothing when notify cannot say: a person's page does not depend on it."""
    try:
        return bool((await asked.call(notify.GET_PREFERENCES, person_id=person_id))["opt_out"])
    except DomainError:
        return None


async def update_me(asked: ApiRequest) -> Response:
    person_id = asked.session.person_id
    changes: dict[str, Any] = dict(asked.body)
    if "opt_out" in changes:
        await asked.call(notify.SET_PREFERENCES, person_id=person_id, opt_out=changes.pop("opt_out"))
    if changes:
        await asked.call(identity.UPDATE_PERSON, person_id=person_id, **changes)
    return await me(asked)


ENDPOINTS = (
    Endpoint(
        "POST",
        "/api/v1/auth/phone",
        start,
        "Ask for a sign-in code",
        "auth",
        {202: Answer("A code was sent, if the number can receive one", identity.ChallengeSchema)},
        body=s.PhoneSchema,
        calls=(identity.START_CHALLENGE,),
        who=NOBODY,
    ),
    Endpoint(
        "POST",
        "/api/v1/auth/phone/confirm",
        confirm,
        "Sign in with the code",
        "auth",
        {200: Answer("Signed in", identity.SessionSchema)},
        body=s.ConfirmPhoneSchema,
        calls=(identity.CONFIRM_CHALLENGE,),
        who=NOBODY,
    ),
    Endpoint(
        "POST",
        "/api/v1/auth/refresh",
        refresh,
        "Renew a session; the refresh token changes with it",
        "auth",
        {200: Answer("Renewed", identity.SessionSchema)},
        body=s.RefreshTokenSchema,
        calls=(identity.REFRESH_SESSION,),
        who=NOBODY,
    ),
    Endpoint(
        "POST",
        "/api/v1/auth/sign-out",
        sign_out,
        "End the session on all its tokens",
        "auth",
        {204: Answer("Signed out; also when nobody was signed in")},
        calls=(identity.END_SESSION,),
        who=ANYBODY,
    ),
    Endpoint(
        "GET",
        "/api/v1/me",
        me,
        "The signed-in person",
        "me",
        {200: Answer("The person", s.MeSchema)},
        calls=(identity.GET_PERSON, notify.GET_PREFERENCES),
        who=SIGNED_IN,
    ),
    Endpoint(
        "PATCH",
        "/api/v1/me",
        update_me,
        "Change language, membership and messages",
        "me",
        {200: Answer("The person as changed", s.MeSchema)},
        body=s.UpdateMeSchema,
        calls=(identity.UPDATE_PERSON, identity.GET_PERSON, notify.SET_PREFERENCES),
        who=SIGNED_IN,
    ),
)
