"""META of a Pabulib file: what was voted on, when, and by which rule it was counted."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from services.common.encodings import canonical_json
from services.polls.contract.kinds import choice, cumulative, knapsack, ranking, score
from services.tally.contract.counting.thresholds import Wholes, least
from services.tally.formats import Export
from services.tally.formats.pb_file.vote import Vote, one_line

SEOUL = timezone(timedelta(hours=9), "KST")
RAISING = ("add1", "add1u")
UNKNOWN = "unknown"
EQUAL_SHARES = {"none": "equalshares", "add1": "equalshares/add1", "add1u": "equalshares/add1u"}
Row = tuple[str, Any]


def meta(export: Export, vote: Vote) -> Iterator[Row]:
    definition, title = export.definition, export.definition.get("title", "")
    several = len(definition["questions"]) > 1
    yield "description", one_line(f"{title}: {vote.question['title']}" if several else title)
    yield "country", "South Korea"
    yield "unit", one_line(export.organization or definition.get("organization", ""))
    yield "instance", day(export.opened_at)[-4:]
    yield "num_projects", len(vote.options)
    yield "num_votes", vote.result["answered"]
    yield "budget", vote.budget
    yield from ballots(vote)
    rule, threshold = stated(vote, export.result)
    yield "rule", rule
    if threshold is not None:
        yield "min_project_score_threshold", threshold
    yield "date_begin", day(export.opened_at)
    if export.closes_at is not None:
        yield "date_end", day(export.closes_at)
    yield "language", definition.get("language", "ko")
    yield "currency", "KRW"
    yield "comment", comment(export, vote)


def day(moment: str | None) -> str:
    """The date in Seoul as Pabulib writes it."""
    if moment is None:
        return ""
    found = datetime.fromisoformat(moment)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(SEOUL).strftime("%d.%m.%Y")


def ballots(vote: Vote) -> Iterator[Row]:
    """How people could vote."""
    return _BALLOTS[vote.question["kind"]](vote)


def _lengths(vote: Vote, limits: tuple[int, int]) -> Iterator[Row]:
    """A ballot that wants none of the projects names none of them."""
    yield "min_length", max(1, limits[0]) if len(vote.options) == len(vote.question["options"]) else 0
    yield "max_length", limits[1]


def _choice(vote: Vote) -> Iterator[Row]:
    limits = choice.limits(vote.question)
    yield "vote_type", "choose-1" if limits[1] == 1 else "approval"
    yield from _lengths(vote, limits)


def _knapsack(vote: Vote) -> Iterator[Row]:
    yield "vote_type", "approval"
    yield from _lengths(vote, knapsack.limits(vote.question))
    yield "max_sum_cost", vote.question["budget"]


def _cumulative(vote: Vote) -> Iterator[Row]:
    fewest, most = cumulative.limits(vote.question)
    yield "vote_type", "cumulative"
    yield "max_points", cumulative.most_each(vote.question)
    yield "min_sum_points", fewest
    yield "max_sum_points", most


def _score(vote: Vote) -> Iterator[Row]:
    lowest, highest = score.limits(vote.question)
    yield "vote_type", "scoring"
    yield "min_points", lowest
    yield "max_points", highest
    yield "default_score", 0


def _ranking(vote: Vote) -> Iterator[Row]:
    yield "vote_type", "ordinal"
    yield from _lengths(vote, ranking.limits(vote.question))


_BALLOTS = {
    "choice": _choice,
    "knapsack": _knapsack,
    "cumulative": _cumulative,
    "score": _score,
    "ranking": _ranking,
}


def stated(vote: Vote, result: Mapping[str, Any]) -> tuple[str, int | None]:
    """The rule by Pabulib's name and the least score of a project, when these say all of it; else that it is not known."""
    counting: Mapping[str, Any] = vote.result.get("counting") or {}
    if counting.get("rule") == "greedy":
        return _greedy(vote, counting, result)
    if counting.get("rule") == "equal_shares":
        return _equal_shares(vote, counting), None
    return UNKNOWN, None


def _equal_shares(vote: Vote, counting: Mapping[str, Any]) -> str:
    budget = vote.result.get("outcome", {}).get("budget", {})
    by_units = counting["completion"] not in RAISING or budget.get("increment") == 1
    plain = counting["utility"] == "cost" and "threshold" not in counting and by_units
    return EQUAL_SHARES.get(counting["completion"], UNKNOWN) if plain else UNKNOWN


def _greedy(vote: Vote, counting: Mapping[str, Any], result: Mapping[str, Any]) -> tuple[str, int | None]:
    threshold = counting["threshold"]
    roll = result["turnout"]["roll"] if "turnout" in result else None
    needed = least(threshold, Wholes(vote.result["answered"], vote.result["answered"], roll))
    by_votes = vote.has_points and "score" not in threshold
    other = counting["order"] != "votes" or counting.get("exclusive") or counting.get("caps")
    if other or needed == 0 or (by_votes and needed != 1):
        return UNKNOWN, None
    limited = None if by_votes or (needed == 1 and not vote.has_points) else needed
    if counting["unaffordable"] == "stop":
        return "greedy-no-skip", limited
    return "greedy" if limited is None else "greedy-threshold", limited


def comment(export: Export, vote: Vote) -> str:
    """Where the votes come from and how they were counted, for who wants to check it."""
    result, counting = export.result, vote.result.get("counting")
    parts = [
        f"poll {result['poll_id']}, question {vote.question['id']}",
        f"{result['state']} result of the first {result['as_of']} entries of its log",
        f"definition SHA-256 {result['definition_hash']}",
    ]
    if counting:
        parts.append(f"counted by {canonical_json(dict(counting)).decode()}")
    if vote.outcome.get("ties"):
        parts.append(f"ties broken by {vote.outcome['ties'][0]['by']}")
    return " ".join(f"#{n}: {part}" for n, part in enumerate(parts, start=1))
