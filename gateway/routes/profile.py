"""What a member tells of themselves, for polls that break their result down."""

from starlette.responses import Response

from gateway import auth
from gateway.endpoints import Answer, ApiRequest, Endpoint, answer, nothing
from services.identity import contract as identity

PATH = "/api/v1/me/profile"


async def get(asked: ApiRequest) -> Response:
    return answer(await asked.call(identity.GET_PROFILE, person_id=asked.session.person_id))


async def put(asked: ApiRequest) -> Response:
    """The browser that asks has its new profile in its session at once."""
    profile = await asked.call(identity.SET_PROFILE, person_id=asked.session.person_id, **asked.body)
    response = answer(profile)
    await auth.renew_session(asked.request, response)
    return response


async def delete(asked: ApiRequest) -> Response:
    await asked.call(identity.DELETE_PROFILE, person_id=asked.session.person_id)
    response = nothing()
    await auth.renew_session(asked.request, response)
    return response


ENDPOINTS = (
    Endpoint(
        "GET",
        PATH,
        get,
        "What the member has told, and since when with consent",
        "me",
        {200: Answer("The profile; all null where there is none", identity.ProfileSchema)},
        calls=(identity.GET_PROFILE,),
    ),
    Endpoint(
        "PUT",
        PATH,
        put,
        "Tell, with consent; sessions carry it after their next renewal",
        "me",
        {200: Answer("The profile as it is kept now", identity.ProfileSchema)},
        body=identity.NewProfileSchema,
        calls=(identity.SET_PROFILE,),
    ),
    Endpoint(
        "DELETE",
        PATH,
        delete,
        "Withdraw consent: what was told is deleted",
        "me",
        {204: Answer("Deleted; also when there was none")},
        calls=(identity.DELETE_PROFILE,),
    ),
)
