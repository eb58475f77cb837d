"""Organisations and who operates their polls."""

from starlette.responses import Response

from gateway.endpoints import ANYBODY, Answer, ApiRequest, Endpoint, answer, nothing
from gateway.idempotency import idempotency_key
from gateway.routes import schemas as s
from services.identity import contract as identity

LIST = "/api/v1/organizations"
MEMBERS = "/api/v1/organizations/{organization}/members"
MEMBER = "/api/v1/organizations/{organization}/members/{person_id}"


async def list_all(asked: ApiRequest) -> Response:
    return answer(await asked.call(identity.LIST_ORGANIZATIONS))


async def create(asked: ApiRequest) -> Response:
    """Its id is the caller's, so a retry cannot make a second one; with an Idempotency-Key it gets the first's answer."""
    try:
        return answer(await asked.call(identity.CREATE_ORGANIZATION, **asked.body, actor=asked.actor), 201)
    except identity.OrganizationExists:
        existing = (await asked.call(identity.LIST_ORGANIZATIONS))["items"]
        if not idempotency_key(asked.request) or asked.body not in existing:
            raise
        return answer(asked.body, 201)


async def list_members(asked: ApiRequest) -> Response:
    organization = asked.path["organization"]
    return answer(await asked.call(identity.LIST_MEMBERS, actor=asked.actor, organization=organization))


async def put_member(asked: ApiRequest) -> Response:
    organization = asked.path["organization"]
    return answer(
        await asked.call(identity.SET_MEMBER, actor=asked.actor, organization=organization, **asked.body)
    )


async def remove_member(asked: ApiRequest) -> Response:
    await asked.call(identity.REMOVE_MEMBER, actor=asked.actor, **asked.path)
    return nothing()


ENDPOINTS = (
    Endpoint(
        "GET",
        LIST,
        list_all,
        "All organisations",
        "organizations",
        {200: Answer("Organisations", identity.OrganizationsSchema)},
        calls=(identity.LIST_ORGANIZATIONS,),
        who=ANYBODY,
    ),
    Endpoint(
        "POST",
        LIST,
        create,
        "Create an organisation (administrators)",
        "organizations",
        {201: Answer("Created", identity.OrganizationSchema)},
        body=identity.OrganizationSchema,
        calls=(identity.CREATE_ORGANIZATION,),
        retryable=True,
    ),
    Endpoint(
        "GET",
        MEMBERS,
        list_members,
        "Who operates the organisation's polls",
        "organizations",
        {200: Answer("Members", identity.MembersSchema)},
        calls=(identity.LIST_MEMBERS,),
    ),
    Endpoint(
        "PUT",
        MEMBERS,
        put_member,
        "Give a phone's owner a role (administrators)",
        "organizations",
        {200: Answer("The member", identity.MemberSchema)},
        body=s.PutMemberSchema,
        calls=(identity.SET_MEMBER,),
    ),
    Endpoint(
        "DELETE",
        MEMBER,
        remove_member,
        "Take the role away (administrators)",
        "organizations",
        {204: Answer("Removed; also when there was none")},
        calls=(identity.REMOVE_MEMBER,),
    ),
)
