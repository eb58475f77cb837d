"""The contract of a service that exists only to exercise the kit."""

from marshmallow import fields

from services.common.contract import Batch, Call, Event
from services.common.errors import DomainError
from services.common.schemas import Int, Schema

SERVICE = "echo"


class Refused(DomainError):
    code = "refused"


class NumberSchema(Schema):
    number = Int(required=True)


class AnswerSchema(Schema):
    number = Int()
    request_id = fields.String()


ECHO = Call(SERVICE, "echo", NumberSchema, (Refused,), idempotent=True, response=AnswerSchema)
SLEEP = Call(SERVICE, "sleep", NumberSchema, deadline=0.5)
TELL = Call(SERVICE, "tell", NumberSchema)
HINT = Call(SERVICE, "hint", NumberSchema)
UNKNOWN = Call(SERVICE, "not_there")
NOBODY = Call("nobody", "home", deadline=200.0)

KEPT = Batch(SERVICE, "kept", (Refused,), reliable=True, deadline=10.0)
QUICK = Batch(SERVICE, "quick", (Refused,), reliable=False, deadline=200.0)
NOT_SERVED = Batch(SERVICE, "not-served", reliable=True, deadline=0.5)

TOLD = Event(SERVICE, "number.told", NumberSchema)
HINTED = Event(SERVICE, "number.hinted", NumberSchema, watched=True)
