"""Counters of a poll's groups of voters, for polls that break their result down.

Ballots knows groups by opaque tags only (polls' `contract/breakdown.py`) and keeps none beside a ballot that has its place.
"""

from marshmallow import fields, validate

from services.common.errors import DomainError
from services.common.schemas import Int, Schema


class NotSealed(DomainError):
    """The poll's log may still grow."""

    code = "not_sealed"


class CohortsRequestSchema(Schema):
    """Counters behind the one that `after` names: the `next` of the page before, or empty for the first page."""

    poll_id = fields.String(required=True)
    after = fields.String(load_default="", validate=validate.Length(max=2_000))
    limit = Int(load_default=5_000, validate=validate.Range(min=1, max=20_000))


class CohortCounterSchema(Schema):
    """`n` ballots, or points, of the voters whose cell has this tag; the tag is empty for ballots whose pass had none.

    `question` and `name`: the question's counter of `ballot_rules.count_ballot` (`""`: how many answered). Of no question
    (`""`) are the voters: `name` is `""` for all of them, and `2026-11-22T05:00:00Z` for those recorded in the hour from then.
    """

    cohort = fields.String(required=True)
    question = fields.String(required=True)
    name = fields.String(required=True)
    n = Int(required=True)


class CohortsSchema(Schema):
    """A page of counters; all pages together count the `size` entries of the log, each once. None for a poll without a
    breakdown, and none once the poll's pseudonyms are erased. `next`: null on the last page.
    """

    size = Int(required=True)
    items = fields.List(fields.Nested(CohortCounterSchema), required=True)
    next = fields.String(required=True, allow_none=True)
