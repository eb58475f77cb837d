"""The city's log: facts of polls and results, in the order in which they arrive."""

from collections.abc import Mapping
from typing import Any

from prometheus_client import Counter

from services.ballots.domain import CITY
from services.ballots.leaves import city_fact
from services.ballots.storage import BallotStore, LostWriter, RecordBook
from services.ballots.usecases.guarding import Guard
from services.common.errors import InvalidInput
from services.common.telemetry.logs import get_logger

FACTS = Counter("city_facts_total", "Facts taken into the city's log, each once")
STEP = 500

log = get_logger(__name__)


def take(book: RecordBook, payload: Mapping[str, Any]) -> None:
    """Takes a fact in; one that is told again changes nothing. Raises `InvalidInput` for one that no leaf can hold."""
    try:
        fact = city_fact(payload["id"], payload["kind"], payload["poll"], payload["at"], payload["body"])
    except ValueError:
        raise InvalidInput(errors=[{"pointer": "/body", "code": "invalid", "params": {}}]) from None
    if book.add_fact(fact):
        FACTS.inc()


def sequence(store: BallotStore, guard: Guard) -> int:
    """Gives the facts that wait their places; how many got one. Raises `Unavailable`."""
    if not store.facts_wait() or not guard.admits(CITY):
        return 0
    try:
        with store.write() as tx:
            found = tx.take_log(CITY)
            facts = tx.facts_waiting(STEP) if found is not None and not found.refused else []
            if found is None or not facts:
                return 0
            tx.append_facts(found, facts)
            tx.commit()
    except LostWriter:
        log.warning("another sequencer has written to the city's log; this step is undone")
        return 0
    return len(facts)
