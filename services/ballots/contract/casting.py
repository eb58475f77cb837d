"""Casting: what goes in, what comes back, and why a ballot is refused."""

from marshmallow import fields, validate

from services.common.errors import DomainError
from services.common.schemas import Int, LongText, Schema, Utc

LEAF_VERSION = 1
"""The `v` of a leaf `{v, poll, ballot_id, answers}`."""


class AlreadyVoted(DomainError):
    """The voter's ballot is already recorded under another `ballot_id`. `recorded_at`: when, to the minute."""

    code = "already_voted"


class PollNotOpen(DomainError):
    """The pass was issued outside the poll's window, or the poll is sealed. `state`."""

    code = "poll_not_open"


class InvalidPass(DomainError):
    """The pass is forged, altered, of another poll, or signed by an unknown key."""

    code = "invalid_pass"


class BallotIdTaken(DomainError):
    """Another voter's ballot in this poll has this `ballot_id`; choose another."""

    code = "ballot_id_taken"


class PollUnknown(DomainError):
    """Ballots knows no such opened poll."""

    code = "poll_not_found"


BALLOT_ID = validate.Regexp(r"^[A-Za-z0-9_-]{16,64}$")


class CastSchema(Schema):
    """One item of the coalesced batch; a good outcome is a `ReceiptSchema`.

    Checked by hand on the hot path; this schema documents it and the tests hold it to that. `answers` by question id;
    `ballot_pass` from polls. The same `ballot_id` of the same voter again gets the receipt of its first time, whatever
    the answers are now: the first ballot stays.
    """

    poll_id = fields.String(required=True)
    ballot_id = fields.String(required=True, validate=BALLOT_ID)
    answers = fields.Dict(keys=fields.String(), required=True)
    ballot_pass = fields.String(required=True)


class ReceiptSchema(Schema):
    """A signed promise that the ballot will be in the log.

    `signature` is Ed25519, base64url, over the canonical JSON of all other fields. `leaf_hash` is base64url of
    SHA-256(0x00 || leaf) (RFC 6962). `recorded_at` is cut to the minute. `include_within`: seconds after the end of
    that minute in which the leaf must be under a published checkpoint.
    """

    v = Int(required=True)
    poll_id = fields.String(required=True)
    ballot_id = fields.String(required=True)
    leaf_hash = fields.String(required=True)
    recorded_at = fields.String(required=True)
    include_within = Int(required=True)
    key_id = fields.String(required=True)
    signature = fields.String(required=True)


class BallotKeySchema(Schema):
    """One ballot of a poll."""

    poll_id = fields.String(required=True)
    ballot_id = fields.String(required=True, validate=BALLOT_ID)


class BallotStatusSchema(Schema):
    """`unknown`: not recorded (yet); the gateway knows whether it is pending. `index`: place in the log, once there.

    `refused`: it was not recorded, within the last half hour, for the reason with this `code`, an error of the cast.

    Once the entry is under a published checkpoint: that `checkpoint` (a signed note with the cosignatures it has) and
    the entry's `inclusion_proof` under it, base64 hashes, lowest first (RFC 6962 section 2.1.1).
    """

    status = fields.String(required=True, validate=validate.OneOf(("recorded", "refused", "unknown")))
    code = fields.String()
    receipt = fields.Nested(ReceiptSchema)
    index = Int()
    inclusion_proof = fields.List(fields.String())
    checkpoint = fields.String()


class PollIdSchema(Schema):
    """One poll."""

    poll_id = fields.String(required=True)


class TextsRequestSchema(Schema):
    """What was written for a question that is answered freely, by entries from `start` on: at most `limit` entries."""

    poll_id = fields.String(required=True)
    question = fields.String(required=True)
    start = Int(load_default=0, validate=validate.Range(min=0))
    limit = Int(load_default=500, validate=validate.Range(min=1, max=5_000))


class TextsSchema(Schema):
    """The texts of those entries in the log's order; `next`: where to go on, null at the log's end."""

    texts = fields.List(fields.String(), required=True)
    next = Int(required=True, allow_none=True)


class DeadLettersDiscardedSchema(Schema):
    """`count` ballots of the poll that could not be handled were given up by an administrator, for this reason."""

    poll_id = fields.String(required=True)
    count = Int(required=True)
    reason = LongText(required=True)
    discarded_at = Utc(required=True)
