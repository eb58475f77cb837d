"""The other sources of composite results: scores of options that are no ballots, such as a committee's or a survey's.

They are entered by the poll's operators, for every source but `ballots` that a question's `counting` names. Until the result may be
seen they are shown to nobody, to those who entered them neither: the change log has a commitment, which is the hex SHA-256 of
the canonical JSON (RFC 8785) of `{"poll_id", "question", "source", "scores", "salt"}`; the signed result has scores and salt.
"""

from marshmallow import fields, validate

from services.common.schemas import Flag, Int, LongText, Schema, Text
from services.polls.contract.schemas import Actor

SOURCE_NAME = validate.Length(min=1, max=80)


class ScoresSchema(Schema):
    """What an operator enters. `scores`: every option of the question by id, once, with a number that is not negative: a whole
    number, or text with a decimal (`"4.25"`) or a fraction (`"17/4"`); up to 15 digits before the point or in either part
    of the fraction, up to 9 after the point, and a common denominator of all up to 10 to the power of 30. `entered_by`: the office that stands behind the scores, which everybody will
    read. `note`: why they are entered anew, for the change log.
    """

    scores = fields.Dict(keys=fields.String(), required=True, validate=validate.Length(min=1, max=500))
    entered_by = Text(required=True, validate=validate.Length(min=1, max=200))
    note = LongText(load_default="", validate=validate.Length(max=500))


class EnterSourceSchema(ScoresSchema):
    """`source` as the question's `counting` names it."""

    poll_id = fields.String(required=True)
    actor = Actor
    question = fields.String(required=True)
    source = Text(required=True, validate=SOURCE_NAME)


class SourceSchema(Schema):
    """How far a source is: all is null until its scores are entered. `number` is the entry of the change log that tells of them, `account`
    the person who entered them, told to operators of the poll only.
    """

    question = fields.String(required=True)
    source = fields.String(required=True)
    weight = fields.String(required=True)
    entered_by = fields.String(required=True, allow_none=True)
    entered_at = fields.String(required=True, allow_none=True)
    commitment = fields.String(required=True, allow_none=True)
    number = Int(required=True, allow_none=True)
    account = fields.String(required=True, allow_none=True)


class SourcesSchema(Schema):
    """Every source but `ballots` of every composite question, in the definition's order. `complete`: all are entered. `settled`:
    the recount has taken them, and they change no more.
    """

    items = fields.List(fields.Nested(SourceSchema), required=True)
    complete = Flag(required=True)
    settled = Flag(required=True)


class EnteredSchema(Schema):
    """A source as the recount takes it. `scores`: exact texts by option id, as `"17"`, `"4.25"` or `"35/3"`; `salt` is base64url."""

    question = fields.String(required=True)
    source = fields.String(required=True)
    scores = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    salt = fields.String(required=True)
    commitment = fields.String(required=True)
    entered_by = fields.String(required=True)
    entered_at = fields.String(required=True)


class SettledSchema(Schema):
    items = fields.List(fields.Nested(EnteredSchema), required=True)
