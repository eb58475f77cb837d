"""What tally promises to its callers: results, and never a number before its time."""

from marshmallow import fields, validate

from services.common.contract import Call, Event
from services.common.errors import DomainError
from services.common.operations.contract import (
    discard_dead_letters,
    list_dead_letters,
    replay_dead_letters,
)
from services.common.public_keys import PublicKeysSchema
from services.common.schemas import Flag, Int, Schema
from services.polls.contract.record import RecordEntrySchema
from services.tally.contract.breakdown import ResultBreakdownSchema

SERVICE = "tally"
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "pb": "text/plain; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Exported files by format."""
FORMATS = tuple(MEDIA_TYPES)


class ResultsNotFound(DomainError):
    """No such opened poll."""

    code = "poll_not_found"


class ResultsEmbargoed(DomainError):
    """An export was asked for before the poll's results may be seen. `results` says when they may."""

    code = "results_embargoed"


class NoTextQuestion(DomainError):
    """The poll has no question of this id that is answered with a text."""

    code = "no_text_question"


class NoBudgetQuestion(DomainError):
    """A file of a budget vote was asked for, and the poll, or the named question, is none: it has no limit, or options without
    costs.
    """

    code = "no_budget_question"


class NotSealed(DomainError):
    """A recount was asked for before the poll's log was sealed."""

    code = "not_sealed"


class NotWitnessed(DomainError):
    """A recount was asked for before as many witnesses as the poll asks for have cosigned the final checkpoint."""

    code = "not_witnessed"


class SourcesMissing(DomainError):
    """A recount was asked for before the scores of every other source of a composite result are entered. `missing` lists them as
    `{"question", "source"}`.
    """

    code = "sources_missing"


class ResultDamaged(DomainError):
    """The stored final result is not what was signed: somebody or something has altered it. It is told to nobody."""

    code = "result_damaged"


class PollIdSchema(Schema):
    poll_id = fields.String(required=True)


class OptionResultSchema(Schema):
    """`count`: ballots that chose the option, of `score` and `cumulative` the sum of its points, of `ranking` the first places.
    `share` in percent, two decimals, as a string ("41.75"): of the ballots that answered; of `score` of the most possible points, of
    `cumulative` of all points given. `mean` points for each ballot that answered, for both. `distribution` for `score`: ballots by points
    from `lowest` on. `voters` for `cumulative`: ballots that gave the option any point. `places` for `ranking`: ballots that rank it
    first, second and so on.
    """

    id = fields.String(required=True)
    count = Int(required=True)
    share = fields.String(required=True)
    mean = fields.String()
    distribution = fields.List(Int())
    voters = Int()
    places = fields.List(Int())


class BinSchema(Schema):
    """Ballots with a number or date `from` one `to` another, both included; `share` of those that answered, in percent."""

    from_ = fields.String(required=True, data_key="from", attribute="from")
    to = fields.String(required=True)
    count = Int(required=True)
    share = fields.String(required=True)


class QuestionResultSchema(Schema):
    """`answered`: ballots that are not blank here. `bins`: the distribution of a `number` or `date`; `mean` of the numbers, exact and rounded
    half up to two decimals more than they have, if there are any. Of a question that is counted by a rule: `counting`, the whole method with
    its defaults, and `outcome`, as `Outcome.as_json` (`contract/counting/outcome.py`); live results have an outcome where
    the rule needs no more than counters, final ones always. A composite outcome's `sources` have the scores that were entered (`given`),
    who `entered_by` and `entered_at`, and the `salt` that with them gives the change log's `commitment`.
    """

    id = fields.String(required=True)
    kind = fields.String(required=True)
    answered = Int(required=True)
    lowest = Int()
    highest = Int()
    options = fields.List(fields.Nested(OptionResultSchema), required=True)
    bins = fields.List(fields.Nested(BinSchema))
    mean = fields.String()
    counting = fields.Dict(keys=fields.String())
    outcome = fields.Dict(keys=fields.String())


class TurnoutSchema(Schema):
    """Voters against the voter roll; `share` as above."""

    roll = Int(required=True)
    share = fields.String(required=True)


class SignatureSchema(Schema):
    """Ed25519, base64url, over the canonical JSON of the final result without this field."""

    key_id = fields.String(required=True)
    value = fields.String(required=True)


class ResultsSchema(Schema):
    """`embargoed` answers hold only `poll_id`, `state`, `results` and an empty `questions`: no number at all.
    `final` results are recounted from the log and signed; `recount_agreed` false means that the recount differed from
    the live counters and that nothing may be published. `checkpoint` of a final result is the end of the poll's log, a
    signed note with the log's signature only: exactly its entries were counted. `breakdown` of a final result only, where the
    poll's definition declares one.
    """

    poll_id = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("live", "final", "embargoed")))
    results = fields.String(required=True)
    questions = fields.List(fields.Nested(QuestionResultSchema), required=True)
    breakdown = fields.Nested(ResultBreakdownSchema)
    voters = Int()
    turnout = fields.Nested(TurnoutSchema)
    as_of = Int(metadata={"description": "entries of the log that are counted"})
    definition_hash = fields.String()
    checkpoint = fields.String()
    counted_at = fields.String()
    signature = fields.Nested(SignatureSchema)


