"""What ballots tells of receipts and of the log."""

from collections.abc import Callable, Mapping
from typing import Any

from services.ballots.contract import CAST
from services.ballots.receipts import ReceiptSigner
from services.ballots.storage import BallotStore, RefusalBook
from services.common.crypto import Verifier

PAGE_CHARACTERS = 4_000_000


def status(
    poll_id: str, ballot_id: str, *, store: BallotStore, receipts: ReceiptSigner, refusals: RefusalBook
) -> dict[str, Any]:
    """Whether a ballot is recorded, with its receipt and its index once it has one, or why not; never the choice."""
    found = store.find(poll_id, ballot_id)
    if found is None:
        code = refusals.find(poll_id, ballot_id)
        return {"status": "unknown"} if code is None else {"status": "refused", "code": code}
    recorded, index = found
    answer: dict[str, Any] = {"status": "recorded", "receipt": receipts.receipt(recorded)}
    return answer if index is None else {**answer, "index": index}


def log_state(poll_id: str, *, store: BallotStore) -> dict[str, Any]:
    """How far the poll's log has come; a poll without ballots has an empty one."""
    log = store.log(poll_id)
    return {"size": log.size, "sealed": log.sealed}


def sealing(poll_id: str, *, store: BallotStore, count: Callable[[], Mapping[str, int]]) -> dict[str, Any]:
    """Whether the log is sealed, and how many dead letters among the casts keep it from that."""
    sealed = store.log(poll_id).sealed
    return {"sealed": sealed, "dead_letters": 0 if sealed else count()[CAST.queue]}


def entries(poll_id: str, start: int, limit: int, *, store: BallotStore) -> dict[str, Any]:
    """Leaves from `start` on, fewer than `limit` where they are long. What was read once never changes.

    The state is read before the leaves, so `sealed` is only told with a page that can be the last.
    """
    state = log_state(poll_id, store=store)
    leaves = store.leaves(poll_id, start, limit, PAGE_CHARACTERS)
    return {"entries": leaves[: max(0, state["size"] - start)], **state}


def public_keys(keys: Verifier) -> dict[str, Any]:
    """The keys that receipts are checked with."""
    return {
        "keys": [
            {"id": key_id, "use": "receipt", "algorithm": "Ed25519", "public_key": key}
            for key_id, key in sorted(keys.to_wire().items())
        ]
    }
