"""Bodies and queries that are the gateway's own; all others are the contracts'."""

from marshmallow import fields, validate

from gateway.casting import LONGEST_EVIDENCE
from gateway.endpoints import QueryFlag, QueryInt
from services.ballots.contract import BALLOT_ID, BallotStatusSchema
from services.common.operations.contract import DeadLettersSchema
from services.common.public_keys import PublicKeysSchema
from services.common.schemas import Flag, Int, Schema, Utc
from services.identity.contract import ROLES, PersonSchema, UpdatePersonSchema
from services.notify.contract import ListOutboxSchema
from services.polls.contract.roll_schemas import RollStatusSchema
from services.polls.contract.schemas import KINDS, LANGUAGES, STATES, ImageSchema
from services.tally.contract import FORMATS

__all__ = ["RollStatusSchema", "UpdatePersonSchema"]


class KeysAndWitnessesSchema(PublicKeysSchema):
    """`witnesses`: verifier keys `<name>+<key hash>+<key>` (C2SP signed-note)."""

    witnesses = fields.List(fields.String(), required=True)


class PhoneSchema(Schema):
    """A phone number in E.164 or local form."""

    phone = fields.String(required=True, validate=validate.Length(min=1, max=40))


class ConfirmPhoneSchema(Schema):
    challenge_id = fields.String(required=True, validate=validate.Length(min=1, max=64))
    code = fields.String(required=True, validate=validate.Length(min=1, max=16))


class RefreshTokenSchema(Schema):
    refresh_token = fields.String(required=True, validate=validate.Length(min=1, max=200))


class MeSchema(PersonSchema):
    """The person, and whether it wants no messages but sign-in codes (null: not known at the moment)."""

    opt_out = Flag(required=True, allow_none=True)


class UpdateMeSchema(Schema):
    """`member` true makes a guest a member; there is no way back but leaving."""

    language = fields.String(validate=validate.OneOf(LANGUAGES))
    member = Flag(validate=validate.OneOf((True,)))
    opt_out = Flag()


class PutMemberSchema(Schema):
    phone = fields.String(required=True, validate=validate.Length(min=1, max=40))
    role = fields.String(required=True, validate=validate.OneOf(ROLES))


class ListQuery(Schema):
    """`q` searches title, purpose and options; `mine` lists the polls of one's own organisations with their drafts."""

    state = fields.String(validate=validate.OneOf(STATES))
    kind = fields.String(validate=validate.OneOf(KINDS))
    organization = fields.String(validate=validate.Length(max=40))
    q = fields.String(validate=validate.Length(max=100))
    cursor = fields.String(validate=validate.Length(max=200))
    limit = QueryInt(validate=validate.Range(min=1, max=100))
    mine = QueryFlag()


class TimesSchema(Schema):
    """Times that replace the draft's; left out or null, the draft's count."""

    opens_at = Utc(allow_none=True)
    closes_at = Utc(allow_none=True)


class ImageForm(Schema):
    """`target` is `poll`, an option's id, or `<question>/<option>` where two questions have options of this id."""

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})
    target = fields.String(required=True, validate=validate.Length(min=1, max=81))


class RollForm(Schema):
    """CSV (UTF-8 or CP949) or XLSX with a header row; the column is called `phone`, `전화번호`, `휴대폰` or `휴대전화`."""

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class ProjectsForm(Schema):
    """CSV (UTF-8 or CP949) or XLSX with a header row, or a Pabulib `.pb` file. Columns by their English or Korean names: `id`
    (번호), `name` (사업명), `cost` (사업비; also with its unit, as in 사업비(천원)), `group` (지역), `category` (분야), `description` (설명),
    `exclusive` (단독 선택). Only the name is needed.
    """

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class DuplicateProjectSchema(Schema):
    """A line with the id of an earlier one, which counts."""

    line = Int(required=True)
    first_line = Int(required=True)


class RejectedProjectSchema(Schema):
    """A line that was not taken; `reason` is `name_missing`, `cost` (no whole amount of won), `too_long` or `formula`."""

    line = Int(required=True)
    reason = fields.String(required=True)


