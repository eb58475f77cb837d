"""Final results as they are kept: told only as long as they are what was signed."""

from typing import Any

import orjson
from prometheus_client import Gauge

from services.common.crypto import Verifier
from services.common.encodings import canonical_json, unb64u
from services.common.telemetry.logs import get_logger
from services.tally.contract import ResultDamaged
from services.tally.domain import Poll
from services.tally.storage import TallyStore

DAMAGED = Gauge(
    "tally_damaged_results_polls", "Certified polls whose stored final result is not what was signed"
)

log = get_logger(__name__)


def checked(found: Poll, keys: Verifier) -> dict[str, Any]:
    """The final result of a certified poll. Raises `ResultDamaged` unless it is the signed one of this very poll.

    Checked at each reading, some 100 microseconds: whoever can write to tally's database cannot make it tell another
    result. Its own key is what they lack.
    """
    document = _signed(found, keys)
    if document is None:
        log.error("a stored final result is not what was signed; it is told to nobody", poll_id=found.poll_id)
        raise ResultDamaged
    return document


def _signed(found: Poll, keys: Verifier) -> dict[str, Any] | None:
    try:
        document = orjson.loads(found.final or "")
        signature = document.pop("signature")
        good = keys.verify(signature["key_id"], unb64u(signature["value"]), canonical_json(document))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    names = {"poll_id": found.poll_id, "definition_hash": found.facts.definition_hash, "state": "final"}
    if not good or any(document.get(name) != value for name, value in names.items()):
        return None
    return {**document, "signature": signature}


def watch(store: TallyStore, keys: Verifier) -> None:
    """Looks at every final result that is kept, read or not."""
    damaged = [one.poll_id for one in store.certified_polls() if _signed(one, keys) is None]
    DAMAGED.set(len(damaged))
    for poll_id in damaged:
        log.error("a stored final result is not what was signed; it is told to nobody", poll_id=poll_id)
