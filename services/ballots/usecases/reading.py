"""What ballots tells of receipts and of the log."""

from typing import Any

from services.ballots.receipts import ReceiptSigner
from services.ballots.storage import BallotStore, LogReader, RefusalBook
from services.ballots.usecases import log_reading

PAGE_CHARACTERS = 4_000_000


def status(
    poll_id: str,
    ballot_id: str,
    *,
    store: BallotStore,
    receipts: ReceiptSigner,
    refusals: RefusalBook,
    reader: LogReader,
) -> dict[str, Any]:
    """Whether a ballot is recorded, with its receipt, and its place and proof once it has them, or why not; never the
    choice.
    """
    found = store.find(poll_id, ballot_id)
    if found is None:
        code = refusals.find(poll_id, ballot_id)
        return {"status": "unknown"} if code is None else {"status": "refused", "code": code}
    recorded, index = found
    receipt = receipts.receipt(recorded, store.include_within(poll_id))
    answer: dict[str, Any] = {"status": "recorded", "receipt": receipt}
    return (
        answer
        if index is None
        else {**answer, "index": index, **log_reading.place_of(poll_id, index, reader=reader)}
    )


def entries(poll_id: str, start: int, limit: int, *, store: BallotStore) -> dict[str, Any]:
    """Leaves from `start` on, fewer than `limit` where they are long. What was read once never changes.

    The state is read before the leaves, so `sealed` is only told with a page that can be the last.
    """
    log = store.log(poll_id)
    leaves = store.leaves(poll_id, start, limit, PAGE_CHARACTERS)
    return {"entries": leaves[: max(0, log.size - start)], "size": log.size, "sealed": log.sealed}