class ProjectsLoadedSchema(Schema):
    """What became of the file's lines; of each kind the first 1,000 are told. `budget`: what the file says there is to give
    out, in won, null where it says none.
    """

    accepted = Int(required=True)
    duplicates = Int(required=True)
    duplicate_lines = fields.List(fields.Nested(DuplicateProjectSchema), required=True)
    rejected = fields.List(fields.Nested(RejectedProjectSchema), required=True)
    budget = Int(required=True, allow_none=True)


class ScoresForm(Schema):
    """CSV (UTF-8 or CP949) or XLSX with a header row: a column with an option's id or label, such as `option` or `보기`, and one with its
    `score` or `점수`. The other fields as of the JSON body.
    """

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})
    entered_by = fields.String(required=True, validate=validate.Length(min=1, max=200))
    note = fields.String(validate=validate.Length(max=500))


class InvitedSchema(Schema):
    """`rows` of the file, of them `on_roll`; of those newly `queued`, `repeated` (invited before) and `opted_out`."""

    rows = Int(required=True)
    on_roll = Int(required=True)
    queued = Int(required=True)
    repeated = Int(required=True)
    opted_out = Int(required=True)


class BallotSchema(Schema):
    """`ballot_id` is made by the voter's device: at least 128 random bits. The same ballot may be sent again at any
    time and gets the same receipt. `evidence` holds what the poll asks for, such as `password`. `answers` by question id; a
    blank, and a question that is not asked (`show_if`), is left out. By kind: `choice`, `knapsack`: list of option ids;
    `ranking`: the same, best first; `score`, `cumulative`: `{option id: points}`; `yes_no`: `yes`, `no` or `abstain`; `number`: a number or a
    decimal text; `date`: `YYYY-MM-DD`; `text`: a string.
    """

    ballot_id = fields.String(required=True, validate=BALLOT_ID)
    answers = fields.Dict(keys=fields.String(), required=True)
    evidence = fields.Dict(
        keys=fields.String(), values=fields.String(validate=validate.Length(max=LONGEST_EVIDENCE))
    )


class AcceptedBallotSchema(Schema):
    """The ballot is kept safely and its outcome is not known yet."""

    status_url = fields.String(required=True)


class BallotStateQuery(Schema):
    """`accepted` comes with `status_url`: it shows that the ballot was taken. Without it what is not recorded is unknown."""

    accepted = fields.String(load_default="", validate=validate.Length(max=64))


class BallotStateSchema(BallotStatusSchema):
    """`pending`: it was taken in the last 15 minutes and is not recorded yet. `refused`: it does not count, and `code` says
    why, such as `already_voted`. `index`: place in the log, once there.
    """

    status = fields.String(
        required=True, validate=validate.OneOf(("recorded", "refused", "pending", "unknown"))
    )


class ExportQuery(Schema):
    """`question`: the id of a budget question, for files that are about one; the first unless said."""

    format = fields.String(load_default="json", validate=validate.OneOf(FORMATS))
    question = fields.String(load_default=None, validate=validate.Length(min=1, max=64))


class TextsQuery(Schema):
    """`question` is the id of a question of kind `text`."""

    question = fields.String(required=True, validate=validate.Length(min=1, max=64))
    cursor = QueryInt(load_default=0, validate=validate.Range(min=0, max=2**31 - 1))


class TextListSchema(Schema):
    """Texts in no order; there may be none in a part that is not the last."""

    items = fields.List(fields.String(), required=True)
    next = fields.String(required=True, allow_none=True)


class OutboxQuery(Schema):
    to = fields.String(validate=ListOutboxSchema().fields["to"].validators)
    limit = QueryInt(validate=validate.Range(min=1, max=1000))


class DeadLettersOfAllSchema(DeadLettersSchema):
    """`unavailable`: services that do not answer at the moment, so that nothing is known of their queues."""

    unavailable = fields.List(fields.String(), required=True)
    next = fields.String(required=True, allow_none=True)


class ComplaintSchema(Schema):
    pointer = fields.String(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class ProblemSchema(Schema):
    """RFC 9457. `code` is stable; `detail` is in the request's language; some codes have members of their own."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = Int(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)
    errors = fields.List(fields.Nested(ComplaintSchema))
    request_id = fields.String()


class StoredImageSchema(ImageSchema):
    """Where the re-encoded image is served, and its size in pixels."""
