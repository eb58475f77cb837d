"""Everything that can be asked of ballots, and what it announces."""

from services.ballots.contract import casting as c
from services.ballots.contract import cohorts as g
from services.ballots.contract import logs as t
from services.common.contract import Batch, Call, Event
from services.common.errors import InvalidInput
from services.common.operations.contract import (
    discard_dead_letters,
    list_dead_letters,
    replay_dead_letters,
)
from services.common.public_keys import PublicKeysSchema

SERVICE = "ballots"

CAST = Batch(
    SERVICE,
    "cast",
    (c.AlreadyVoted, c.PollNotOpen, c.InvalidPass, c.BallotIdTaken, c.PollUnknown, InvalidInput),
    reliable=True,
    deadline=5.0,
)
GET_STATUS = Call(SERVICE, "get_status", c.BallotKeySchema, idempotent=True, response=c.BallotStatusSchema)
GET_LOG_STATE = Call(SERVICE, "get_log_state", c.PollIdSchema, idempotent=True, response=t.LogStateSchema)
GET_ENTRIES = Call(
    SERVICE, "get_entries", t.EntriesRequestSchema, idempotent=True, deadline=10.0, response=t.EntriesSchema
)
GET_TEXTS = Call(
    SERVICE, "get_texts", c.TextsRequestSchema, idempotent=True, deadline=10.0, response=c.TextsSchema
)
GET_COHORTS = Call(
    SERVICE,
    "get_cohorts",
    g.CohortsRequestSchema,
    (g.NotSealed,),
    idempotent=True,
    deadline=10.0,
    response=g.CohortsSchema,
)
GET_SEALING = Call(SERVICE, "get_sealing", c.PollIdSchema, idempotent=True, response=t.SealingSchema)
LIST_DEAD_LETTERS = list_dead_letters(SERVICE)
REPLAY_DEAD_LETTERS = replay_dead_letters(SERVICE)
DISCARD_DEAD_LETTERS = discard_dead_letters(SERVICE)
GET_KEYS = Call(SERVICE, "get_keys", idempotent=True, response=PublicKeysSchema)

_OF_LOG = (t.LogNotFound,)
_OF_TILE = (t.LogNotFound, t.TileNotFound)
GET_CHECKPOINT = Call(
    SERVICE, "get_checkpoint", t.LogIdSchema, _OF_LOG, idempotent=True, response=t.CheckpointSchema
)
GET_TILE = Call(SERVICE, "get_tile", t.TileRequestSchema, _OF_TILE, idempotent=True, response=t.TileSchema)
GET_ENTRY_BUNDLE = Call(
    SERVICE, "get_entry_bundle", t.BundleRequestSchema, _OF_TILE, idempotent=True, response=t.BundleSchema
)
LOOKUP_LEAVES = Call(
    SERVICE,
    "lookup_leaves",
    t.LookupSchema,
    _OF_LOG,
    deadline=10.0,
    idempotent=True,
    response=t.FoundLeavesSchema,
)
GET_CITY_RECORD = Call(
    SERVICE, "get_city_record", c.PollIdSchema, _OF_LOG, idempotent=True, response=t.CityRecordSchema
)
GET_LOGS = Call(SERVICE, "get_logs", t.LogsRequestSchema, idempotent=True, response=t.LogsSchema)
GET_WITNESSES = Call(SERVICE, "get_witnesses", idempotent=True, response=t.WitnessesSchema)

SEQUENCED = Event(SERVICE, "ballots.sequenced", t.LogEventSchema)
SEALED = Event(SERVICE, "ballots.sealed", t.LogEventSchema)
"""The log will never grow and its final checkpoint is published."""
DEAD_LETTERS_DISCARDED = Event(SERVICE, "dead_letters.discarded", c.DeadLettersDiscardedSchema)
