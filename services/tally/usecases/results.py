"""Telling results, through the embargo gate."""

from collections.abc import Mapping
from typing import Any

from services.common.crypto import Verifier
from services.polls.contract import ballot_rules
from services.polls.contract.kinds import share
from services.tally.contract import ResultsEmbargoed
from services.tally.domain import Count, Facts, Poll, Visibility, by_question
from services.tally.sources import Sources
from services.tally.storage import TallyStore
from services.tally.usecases import finals
from services.tally.usecases.counting import refresh
from services.tally.usecases.outcomes import with_outcomes


def results(store: TallyStore, sources: Sources, keys: Verifier, poll_id: str) -> dict[str, Any]:
    """What may be seen now, as in `ResultsSchema`. Raises `ResultsNotFound`, `ResultDamaged`, `Unavailable`."""
    found = store.poll(poll_id) or refresh(store, sources, poll_id)
    return seen(store, keys, found)


def visible(store: TallyStore, sources: Sources, poll_id: str) -> dict[str, Any]:
    """What the gate says of this poll, for whoever serves something that hangs on it. Raises `ResultsNotFound`, `Unavailable`."""
    found = store.poll(poll_id) or refresh(store, sources, poll_id)
    return {
        "poll_id": poll_id,
        "results": found.facts.results,
        "visible": found.visibility is not Visibility.EMBARGOED,
        "final": found.visibility is Visibility.FINAL,
    }


def final(store: TallyStore, sources: Sources, keys: Verifier, poll_id: str) -> dict[str, Any]:
    """The signed document. Raises `ResultsNotFound`, `ResultsEmbargoed`, `ResultDamaged`, `Unavailable`."""
    found = store.poll(poll_id) or refresh(store, sources, poll_id)
    if found.visibility is not Visibility.FINAL:
        raise ResultsEmbargoed(results=found.facts.results)
    finals.checked(found, keys)
    return {"document": found.final}


def seen(store: TallyStore, keys: Verifier, found: Poll) -> dict[str, Any]:
    """What the gate lets through of this poll."""
    if found.visibility is Visibility.FINAL:
        return finals.checked(found, keys)
    if found.visibility is Visibility.LIVE:
        applied, counters = store.counted(found.poll_id)
        return document(found.facts, "live", Count(entries=applied, counters=counters))
    return {"poll_id": found.poll_id, "state": "embargoed", "results": found.facts.results, "questions": []}


def document(
    facts: Facts, state: str, count: Count, ended: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """A result with its numbers. Only strings, integers, lists and objects: it can be signed.

    `ended`, of a final one: when it was counted and the log's final checkpoint.
    """
    counts = ballot_rules.summarise(facts.questions, by_question(count.counters))
    result: dict[str, Any] = {
        "poll_id": facts.poll_id,
        "state": state,
        "results": facts.results,
        "questions": with_outcomes(facts, counts, count),
        "voters": count.entries,
        "as_of": count.entries,
        "definition_hash": facts.definition_hash,
    }
    if count.breakdown is not None:
        result["breakdown"] = count.breakdown
    if facts.roll_size is not None:
        result["turnout"] = {"roll": facts.roll_size, "share": share(count.entries, facts.roll_size)}
    return {**result, **(ended or {})}


def public_keys(keys: Verifier) -> dict[str, Any]:
    """The keys that final results are checked with."""
    return {
        "keys": [
            {"id": key_id, "use": "result", "algorithm": "Ed25519", "public_key": key}
            for key_id, key in sorted(keys.to_wire().items())
        ]
    }
