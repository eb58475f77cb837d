"""The calls by which administrators handle a service's dead letters: the same in every service that has any.

LIST_DEAD_LETTERS = list_dead_letters(SERVICE)
REPLAY_DEAD_LETTERS = replay_dead_letters(SERVICE)
DISCARD_DEAD_LETTERS = discard_dead_letters(SERVICE)
"""

from typing import Any

import marshmallow
from marshmallow import fields, validate

from services.common.contract import Call
from services.common.errors import DomainError
from services.common.ids import ID_PATTERN
from services.common.schemas import Flag, Int, LongText, Schema

ADMIN = "admin"
LONGEST_REASON = 500
MOST_IDS = 1000


class NotAdministrator(DomainError):
    """Only administrators see and handle dead letters."""

    code = "forbidden"


class QueueNotFound(DomainError):
    """The service takes no messages from a queue of this name."""

    code = "queue_not_found"


class LettersInHand(DomainError):
    """Somebody else works on this queue's dead letters at this moment; soon it is free again."""

    code = "dead_letters_in_hand"


class OperatorSchema(Schema):
    """Who asks: taken by the gateway from the verified access token."""

    class Meta:  # noqa: D106 - marshmallow's word
        unknown = marshmallow.EXCLUDE

    person_id = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)


Operator = fields.Nested(OperatorSchema, required=True, allow_none=True)


class ListDeadLettersSchema(Schema):
    actor = Operator


class ChosenLettersSchema(Schema):
    """Letters of one queue, by their ids."""

    queue = fields.String(required=True, validate=validate.Length(min=1, max=200))
    ids = fields.List(
        fields.String(validate=validate.Regexp(ID_PATTERN)),
        required=True,
        validate=validate.Length(min=1, max=MOST_IDS),
    )


class DiscardedLettersSchema(ChosenLettersSchema):
    """`reason` is kept for ever; where a letter concerns something public, the reason is public too."""

    reason = LongText(required=True, validate=validate.Length(min=3, max=LONGEST_REASON))


class ReplayDeadLettersSchema(ChosenLettersSchema):
    actor = Operator


class DiscardDeadLettersSchema(DiscardedLettersSchema):
    actor = Operator


class DeadLetterSchema(Schema):
    """What is told of a dead letter: never what stands in it.

    `reason`: `undecodable`, `failed` (its handler raised `error_type` every time), `delivery_limit` (it was taken and
    given back too often), `rejected`, `expired`, `maxlen`, `unknown`. `items`: how many, where it is a batch that can
    be read; `about`: public ids of what they concern, each with its number of items. `discarding`: the reason for
    discarding it is kept already and it goes by itself.
    """

    id = fields.String(required=True)
    queue = fields.String(required=True)
    reason = fields.String(required=True)
    error_type = fields.String(required=True)
    request_id = fields.String(required=True, allow_none=True)
    attempts = Int(required=True)
    bytes = Int(required=True)
    items = Int(required=True, allow_none=True)
    died_at = fields.String(required=True, allow_none=True)
    about = fields.Dict(keys=fields.String(), values=Int(), required=True)
    discarding = Flag(required=True)


class DiscardedSchema(Schema):
    """One letter that was discarded, and why."""

    id = fields.String(required=True)
    queue = fields.String(required=True)
    about = fields.Dict(keys=fields.String(), values=Int(), required=True)
    reason = fields.String(required=True)
    discarded_at = fields.String(required=True)


class QueueSchema(Schema):
    """`busy`: somebody has its letters in hand just now, so that they are not listed."""

    queue = fields.String(required=True)
    count = Int(required=True)
    busy = Flag(required=True)


class DeadLettersSchema(Schema):
    """All queues of the service, letters the oldest first, and what was discarded lately, the latest first."""

    queues = fields.List(fields.Nested(QueueSchema), required=True)
    items = fields.List(fields.Nested(DeadLetterSchema), required=True)
    discarded = fields.List(fields.Nested(DiscardedSchema), required=True)


class HandledSchema(Schema):
    """`done`: ids of those that were replayed or discarded. `left`: those that are not there, or that stay."""

    done = fields.List(fields.String(), required=True)
    left = fields.List(fields.String(), required=True)


def list_dead_letters(service: str) -> Call:
    return _call(service, "list_dead_letters", ListDeadLettersSchema, (NotAdministrator,), DeadLettersSchema)


def replay_dead_letters(service: str) -> Call:
    errors = (NotAdministrator, QueueNotFound, LettersInHand)
    return _call(service, "replay_dead_letters", ReplayDeadLettersSchema, errors, HandledSchema)


def discard_dead_letters(service: str) -> Call:
    errors = (NotAdministrator, QueueNotFound, LettersInHand)
    return _call(service, "discard_dead_letters", DiscardDeadLettersSchema, errors, HandledSchema)


def _call(service: str, method: str, request: Any, errors: Any, response: Any) -> Call:
    """Doing any of them twice does no harm; each looks at up to a thousand letters."""
    return Call(service, method, request, errors, deadline=30.0, idempotent=True, response=response)
