"""Payloads of identity."""

from marshmallow import fields, validate

from services.common.schemas import Flag, Schema, Text, Utc

ROLES = ("operator",)
ORGANIZATION_ID = r"^[a-z][a-z0-9-]{1,39}$"


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
