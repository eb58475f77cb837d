"""Facts for the city log (docs/record.md): what polls and tally tell ballots to append, each once.

A fact is told by an event in the transaction that makes it true, and repeated events are the same entry: its `id` is made
of what it tells of, so whoever appends it again adds nothing.
"""

from marshmallow import fields, validate

from services.common.schemas import Schema

DEFINITION_PART = "definition_part"
POLL_OPENED = "poll_opened"
ROLL = "roll"
CHANGE = "change"
RESULT = "result"
KINDS = (DEFINITION_PART, POLL_OPENED, ROLL, CHANGE, RESULT)


class RecordEntrySchema(Schema):
    """`id`: names the fact for ever, `<poll>:<what>`; `at`: RFC 3339 UTC, whole seconds; `body` by kind as docs/record.md says,
    with nothing that canonical JSON does not have.
    """

    id = fields.String(required=True, validate=validate.Length(min=1, max=64))
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    poll = fields.String(required=True, validate=validate.Length(max=64))
    at = fields.String(required=True, validate=validate.Regexp(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z"))
    body = fields.Dict(keys=fields.String(), required=True)
