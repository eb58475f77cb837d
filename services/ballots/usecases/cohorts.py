"""Counting ballots by cohorts, for polls that break their result down.

A ballot is counted in the step that gives it its place in the log, so it is counted once, whatever is cut short or done
twice; from then on nothing says to which cohort it belongs.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from services.ballots.contract import NotSealed
from services.ballots.domain import CohortCounter, PollFacts, Waiting
from services.ballots.storage import BallotStore, CohortReader
from services.common.errors import InvalidInput
from services.common.ids import format_utc
from services.polls.contract import ballot_rules

_VOTERS = ""
"""The question, and the counter, of those that count voters."""
MOST_COUNTERS = 50_000
"""Of one step: half a second of the database, which has to end long before a statement's deadline."""


class FactsNeeded(Exception):
    """There are ballots to be counted by cohorts, and it is not known what their poll asks."""


def most_in_a_step(facts: PollFacts | None, limit: int) -> int:
    """How many ballots one step takes, at most `limit`: each may add as many counters as its questions have options."""
    if facts is None or not facts.broken_down:
        return limit
    each = 2 + sum(_most_counters(question) for question in facts.questions)
    return max(1, min(limit, MOST_COUNTERS // each))


def _most_counters(question: Mapping[str, Any]) -> int:
    """Of one answer: that there is one, and an option each, or the three of a number."""
    return 1 + max(len(question["options"]), 3)


def count(waiting: Iterable[Waiting], facts: PollFacts | None) -> list[CohortCounter]:
    """What these ballots add to their poll's counters. Raises `FactsNeeded`."""
    counted = [one for one in waiting if one.cohort is not None]
    if counted and facts is None:
        raise FactsNeeded
    sums: Counter[tuple[str, str, str]] = Counter()
    for one in counted:
        assert one.cohort is not None
        assert facts is not None
        sums[one.cohort, _VOTERS, _VOTERS] += 1
        sums[one.cohort, _VOTERS, hour(one.recorded_at)] += 1
        answers = orjson.loads(one.leaf)["answers"]
        for question, name, n in ballot_rules.count_ballot(facts.questions, answers):
            sums[one.cohort, question, name] += n
    return [CohortCounter(*key, n) for key, n in sorted(sums.items())]


def hour(moment: datetime) -> str:
    """The name of the counter of voters of that hour, UTC."""
    return format_utc(moment.replace(minute=0, second=0, microsecond=0))


def page(poll_id: str, after: str, limit: int, *, store: BallotStore, reader: CohortReader) -> dict[str, Any]:
    """`CohortsSchema`. Raises `NotSealed`, and `InvalidInput` for an `after` that no page has told."""
    log = store.log(poll_id)
    if not log.sealed:
        raise NotSealed
    found = reader.page(poll_id, _place(after), limit)
    items = [{"cohort": one.cohort, "question": one.question, "name": one.name, "n": one.n} for one in found]
    return {"size": log.size, "items": items, "next": _next(found) if len(found) == limit else None}


def _next(found: Sequence[CohortCounter]) -> str:
    last = found[-1]
    return orjson.dumps([last.cohort, last.question, last.name]).decode()


def _place(after: str) -> tuple[str, str, str] | None:
    if not after:
        return None
    try:
        cohort, question, name = map(str, orjson.loads(after))
    except (ValueError, TypeError):
        raise InvalidInput([{"pointer": "/after", "code": "invalid", "params": {}}]) from None
    return cohort, question, name
