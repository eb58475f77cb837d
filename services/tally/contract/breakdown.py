"""A final result split by who voted: tables of counts in which small cells are suppressed, and weighted shares.

`null` stands for a suppressed figure. Numbers with decimals are exact texts. docs/breakdown.md says how to read it.
"""

from marshmallow import fields, validate

from services.common.schemas import Flag, Int, Schema

TOO_FEW = "too_few"
"""Nothing of this table can be told without giving away what few people did."""
SUPPRESSED, TOO_FEW_BALLOTS = "suppressed", "too_few_ballots"
NO_MARGIN, NOT_CONVERGED = "no_margin", "not_converged"
WITHHELD = (SUPPRESSED, TOO_FEW_BALLOTS, NO_MARGIN, NOT_CONVERGED)
"""Why there are no weighted figures: a figure that they would give away is suppressed; too few of a group that the population
has voted; somebody of a group that the margins do not name voted; the weights do not settle.
"""


class VoterRowSchema(Schema):
    """How many of the voters have this value; `share` of all voters, in percent with two decimals."""

    value = fields.String(required=True)
    voters = Int(required=True, allow_none=True)
    share = fields.String(required=True, allow_none=True)


class VotersSchema(Schema):
    """The voters by one dimension. `withheld`: no row is told."""

    by = fields.String(required=True)
    rows = fields.List(fields.Nested(VoterRowSchema), required=True)
    withheld = fields.String(validate=validate.OneOf((TOO_FEW,)))


class CountRowSchema(Schema):
    """`answered`: ballots that are not blank here; `counts`: in the order of the table's columns."""

    value = fields.String(required=True)
    answered = Int(required=True, allow_none=True)
    counts = fields.List(Int(allow_none=True), required=True)


class TableSchema(Schema):
    """Counts by one dimension. `columns`: option ids, or `yes`, `no`, `abstain` (ballots that chose them, that ranked them first, that
    gave them any points); of `score`, where there is one table an `option`, the points; of `number` and `date` the `from` of each
    bin. A column of nulls was chosen by too few. `withheld`: no count is told.
    """

    by = fields.String(required=True)
    option = fields.String()
    columns = fields.List(fields.String(), required=True)
    rows = fields.List(fields.Nested(CountRowSchema), required=True)
    withheld = fields.String(validate=validate.OneOf((TOO_FEW,)))


class WeightedOptionSchema(Schema):
    """`share` in percent of those who answered, of `score` the `mean`; `margin`: half of the 95 % confidence interval, in the
    same unit. `withheld`: a suppressed cell would follow from it.
    """

    id = fields.String(required=True)
    share = fields.String()
    mean = fields.String()
    margin = fields.String()
    withheld = Flag()


class WeightedSchema(Schema):
    """Shares after raking to the population margins of the dimensions `by`. `ballots`: that were used; `left_out`: of voters
    who have not told their value; `effective`: Kish's effective sample size; `design_effect`: ballots / effective. Only `by`
    and the reason when all of it is `withheld`.
    """

    by = fields.List(fields.String(), required=True)
    ballots = Int()
    left_out = Int()
    effective = fields.String()
    design_effect = fields.String()
    options = fields.List(fields.Nested(WeightedOptionSchema))
    withheld = fields.String(validate=validate.OneOf(WITHHELD))


class QuestionBreakdownSchema(Schema):
    """One question. `weighted` only where the poll declares margins and the question is one of shares or scores."""

    id = fields.String(required=True)
    tables = fields.List(fields.Nested(TableSchema), required=True)
    weighted = fields.Nested(WeightedSchema)


class TurnoutRowSchema(Schema):
    """`value` null: all voters. `voters`: in the order of `times`."""

    value = fields.String(required=True, allow_none=True)
    voters = fields.List(Int(allow_none=True), required=True)


class TurnoutByTimeSchema(Schema):
    """Voters by the time of casting: the starts of hours (UTC, `2026-11-22T05:00:00Z`), or of long polls the days in Seoul
    (`2026-11-22`). By district where the poll is broken down by it. `withheld`: no row but that of all voters is told.
    """

    by = fields.String()
    unit = fields.String(required=True, validate=validate.OneOf(("hour", "day")))
    times = fields.List(fields.String(), required=True)
    rows = fields.List(fields.Nested(TurnoutRowSchema), required=True)
    withheld = fields.String(validate=validate.OneOf((TOO_FEW,)))


class ResultBreakdownSchema(Schema):
    """What a final result is split by, as the poll's definition declared it before it opened. `least`: figures between 0 and
    this are suppressed, with whatever would give them away.
    """

    by = fields.List(fields.String(), required=True)
    least = Int(required=True)
    voters = fields.List(fields.Nested(VotersSchema), required=True)
    questions = fields.List(fields.Nested(QuestionBreakdownSchema), required=True)
    turnout = fields.Nested(TurnoutByTimeSchema, required=True)
