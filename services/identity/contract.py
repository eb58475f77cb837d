"""What identity promises to its callers: people, phones, sign-in, sessions, organisations.

A *tag* is HMAC-SHA256 of the phone number in E.164 form under identity's tag key, base64url. It names a
phone without being one: polls derives its pseudonyms and voter-roll rows from it.

An *access token* is a JWT (RFC 7519) with an HMAC-SHA256 (HS256, RFC 7518) by the key that its header `kid` names, one of the
key folder ACCESS_KEYS, which only identity and the gateways read. Its claims: `iss` (ACCESS_ISSUER), `sub` (person id), `sid` (session id), `tag` (of the phone), `strength`
("phone"), `roles` (list, such as "admin"), `orgs` ({organisation id: role}), `iat`, `exp`. Roles are those of the moment
when the token was made; every refresh reads them anew.
"""

from marshmallow import fields, validate

from services.common.contract import Call, Event
from services.common.errors import DomainError
from services.common.schemas import Flag, Schema, Text, Utc

SERVICE = "identity"
ROLES = ("operator",)
ORGANIZATION_ID = r"^[a-z][a-z0-9-]{1,39}$"
ACCESS_ISSUER = "mvoting"
ACCESS_ALGORITHM = "HS256"
ACCESS_KEYS = "access"
"""The folder of keys, beside those of the services, that identity and the gateways share."""
ACCESS_KEY_USE = "token"
ACCESS_SECONDS = 600
"""The longest that an access token lives: whoever refuses ended sessions must remember them for that long."""


class InvalidPhone(DomainError):
    """The text is not a phone number, or one of a country that the settings do not allow."""

    code = "invalid_phone"


class TooManyCodes(DomainError):
    """Too many codes were asked for by this number, address or prefix. `retry_after` in seconds."""

    code = "too_many_codes"


class WrongCode(DomainError):
    """The code is wrong, expired, already used, or its challenge is unknown; which one is not said."""

    code = "wrong_code"


class TooManyAttempts(DomainError):
    """A challenge was tried five times and is dead, or one address tried too many codes.

    `retry_after` in seconds: when a new code may be asked for.
    """

    code = "too_many_attempts"


class SessionEnded(DomainError):
    """The refresh token is unknown, expired, used before, or its session was signed out."""

    code = "session_ended"


class PersonNotFound(DomainError):
    """No such person."""

    code = "person_not_found"


class OrganizationNotFound(DomainError):
    """No such organisation."""

    code = "organization_not_found"


class OrganizationExists(DomainError):
    """An organisation with this id exists already."""

    code = "organization_exists"


class NotAllowed(DomainError):
    """The actor lacks the role that the operation needs."""

    code = "forbidden"


class ActorSchema(Schema):
    """Who asks: taken by the gateway from the verified access token."""

    person_id = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    orgs = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class StartChallengeSchema(Schema):
    phone = fields.String(required=True, validate=validate.Length(max=40))
    address = fields.String(required=True, validate=validate.Length(max=64))
    language = fields.String(load_default="ko", validate=validate.OneOf(("ko", "en")))


class ChallengeSchema(Schema):
    challenge_id = fields.String(required=True)
    expires_at = Utc(required=True)
    resend_at = Utc(required=True)


class ConfirmChallengeSchema(Schema):
    challenge_id = fields.String(required=True, validate=validate.Length(max=64))
    code = fields.String(required=True, validate=validate.Length(max=16))
    address = fields.String(required=True, validate=validate.Length(max=64))


class PersonSchema(Schema):
    """`phone_hint` shows the last four digits only. `orgs` maps an organisation's id to the person's role there."""

    id = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    orgs = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    member = Flag(required=True)
    phone_hint = fields.String(required=True)
    language = fields.String(required=True)


class SessionSchema(Schema):
    """A signed-in session. Times are RFC 3339 UTC."""

    access_token = fields.String(required=True)
    expires_at = Utc(required=True)
    refresh_token = fields.String(required=True)
    refresh_expires_at = Utc(required=True)
    person = fields.Nested(PersonSchema, required=True)


class RefreshSchema(Schema):
    refresh_token = fields.String(required=True, validate=validate.Length(max=200))


class SessionIdSchema(Schema):
    sid = fields.String(required=True)


class PersonIdSchema(Schema):
    person_id = fields.String(required=True)


class UpdatePersonSchema(Schema):
    """People choose a language; `member: true` turns a guest into a member, and `false` is refused."""

    person_id = fields.String(required=True)
    language = fields.String(validate=validate.OneOf(("ko", "en")))
    member = Flag(validate=validate.Equal(True))


class TagPhonesSchema(Schema):
    phones = fields.List(fields.String(), required=True, validate=validate.Length(max=10_000))


class TagsSchema(Schema):
    """`tags[i]` belongs to `phones[i]`; null where that is not an allowed phone number."""

    tags = fields.List(fields.String(allow_none=True), required=True)


