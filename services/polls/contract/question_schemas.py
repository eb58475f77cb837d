"""What a poll asks: questions, their options, and the conditions on both. `kinds` say what each kind makes of the fields."""

import re

from marshmallow import fields, validate

from services.common.schemas import Flag, Int, LongText, Schema, Text

IMAGE = validate.Regexp(r"^/media/[0-9a-f]{64}\.webp\Z")
"""Address of a picture that ADD_IMAGE has stored."""

ITEM = validate.Regexp(r"^[A-Za-z0-9_-]{1,40}\Z")
DAY = validate.Regexp(re.compile(r"^\d{4}-\d{2}-\d{2}\Z", re.ASCII))


class OptionSchema(Schema):
    """One option. `cost` in won, `group` (place or district) and `category` (field) are for budget polls; `image` is an
    address under `/media/`. `exclusive`: can only be chosen alone, as "none of these".
    """

    id = fields.String(required=True, validate=ITEM)
    label = Text(required=True, validate=validate.Length(min=1, max=500))
    description = LongText(validate=validate.Length(max=4000))
    image = fields.String(validate=IMAGE)
    cost = Int(validate=validate.Range(min=0, max=10**15))
    group = Text(validate=validate.Length(max=80))
    category = Text(validate=validate.Length(max=80))
    exclusive = Flag()


class LimitSchema(Schema):
    """How many of the options with these values of `by` may be chosen together: at least `min`, at most `max`, of at most
    `distinct` different values. `values`: all that the options have unless given. `each`: every value by itself.
    """

    by = fields.String(required=True, validate=validate.OneOf(("group", "category")))
    values = fields.List(
        Text(validate=validate.Length(min=1, max=80)), validate=validate.Length(min=1, max=500)
    )
    each = Flag()
    min = Int(validate=validate.Range(min=0, max=500))
    max = Int(validate=validate.Range(min=0, max=500))
    distinct = Int(validate=validate.Range(min=1, max=500))


class ShowIfSchema(Schema):
    """When a question is asked: what was answered to an earlier `question`. Just one of: `any_of` (one of these options, or of
    `yes`, `no`, `abstain`), `min` and/or `max` (a number; the score of `option`), `answered` (anything at all).
    """

    question = fields.String(required=True, validate=ITEM)
    any_of = fields.List(fields.String(validate=ITEM), validate=validate.Length(min=1, max=500))
    min = Int()
    max = Int()
    option = fields.String(validate=ITEM)
    answered = Flag(validate=validate.OneOf([True]))


class QuestionSchema(Schema):
    """One question. `min` and `max` mean what the kind says: choices for `choice` and `knapsack`, points for `score` and
    `cumulative`, places for `ranking`, characters for `text`, the value for `number`. `budget`: won, for `knapsack`. `most_each`:
    points for one option of `cumulative`. `decimals`: of a `number`. `earliest`, `latest`: of a `date`, `YYYY-MM-DD`.
    `order`: of the options on the ballot, `shuffled` for each voter or `fixed`. `show_if`: the question is asked only then.
    `counting` chooses the counting rule: `{"rule": name, …parameters}` (tally's `contract/rules`); without it there are counts
    and no outcome.
    """

    id = fields.String(required=True, validate=ITEM)
    kind = fields.String(required=True, validate=validate.Length(max=20))
    title = Text(required=True, validate=validate.Length(min=1, max=500))
    description = LongText(validate=validate.Length(max=4000))
    required = Flag(load_default=True)
    min = Int()
    max = Int()
    budget = Int(validate=validate.Range(min=1, max=10**15))
    most_each = Int(validate=validate.Range(min=1))
    decimals = Int(validate=validate.Range(min=0, max=6))
    earliest = fields.String(validate=DAY)
    latest = fields.String(validate=DAY)
    limits = fields.List(fields.Nested(LimitSchema), validate=validate.Length(max=50))
    order = fields.String(validate=validate.OneOf(("fixed", "shuffled")))
    show_if = fields.Nested(ShowIfSchema)
    options = fields.List(fields.Nested(OptionSchema), load_default=list, validate=validate.Length(max=500))
    counting = fields.Dict(keys=fields.String())
