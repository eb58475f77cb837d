"""What polls answers and what it announces."""

from services.common.contract import Batch, Call, Event
from services.common.errors import InvalidInput
from services.common.operations.contract import (
    discard_dead_letters,
    list_dead_letters,
    replay_dead_letters,
)
from services.common.public_keys import PublicKeysSchema
from services.polls.contract import errors as e
from services.polls.contract import record
from services.polls.contract import roll_schemas as r
from services.polls.contract import schemas as s
from services.polls.contract import source_schemas as ss

SERVICE = "polls"
OPERATE = (e.PollNotFound, e.NotAllowed)

CREATE_POLL = Call(SERVICE, "create_poll", s.CreatePollSchema, (e.NotAllowed,), response=s.PollSchema)
UPDATE_POLL = Call(
    SERVICE, "update_poll", s.UpdatePollSchema, (*OPERATE, e.PollFrozen, e.WrongState), response=s.PollSchema
)
DELETE_POLL = Call(SERVICE, "delete_poll", s.PollIdSchema, (*OPERATE, e.WrongState))
COPY_POLL = Call(SERVICE, "copy_poll", s.CopyPollSchema, OPERATE, response=s.PollSchema)
SCHEDULE_POLL = Call(
    SERVICE, "schedule_poll", s.SchedulePollSchema, (*OPERATE, e.WrongState), response=s.PollSchema
)
OPEN_POLL = Call(SERVICE, "open_poll", s.PollIdSchema, (*OPERATE, e.WrongState), response=s.PollSchema)
CLOSE_POLL = Call(SERVICE, "close_poll", s.PollIdSchema, (*OPERATE, e.WrongState), response=s.PollSchema)
CANCEL_POLL = Call(SERVICE, "cancel_poll", s.PollIdSchema, (*OPERATE, e.WrongState), response=s.PollSchema)
PUBLISH_POLL = Call(
    SERVICE,
    "publish_poll",
    s.PollIdSchema,
    (*OPERATE, e.WrongState, e.NotCertified, e.PublicationBlocked),
    response=s.PollSchema,
)
GET_POLL = Call(
    SERVICE, "get_poll", s.PollIdSchema, (e.PollNotFound,), idempotent=True, response=s.PollSchema
)
LIST_POLLS = Call(SERVICE, "list_polls", s.ListPollsSchema, idempotent=True, response=s.PollListSchema)
LIST_CHANGES = Call(
    SERVICE, "list_changes", s.PollIdSchema, (e.PollNotFound,), idempotent=True, response=s.ChangesSchema
)
ADD_IMAGE = Call(
    SERVICE,
    "add_image",
    s.AddImageSchema,
    (*OPERATE, e.PollFrozen, e.InvalidImage),
    deadline=15.0,
    response=s.ImageSchema,
)
BEGIN_ROLL = Call(
    SERVICE,
    "begin_roll",
    r.BeginRollSchema,
    (*OPERATE, e.PollFrozen, e.UploadNotFound),
    idempotent=True,
    response=r.RollStatusSchema,
)
ADD_ROLL_ROWS = Call(
    SERVICE,
    "add_roll_rows",
    r.AddRollRowsSchema,
    (*OPERATE, e.PollFrozen, e.UploadNotFound, e.TooManyRows),
    deadline=30.0,
    idempotent=True,
    response=r.RollStatusSchema,
)
COMMIT_ROLL = Call(
    SERVICE,
    "commit_roll",
    r.RollUploadSchema,
    (*OPERATE, e.PollFrozen, e.UploadNotFound),
    deadline=30.0,
    idempotent=True,
    response=r.RollStatusSchema,
)
ABANDON_ROLL = Call(
    SERVICE, "abandon_roll", r.RollUploadSchema, OPERATE, idempotent=True, response=r.RollStatusSchema
)
GET_ROLL = Call(SERVICE, "get_roll", s.PollIdSchema, OPERATE, idempotent=True, response=r.RollStatusSchema)
FILTER_ROLL = Call(
    SERVICE,
    "filter_roll",
    r.FilterRollSchema,
    (*OPERATE, e.WrongState),
    deadline=30.0,
    idempotent=True,
    response=r.FilteredRollSchema,
)
GET_DEFINITION = Call(
    SERVICE, "get_definition", s.PollIdSchema, (e.PollNotFound,), idempotent=True, response=s.DefinitionSchema
)
ENTER_SOURCE = Call(
    SERVICE,
    "enter_source",
    ss.EnterSourceSchema,
    (*OPERATE, e.WrongState, e.UnknownSource, e.SourcesSettled),
    idempotent=True,
    response=ss.SourceSchema,
)
LIST_SOURCES = Call(
    SERVICE, "list_sources", s.PollIdSchema, (e.PollNotFound,), idempotent=True, response=ss.SourcesSchema
)
SETTLE_SOURCES = Call(
    SERVICE,
    "settle_sources",
    s.PollIdSchema,
    (e.PollNotFound, e.WrongState, e.SourcesMissing),
    idempotent=True,
    response=ss.SettledSchema,
)
"""For tally alone, when it is about to certify: gives the scores of a closed poll, which nobody can change from then on."""
GET_COHORT_CELLS = Call(
    SERVICE,
    "get_cohort_cells",
    s.PollIdSchema,
    (e.PollNotFound, e.WrongState, e.CohortsGone),
    deadline=10.0,
    idempotent=True,
    response=s.CohortCellsSchema,
)
LIST_DEAD_LETTERS = list_dead_letters(SERVICE)
REPLAY_DEAD_LETTERS = replay_dead_letters(SERVICE)
DISCARD_DEAD_LETTERS = discard_dead_letters(SERVICE)
GET_KEYS = Call(SERVICE, "get_keys", idempotent=True, response=PublicKeysSchema)

PASS_ERRORS = (
    e.PollNotFound,
    e.PollNotOpen,
    e.NotEligible,
    e.EvidenceNeeded,
    e.WrongPassword,
    e.TooManyTries,
    InvalidInput,
)
ISSUE_PASSES = Batch(SERVICE, "passes", PASS_ERRORS, reliable=False, deadline=2.0)

POLL_OPENED = Event(SERVICE, "poll.opened", s.PollEventSchema)
POLL_CLOSED = Event(SERVICE, "poll.closed", s.PollEventSchema)
POLL_PUBLISHED = Event(SERVICE, "poll.published", s.PollEventSchema)
RECORD_ENTRY = Event(SERVICE, "record.entry", record.RecordEntrySchema)
POLL_CHANGED = Event(SERVICE, "poll.changed", s.PollEventSchema, watched=True)