class VisibilitySchema(Schema):
    """What the embargo gate says: `visible`: numbers and entries may be seen; `final`: the signed result may. `results` is
    the poll's mode.
    """

    poll_id = fields.String(required=True)
    results = fields.String(required=True)
    visible = Flag(required=True)
    final = Flag(required=True)


class FinalResultSchema(Schema):
    """`document`: the signed final result as it was signed and stored, canonical JSON (RFC 8785)."""

    document = fields.String(required=True)


class ExportSchema(Schema):
    """The `part` of a file, from 0; later ones with the `as_of` that the first was answered with. `question`: of a budget vote,
    instead of the first that is one. `organization` and `address`: the organisation's name and the platform's public address,
    to be written where a format has a place for them.
    """

    poll_id = fields.String(required=True)
    format = fields.String(required=True, validate=validate.OneOf(FORMATS))
    language = fields.String(load_default="ko", validate=validate.OneOf(("ko", "en")))
    part = Int(load_default=0, validate=validate.Range(min=0))
    as_of = Int(load_default=None, allow_none=True, validate=validate.Range(min=0))
    question = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=64))
    organization = fields.String(load_default="", validate=validate.Length(max=200))
    address = fields.String(load_default="", validate=validate.Length(max=500))


class ExportedSchema(Schema):
    """One part of a file. `content` is base64; `next` the part to go on with, null after the last. `as_of`: how many entries of
    the log the whole file stands for. `filename` is ASCII; `title` is the poll's, for a name that people can read.
    """

    filename = fields.String(required=True)
    title = fields.String(required=True)
    media_type = fields.String(required=True)
    content = fields.String(required=True)
    next = Int(required=True, allow_none=True)
    as_of = Int(required=True)


class TextsRequestSchema(Schema):
    """Texts of the entries from `start` on, given to one question."""

    poll_id = fields.String(required=True)
    question = fields.String(required=True)
    start = Int(load_default=0, validate=validate.Range(min=0))


class TextsSchema(Schema):
    """Some texts in no order, possibly none; `next`: the `start` to go on with, null at the end."""

    texts = fields.List(fields.String(), required=True)
    next = Int(required=True, allow_none=True)


class CertifiedSchema(Schema):
    """The recount of a sealed poll is done; `agreed`: it equals the live counters."""

    poll_id = fields.String(required=True)
    agreed = Flag(required=True)


class RecountSchema(Schema):
    """`agreed`: whether the poll is certified now. A certified poll is not counted again."""

    agreed = Flag(required=True)


GET_RESULTS = Call(
    SERVICE,
    "get_results",
    PollIdSchema,
    (ResultsNotFound, ResultDamaged),
    idempotent=True,
    response=ResultsSchema,
)
GET_VISIBILITY = Call(
    SERVICE, "get_visibility", PollIdSchema, (ResultsNotFound,), idempotent=True, response=VisibilitySchema
)
GET_FINAL_RESULT = Call(
    SERVICE,
    "get_final_result",
    PollIdSchema,
    (ResultsNotFound, ResultsEmbargoed, ResultDamaged),
    idempotent=True,
    response=FinalResultSchema,
)
EXPORT_RESULTS = Call(
    SERVICE,
    "export_results",
    ExportSchema,
    (ResultsNotFound, ResultsEmbargoed, ResultDamaged, NoBudgetQuestion),
    idempotent=True,
    deadline=20.0,
    response=ExportedSchema,
)
LIST_TEXTS = Call(
    SERVICE,
    "list_texts",
    TextsRequestSchema,
    (ResultsNotFound, ResultsEmbargoed, NoTextQuestion),
    idempotent=True,
    deadline=10.0,
    response=TextsSchema,
)
RECOUNT = Call(
    SERVICE,
    "recount",
    PollIdSchema,
    (ResultsNotFound, NotSealed, NotWitnessed, SourcesMissing),
    idempotent=True,
    deadline=60.0,
    response=RecountSchema,
)
LIST_DEAD_LETTERS = list_dead_letters(SERVICE)
REPLAY_DEAD_LETTERS = replay_dead_letters(SERVICE)
DISCARD_DEAD_LETTERS = discard_dead_letters(SERVICE)
GET_KEYS = Call(SERVICE, "get_keys", idempotent=True, response=PublicKeysSchema)

CERTIFIED = Event(SERVICE, "results.certified", CertifiedSchema)
RECORD_ENTRY = Event(SERVICE, "record.entry", RecordEntrySchema)
RESULTS_UPDATED = Event(SERVICE, "results.updated", PollIdSchema, watched=True)
