"""What notify promises to its callers: messages that reach people, once, within their wishes and the budget."""

from marshmallow import fields, validate

from services.common.contract import Call
from services.common.errors import DomainError
from services.common.operations.contract import (
    discard_dead_letters,
    list_dead_letters,
    replay_dead_letters,
)
from services.common.schemas import Flag, Int, Schema

SERVICE = "notify"


class OutboxDisabled(DomainError):
    """The development outbox does not exist in this environment."""

    code = "not_found"


class PersonSchema(Schema):
    """Somebody whom identity knows."""

    person_id = fields.String(required=True)


class SubscriptionSchema(Schema):
    """A wish to hear when a poll's result is published."""

    person_id = fields.String(required=True)
    poll_id = fields.String(required=True)


class SubscribedSchema(Schema):
    """Whether the wish stands now."""

    subscribed = Flag(required=True)


class SendInvitationsSchema(Schema):
    """Phones in E.164 or local form, already known to be on the poll's roll.

    One invitation a phone and poll. Phones are kept encrypted until sent, then erased. A call repeated with the same
    `job_id` changes nothing and gets the same answer. What is no phone number is refused as `InvalidInput`.
    """

    poll_id = fields.String(required=True)
    job_id = fields.String(required=True, validate=validate.Length(max=64))
    phones = fields.List(fields.String(), required=True, validate=validate.Length(max=1_000))
    language = fields.String(load_default="ko", validate=validate.OneOf(("ko", "en")))


class InvitationsSchema(Schema):
    """`queued` new ones, `repeated` already invited to this poll, `opted_out` do not want any."""

    queued = Int(required=True)
    repeated = Int(required=True)
    opted_out = Int(required=True)


class DeliveryReportSchema(Schema):
    """Counts of a poll's messages by kind and state: `{kind: {state: n}}`; no address in it.

    Kinds: invitation, announcement. States: queued, sent, failed, held (daily cost cap reached, sent the next day),
    unknown (the provider did not answer clearly; not sent again), opted_out (wants no messages).
    """

    counts = fields.Dict(required=True)


class PollIdSchema(Schema):
    """A poll."""

    poll_id = fields.String(required=True)


class PreferencesSchema(Schema):
    """`opt_out`: no messages but the sign-in codes that the person asks for."""

    person_id = fields.String(required=True)
    opt_out = Flag(required=True)


class ListOutboxSchema(Schema):
    """`to` in any form that people write, or null for all."""

    to = fields.String(allow_none=True, load_default=None, validate=validate.Length(max=200))
    limit = Int(load_default=100, validate=validate.Range(min=1, max=1000))


class OutboxMessageSchema(Schema):
    """A message of the development outbox. `to` is E.164 or an e-mail address; `code` is the sign-in code, if any."""

    id = fields.String(required=True)
    at = fields.String(required=True)
    channel = fields.String(required=True)
    to = fields.String(required=True)
    kind = fields.String(required=True)
    subject = fields.String(required=True, allow_none=True)
    text = fields.String(required=True)
    code = fields.String(required=True, allow_none=True)
    challenge_id = fields.String(required=True, allow_none=True)


class OutboxSchema(Schema):
    """Newest first."""

    items = fields.List(fields.Nested(OutboxMessageSchema), required=True)


LIST_DEAD_LETTERS = list_dead_letters(SERVICE)
REPLAY_DEAD_LETTERS = replay_dead_letters(SERVICE)
DISCARD_DEAD_LETTERS = discard_dead_letters(SERVICE)
SUBSCRIBE = Call(SERVICE, "subscribe", SubscriptionSchema, idempotent=True, response=SubscribedSchema)
UNSUBSCRIBE = Call(SERVICE, "unsubscribe", SubscriptionSchema, idempotent=True, response=SubscribedSchema)
GET_SUBSCRIPTION = Call(
    SERVICE, "get_subscription", SubscriptionSchema, idempotent=True, response=SubscribedSchema
)
SEND_INVITATIONS = Call(
    SERVICE,
    "send_invitations",
    SendInvitationsSchema,
    idempotent=True,
    deadline=30.0,
    response=InvitationsSchema,
)
GET_DELIVERY_REPORT = Call(
    SERVICE, "get_delivery_report", PollIdSchema, idempotent=True, response=DeliveryReportSchema
)
GET_PREFERENCES = Call(SERVICE, "get_preferences", PersonSchema, idempotent=True, response=PreferencesSchema)
SET_PREFERENCES = Call(
    SERVICE, "set_preferences", PreferencesSchema, idempotent=True, response=PreferencesSchema
)
LIST_OUTBOX = Call(
    SERVICE, "list_outbox", ListOutboxSchema, (OutboxDisabled,), idempotent=True, response=OutboxSchema
)
