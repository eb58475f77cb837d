"""Payloads of voter rolls: uploading one in chunks, how far it is, who of some phones is on it."""

from marshmallow import fields, validate

from services.common.schemas import Flag, Int, Schema
from services.polls.contract.schemas import Actor


class BeginRollSchema(Schema):
    """Starts a roll upload that replaces the roll when committed. `total`: rows expected, if known."""

    actor = Actor
    poll_id = fields.String(required=True)
    upload_id = fields.String(required=True, validate=validate.Regexp(r"^[A-Za-z0-9_-]{8,64}\Z"))
    total = Int(allow_none=True, load_default=None, validate=validate.Range(min=0))


class RollRowSchema(Schema):
    """One row as read from the file. `line` counts from 1, the header included. `reason`: the reader of the file
    has refused the line already (`formula`: the cell holds a formula, not a phone); `phone` is empty then.
    """

    line = Int(required=True, validate=validate.Range(min=1, max=2**31 - 1))
    phone = fields.String(required=True, validate=validate.Length(max=200))
    reason = fields.String(allow_none=True, load_default=None, validate=validate.OneOf(("formula",)))


class AddRollRowsSchema(Schema):
    """At most 5,000 rows. `first`: number of rows sent before, so that a repeated chunk is applied once."""

    actor = Actor
    poll_id = fields.String(required=True)
    upload_id = fields.String(required=True)
    first = Int(required=True, validate=validate.Range(min=0))
    rows = fields.List(fields.Nested(RollRowSchema), required=True, validate=validate.Length(max=5_000))


class RollUploadSchema(Schema):
    actor = Actor
    poll_id = fields.String(required=True)
    upload_id = fields.String(required=True)


class RejectedLineSchema(Schema):
    """`reason` is one of `phone` (not a phone number), `empty`, `formula`."""

    line = Int(required=True)
    reason = fields.String(required=True)


class DuplicateLineSchema(Schema):
    line = Int(required=True)
    first_line = Int(required=True)


class RollStatusSchema(Schema):
    """`state`: none, loading, ready. Lists hold at most the first 1,000 lines; the counts are whole."""

    state = fields.String(required=True)
    upload_id = fields.String(required=True, allow_none=True)
    rows = Int(required=True)
    total = Int(required=True, allow_none=True)
    accepted = Int(required=True)
    duplicates = Int(required=True)
    duplicate_lines = fields.List(fields.Nested(DuplicateLineSchema), required=True)
    rejected_count = Int(required=True)
    rejected = fields.List(fields.Nested(RejectedLineSchema), required=True)


class FilterRollSchema(Schema):
    """Which of these phones are on the poll's roll; for invitations."""

    actor = Actor
    poll_id = fields.String(required=True)
    phones = fields.List(fields.String(), required=True, validate=validate.Length(max=5_000))


class FilteredRollSchema(Schema):
    on_roll = fields.List(Flag(), required=True)
