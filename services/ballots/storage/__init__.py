"""Tables and queries of ballots."""

from services.ballots.storage import record_tables as record_tables
from services.ballots.storage.cohorts import CohortReader
from services.ballots.storage.erasure import ErasureBook
from services.ballots.storage.log_reader import LogReader
from services.ballots.storage.record_book import RecordBook
from services.ballots.storage.refusals import RefusalBook
from services.ballots.storage.store import BallotStore
from services.ballots.storage.tables import (
    ballot,
    cohort_counter,
    entry,
    log,
    metadata,
    outbox,
    refusal,
    waiting,
)
from services.ballots.storage.transaction import BallotTransaction, LostWriter

__all__ = [
    "BallotStore",
    "BallotTransaction",
    "CohortReader",
    "ErasureBook",
    "LogReader",
    "LostWriter",
    "RecordBook",
    "RefusalBook",
    "ballot",
    "cohort_counter",
    "entry",
    "log",
    "metadata",
    "outbox",
    "refusal",
    "waiting",
]