class OrganizationSchema(Schema):
    """`id` is a short slug such as `seoul` or `gangnam`; names are what people read."""

    id = Text(required=True, validate=validate.Regexp(ORGANIZATION_ID))
    name_ko = Text(required=True, validate=validate.Length(min=1, max=80))
    name_en = Text(required=True, validate=validate.Length(min=1, max=80))


class OrganizationsSchema(Schema):
    items = fields.List(fields.Nested(OrganizationSchema), required=True)


class CreateOrganizationSchema(OrganizationSchema):
    actor = fields.Nested(ActorSchema, required=True)


class SetMemberSchema(Schema):
    """Gives the person with this phone (made if unknown) a role in an organisation; administrators only."""

    actor = fields.Nested(ActorSchema, required=True)
    organization = fields.String(required=True)
    phone = fields.String(required=True, validate=validate.Length(max=40))
    role = fields.String(required=True, validate=validate.OneOf(ROLES))


class MemberSchema(Schema):
    person_id = fields.String(required=True)
    role = fields.String(required=True)
    phone_hint = fields.String(required=True)


class RemoveMemberSchema(Schema):
    actor = fields.Nested(ActorSchema, required=True)
    organization = fields.String(required=True)
    person_id = fields.String(required=True)


class ListMembersSchema(Schema):
    actor = fields.Nested(ActorSchema, required=True)
    organization = fields.String(required=True)


class MembersSchema(Schema):
    items = fields.List(fields.Nested(MemberSchema), required=True)


class DeliverySchema(Schema):
    """Where and what to send for a sign-in challenge.

    `phone` and `code` are null when nothing must be sent any more: the challenge is unknown, used, expired, out of
    tries, or was fetched too often.
    """

    phone = fields.String(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)
    language = fields.String(required=True)
    expires_at = Utc(required=True)


class ChallengeIdSchema(Schema):
    challenge_id = fields.String(required=True)


class AddressesRequestSchema(Schema):
    person_ids = fields.List(fields.String(), required=True, validate=validate.Length(max=1_000))


class AddressesSchema(Schema):
    """For people who still exist: `{person_id: {"phone", "language"}}`."""

    addresses = fields.Dict(keys=fields.String(), values=fields.Dict(), required=True)


class EndedSessionsSchema(Schema):
    """Sessions signed out while an access token of theirs may still be unexpired."""

    sids = fields.List(fields.String(), required=True)


START_CHALLENGE = Call(
    SERVICE, "start_challenge", StartChallengeSchema, (InvalidPhone, TooManyCodes), response=ChallengeSchema
)
CONFIRM_CHALLENGE = Call(
    SERVICE, "confirm_challenge", ConfirmChallengeSchema, (WrongCode, TooManyAttempts), response=SessionSchema
)
REFRESH_SESSION = Call(
    SERVICE, "refresh_session", RefreshSchema, (SessionEnded,), idempotent=True, response=SessionSchema
)
END_SESSION = Call(SERVICE, "end_session", SessionIdSchema, idempotent=True)
LIST_ENDED_SESSIONS = Call(SERVICE, "list_ended_sessions", idempotent=True, response=EndedSessionsSchema)
GET_PERSON = Call(
    SERVICE, "get_person", PersonIdSchema, (PersonNotFound,), idempotent=True, response=PersonSchema
)
UPDATE_PERSON = Call(
    SERVICE, "update_person", UpdatePersonSchema, (PersonNotFound,), idempotent=True, response=PersonSchema
)
TAG_PHONES = Call(SERVICE, "tag_phones", TagPhonesSchema, idempotent=True, deadline=20.0, response=TagsSchema)
LIST_ORGANIZATIONS = Call(SERVICE, "list_organizations", idempotent=True, response=OrganizationsSchema)
CREATE_ORGANIZATION = Call(
    SERVICE,
    "create_organization",
    CreateOrganizationSchema,
    (NotAllowed, OrganizationExists),
    response=OrganizationSchema,
)
SET_MEMBER = Call(
    SERVICE,
    "set_member",
    SetMemberSchema,
    (NotAllowed, OrganizationNotFound, InvalidPhone),
    idempotent=True,
    response=MemberSchema,
)
REMOVE_MEMBER = Call(
    SERVICE, "remove_member", RemoveMemberSchema, (NotAllowed, OrganizationNotFound), idempotent=True
)
LIST_MEMBERS = Call(
    SERVICE,
    "list_members",
    ListMembersSchema,
    (NotAllowed, OrganizationNotFound),
    idempotent=True,
    response=MembersSchema,
)
GET_DELIVERY = Call(SERVICE, "get_delivery", ChallengeIdSchema, idempotent=True, response=DeliverySchema)
GET_ADDRESSES = Call(
    SERVICE, "get_addresses", AddressesRequestSchema, idempotent=True, response=AddressesSchema
)

CODE_REQUESTED = Event(SERVICE, "code.requested", ChallengeIdSchema)
SESSION_ENDED = Event(SERVICE, "session.ended", SessionIdSchema, watched=True)
