"""Tables and queries of ballots."""

from services.ballots.storage.refusals import RefusalBook
from services.ballots.storage.store import BallotStore
from services.ballots.storage.tables import ballot, entry, metadata, outbox, poll_log, refusal, waiting
from services.ballots.storage.transaction import BallotTransaction, LostWriter

__all__ = [
    "BallotStore",
    "BallotTransaction",
    "LostWriter",
    "RefusalBook",
    "ballot",
    "entry",
    "metadata",
    "outbox",
    "poll_log",
    "refusal",
    "waiting",
]
