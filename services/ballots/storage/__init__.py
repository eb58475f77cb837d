"""Tables and queries of ballots."""

from services.ballots.storage.store import BallotStore
from services.ballots.storage.tables import ballot, entry, metadata, outbox, poll_log, waiting
from services.ballots.storage.transaction import BallotTransaction, LostWriter

__all__ = [
    "BallotStore",
    "BallotTransaction",
    "LostWriter",
    "ballot",
    "entry",
    "metadata",
    "outbox",
    "poll_log",
    "waiting",
]
