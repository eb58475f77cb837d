"""Payloads of the polls service. Times are RFC 3339 UTC strings."""

from marshmallow import fields, validate

from services.common.schemas import Flag, Id, Int, LongText, Schema, Text, Utc
from services.identity.contract import ActorSchema, CoarseProfileSchema
from services.polls.contract.breakdown import DIMENSIONS, LEAST, MOST_LEAST
from services.polls.contract.question_schemas import IMAGE, QuestionSchema

KINDS = ("policy", "staff", "community", "onsite", "budget", "contest", "survey")
STATES = ("draft", "scheduled", "open", "closed", "published", "cancelled")
RESULT_MODES = ("live", "after_close", "after_publish")
STRENGTHS = ("phone", "social", "staff", "strong")
LANGUAGES = ("ko", "en")
MOST_WITNESSES = 100

Actor = fields.Nested(ActorSchema, allow_none=True, load_default=None)


class BreakdownSchema(Schema):
    """How a poll's result is split by groups of voters: `by` dimensions (`district`, `age`, `gender`, `channel`), no
    figure that tells of fewer than `least` voters, weighted to `margins`: {dimension: {value: people}} (`breakdown.py`).
    """

    by = fields.List(
        fields.String(validate=validate.OneOf(tuple(DIMENSIONS))),
        required=True,
        validate=validate.Length(min=1, max=len(DIMENSIONS)),
    )
    least = Int(load_default=10, validate=validate.Range(min=LEAST, max=MOST_LEAST))
    margins = fields.Dict(
        keys=fields.String(validate=validate.Length(max=40)),
        values=fields.Dict(keys=fields.String(validate=validate.Length(max=40)), values=Int()),
        validate=validate.Length(max=len(DIMENSIONS)),
    )


class PollDraftSchema(Schema):
    """What an operator writes. Everything but `title` and `organization` may wait until opening.

    `witnesses`: how many witnesses must have cosigned the end of the log before the result is certified.
    """

    kind = fields.String(load_default="policy", validate=validate.OneOf(KINDS))
    title = Text(required=True, validate=validate.Length(min=1, max=200))
    purpose = LongText(load_default="", validate=validate.Length(max=20_000))
    reference_url = fields.Url(
        schemes={"http", "https"},
        allow_none=True,
        load_default=None,
        require_tld=False,
        validate=validate.Length(max=2000),
    )
    organization = fields.String(required=True, validate=validate.Regexp(r"^[a-z][a-z0-9-]{1,39}\Z"))
    opens_at = Utc(allow_none=True, load_default=None)
    closes_at = Utc(allow_none=True, load_default=None)
    results = fields.String(load_default="after_close", validate=validate.OneOf(RESULT_MODES))
    identity = fields.String(load_default="phone", validate=validate.OneOf(STRENGTHS))
    eligibility = fields.Dict(keys=fields.String(), load_default=lambda: {"rule": "everyone"})
    revoting = Flag(load_default=False, validate=validate.OneOf([False]))
    witnesses = Int(load_default=0, validate=validate.Range(min=0, max=MOST_WITNESSES))
    language = fields.String(load_default="ko", validate=validate.OneOf(LANGUAGES))
    breakdown = fields.Nested(BreakdownSchema, allow_none=True, load_default=None)
    questions = fields.List(
        fields.Nested(QuestionSchema), load_default=list, validate=validate.Length(max=50)
    )


class PollPatchSchema(Schema):
    """Any field of a draft; once open only `closes_at` and `notice`, each of which goes to the change log."""

    kind = fields.String(validate=validate.OneOf(KINDS))
    title = Text(validate=validate.Length(min=1, max=200))
    purpose = LongText(validate=validate.Length(max=20_000))
    reference_url = fields.Url(
        schemes={"http", "https"}, allow_none=True, require_tld=False, validate=validate.Length(max=2000)
    )
    opens_at = Utc(allow_none=True)
    closes_at = Utc(allow_none=True)
    results = fields.String(validate=validate.OneOf(RESULT_MODES))
    identity = fields.String(validate=validate.OneOf(STRENGTHS))
    eligibility = fields.Dict(keys=fields.String())
    witnesses = Int(validate=validate.Range(min=0, max=MOST_WITNESSES))
    language = fields.String(validate=validate.OneOf(LANGUAGES))
    breakdown = fields.Nested(BreakdownSchema, allow_none=True)
    image = fields.String(allow_none=True, validate=IMAGE)
    notice = LongText(validate=validate.Length(max=4000))
    questions = fields.List(fields.Nested(QuestionSchema), validate=validate.Length(max=50))


