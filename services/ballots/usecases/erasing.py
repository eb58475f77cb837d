"""Erasing pseudonyms: once a poll is certified nobody may be able to find a voter's ballot any more, not even with keys."""

from prometheus_client import Gauge

from services.ballots.storage import ErasureBook
from services.common.telemetry.logs import get_logger

WAITING = Gauge("pseudonyms_to_erase_polls", "Certified polls of which pseudonyms are left")

BATCH = 2_000

log = get_logger(__name__)


def certified(book: ErasureBook, poll_id: str, agreed: bool) -> None:
    """Notes that the poll is certified. Idempotent; a recount that differs erases nothing."""
    if agreed:
        book.plan(poll_id)


def erase(book: ErasureBook, batch: int = BATCH) -> bool:
    """Erases one batch; whether there is more to do. Idempotent, whatever is cut short or done twice."""
    planned = book.planned()
    WAITING.set(len(planned))
    if not planned:
        book.empty_journal()
        return False
    if book.erase(planned[0], batch) == 0:
        log.info("the pseudonyms are erased", poll_id=planned[0])
    return True
