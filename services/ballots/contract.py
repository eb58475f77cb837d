"""What ballots promises to its callers: casting, receipts, and the log of entries.

It knows passes and choices, never a person, a phone, an account or an address.
"""

from marshmallow import fields, validate

from services.common.contract import Batch, Call, Event
from services.common.errors import DomainError, InvalidInput
from services.common.operations.contract import (
    discard_dead_letters,
    list_dead_letters,
    replay_dead_letters,
)
from services.common.public_keys import PublicKeysSchema
from services.common.schemas import Flag, Int, LongText, Schema, Utc

SERVICE = "ballots"
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
    SHA-256(0x00 || leaf) (RFC 6962). `recorded_at` is cut to the minute.
    """

    v = Int(required=True)
    poll_id = fields.String(required=True)
    ballot_id = fields.String(required=True)
    leaf_hash = fields.String(required=True)
    recorded_at = fields.String(required=True)
    key_id = fields.String(required=True)
    signature = fields.String(required=True)


class BallotKeySchema(Schema):
    """One ballot of a poll."""

    poll_id = fields.String(required=True)
    ballot_id = fields.String(required=True, validate=BALLOT_ID)


class BallotStatusSchema(Schema):
    """`unknown`: not recorded (yet); the gateway knows whether it is pending. `index`: place in the log, once there."""

    status = fields.String(required=True, validate=validate.OneOf(("recorded", "unknown")))
    receipt = fields.Nested(ReceiptSchema)
    index = Int()


class PollIdSchema(Schema):
    """One poll."""

    poll_id = fields.String(required=True)


class LogStateSchema(Schema):
    """`size` entries are in the log; `sealed`: none will ever be added."""

    size = Int(required=True)
    sealed = Flag(required=True)


class EntriesRequestSchema(Schema):
    """Entries from `start` on; fewer than `limit` may come where they are long."""

    poll_id = fields.String(required=True)
    start = Int(required=True, validate=validate.Range(min=0))
    limit = Int(load_default=1000, validate=validate.Range(min=1, max=5_000))


class EntriesSchema(Schema):
    """Leaves `start`, `start`+1, … in order: each the canonical JSON text of `{v, poll, ballot_id, answers}`."""

    entries = fields.List(fields.String(), required=True)
    size = Int(required=True)
    sealed = Flag(required=True)


class LogEventSchema(Schema):
    """The log of the poll has `size` entries now."""

    poll_id = fields.String(required=True)
    size = Int(required=True)


class SealingSchema(Schema):
    """Whether the poll's log is sealed, and how many dead letters among the casts keep any log from being sealed."""

    sealed = Flag(required=True)
    dead_letters = Int(required=True)


class DeadLettersDiscardedSchema(Schema):
    """`count` ballots of the poll that could not be handled were given up by an administrator, for this reason."""

    poll_id = fields.String(required=True)
    count = Int(required=True)
    reason = LongText(required=True)
    discarded_at = Utc(required=True)


CAST = Batch(
    SERVICE,
    "cast",
    (AlreadyVoted, PollNotOpen, InvalidPass, BallotIdTaken, PollUnknown, InvalidInput),
    reliable=True,
    deadline=5.0,
)
GET_STATUS = Call(SERVICE, "get_status", BallotKeySchema, idempotent=True, response=BallotStatusSchema)
GET_LOG_STATE = Call(SERVICE, "get_log_state", PollIdSchema, idempotent=True, response=LogStateSchema)
GET_ENTRIES = Call(
    SERVICE, "get_entries", EntriesRequestSchema, idempotent=True, deadline=10.0, response=EntriesSchema
)
GET_SEALING = Call(SERVICE, "get_sealing", PollIdSchema, idempotent=True, response=SealingSchema)
LIST_DEAD_LETTERS = list_dead_letters(SERVICE)
REPLAY_DEAD_LETTERS = replay_dead_letters(SERVICE)
DISCARD_DEAD_LETTERS = discard_dead_letters(SERVICE)
GET_KEYS = Call(SERVICE, "get_keys", idempotent=True, response=PublicKeysSchema)

SEQUENCED = Event(SERVICE, "ballots.sequenced", LogEventSchema)
SEALED = Event(SERVICE, "ballots.sealed", LogEventSchema)
DEAD_LETTERS_DISCARDED = Event(SERVICE, "dead_letters.discarded", DeadLettersDiscardedSchema)