class PollSchema(Schema):
    """A poll as anyone who may see it sees it. `eligibility` is public: no password, no roll content.
    `evidence` lists the fields that the voter has to fill in (e.g. `["password"]`).
    `definition_hash` is the hex SHA-256 of the frozen definition, null until it opens.
    `certified`: null until the final recount, then whether it agreed. `image` is the poll's own picture.
    """

    id = fields.String(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    title = fields.String(required=True)
    purpose = fields.String(required=True)
    notice = fields.String(required=True)
    reference_url = fields.String(required=True, allow_none=True)
    image = fields.String(required=True, allow_none=True)
    organization = fields.String(required=True)
    opens_at = fields.String(required=True, allow_none=True)
    closes_at = fields.String(required=True, allow_none=True)
    results = fields.String(required=True)
    identity = fields.String(required=True)
    eligibility = fields.Dict(keys=fields.String(), required=True)
    evidence = fields.List(fields.String(), required=True)
    revoting = Flag(required=True)
    witnesses = Int(required=True)
    language = fields.String(required=True)
    breakdown = fields.Nested(BreakdownSchema, required=True, allow_none=True)
    questions = fields.List(fields.Nested(QuestionSchema), required=True)
    roll_size = Int(required=True, allow_none=True)
    definition_hash = fields.String(required=True, allow_none=True)
    certified = Flag(required=True, allow_none=True)
    created_at = fields.String(required=True)
    updated_at = fields.String(required=True)


class PollSummarySchema(Schema):
    id = fields.String(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    title = fields.String(required=True)
    image = fields.String(required=True, allow_none=True)
    organization = fields.String(required=True)
    opens_at = fields.String(required=True, allow_none=True)
    closes_at = fields.String(required=True, allow_none=True)
    results = fields.String(required=True)
    question_count = Int(required=True)


class PollListSchema(Schema):
    items = fields.List(fields.Nested(PollSummarySchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ListPollsSchema(Schema):
    """`q` searches title, purpose and options; `mine` lists the actor's organisations with drafts."""

    actor = Actor
    state = fields.String(allow_none=True, load_default=None, validate=validate.OneOf(STATES))
    kind = fields.String(allow_none=True, load_default=None, validate=validate.OneOf(KINDS))
    organization = Text(allow_none=True, load_default=None, validate=validate.Length(max=40))
    q = Text(allow_none=True, load_default=None, validate=validate.Length(max=100))
    cursor = fields.String(allow_none=True, load_default=None, validate=validate.Length(max=200))
    limit = Int(load_default=20, validate=validate.Range(min=1, max=100))
    mine = Flag(load_default=False)


class PollIdSchema(Schema):
    """`actor` null: a guest."""

    poll_id = fields.String(required=True)
    actor = Actor


class CreatePollSchema(Schema):
    """`poll_id`: chosen by the caller for a call that may be sent again; a poll that has it already is the answer."""

    actor = Actor
    draft = fields.Nested(PollDraftSchema, required=True)
    poll_id = Id(allow_none=True, load_default=None)


class CopyPollSchema(Schema):
    """`new_id`: as `poll_id` of CreatePollSchema."""

    actor = Actor
    poll_id = fields.String(required=True)
    new_id = Id(allow_none=True, load_default=None)


class UpdatePollSchema(Schema):
    actor = Actor
    poll_id = fields.String(required=True)
    patch = fields.Nested(PollPatchSchema, required=True)


class SchedulePollSchema(Schema):
    """Opens by itself at the poll's `opens_at`; times given here replace the draft's."""

    actor = Actor
    poll_id = fields.String(required=True)
    opens_at = Utc(allow_none=True, load_default=None)
    closes_at = Utc(allow_none=True, load_default=None)


class ChangeSchema(Schema):
    """One entry of a poll's change log. `number` is gapless from 1; `old` and `new` are JSON. `what` is one of
    `opened`, `closed`, `published`, `cancelled`, `closes_at`, `notice`, `roll` (its sizes), `certified` (the recount's
    outcome), `source_entered` (scores of a source of a composite result: `new` and, of those they replace, `old` have the `question`, the
    `source`, who they were `entered_by` and their `commitment`), `opening_failed` (a scheduled poll that was not fit to open; `new` lists why) and `dead_letter_discarded`
    (ballots that could not be handled were given up; `new` has their `count`, and there is a `reason`).
    """

    number = Int(required=True)
    at = fields.String(required=True)
    what = fields.String(required=True)
    old = fields.Raw(required=True, allow_none=True)
    new = fields.Raw(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class ChangesSchema(Schema):
    items = fields.List(fields.Nested(ChangeSchema), required=True)


class AddImageSchema(Schema):
    """`content` is base64 of the uploaded file; `target` is `poll`, an option's id, or `<question id>/<option id>` where
    two questions have an option with the same id.
    """

    actor = Actor
    poll_id = fields.String(required=True)
    target = fields.String(required=True, validate=validate.Length(max=81))
    content = fields.String(required=True)


class ImageSchema(Schema):
    url = fields.String(required=True)
    width = Int(required=True)
    height = Int(required=True)


class DefinitionSchema(Schema):
    """The frozen definition for ballots and tally. `definition` is the canonical document that was hashed;
    `closes_at` is the present closing time, which may have been moved since.
    """

    poll_id = fields.String(required=True)
    state = fields.String(required=True)
    definition = fields.Dict(required=True)
    definition_hash = fields.String(required=True)
    opened_at = fields.String(required=True)
    closes_at = fields.String(required=True, allow_none=True)
    results = fields.String(required=True)
    roll_size = Int(required=True, allow_none=True)


class PollEventSchema(Schema):
    poll_id = fields.String(required=True)


class PassRequestSchema(Schema):
    """One item of the coalesced batch. `tag`, `strength` and `profile` come from the verified access token; `profile`
    (coarse values) is sent only for a poll that breaks its result down, and may be left out.
    Checked by hand on the hot path; this schema documents it and the contract tests hold it to that.
    """

    poll_id = fields.String(required=True)
    tag = fields.String(required=True)
    strength = fields.String(required=True)
    evidence = fields.Dict(required=True)
    channel = fields.String(required=True)
    profile = fields.Nested(CoarseProfileSchema)


class CohortCellSchema(Schema):
    """The cell that a cohort tag stands for: {dimension: value or `unknown`}."""

    cohort = fields.String(required=True)
    cell = fields.Dict(keys=fields.String(), values=fields.String(), required=True)


class CohortCellsSchema(Schema):
    """Every cell that the poll's breakdown knows, with its tag; none for a poll without a breakdown."""

    cells = fields.List(fields.Nested(CohortCellSchema), required=True)


class PassSchema(Schema):
    """`ballot_pass` is the signed pass; `passes.py` says how it is written."""

    ballot_pass = fields.String(required=True)
