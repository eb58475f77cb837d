"""`date`: a day from `earliest` to `latest`, both required and at most ten years apart. Answer: `"YYYY-MM-DD"`."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from services.polls.contract.kinds import PLAIN, Counters, Problem, Question, share

NAME = "date"
WIDGET = "date"
COUNTED = True
RECORDED = PLAIN
FIELDS = frozenset(("earliest", "latest"))
MOST_DAYS = 3653
MOST_SINGLE, MOST_WEEKLY = 62, 366
_DAY = re.compile(r"(1[89]|2\d)\d{2}-\d{2}-\d{2}", re.ASCII)


def day(text: Any) -> date | None:
    """The day that is written so, or nothing: of the years 1800 to 2999."""
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def check_definition(question: Question) -> list[Problem]:
    missing = [Problem(f"/{n}", "required") for n in ("earliest", "latest") if question.get(n) is None]
    if missing:
        return missing
    earliest, latest = day(question["earliest"]), day(question["latest"])
    if earliest is None or latest is None:
        return [Problem("/earliest" if earliest is None else "/latest", "not_a_date")]
    if earliest > latest:
        ends = {"least": question["earliest"], "most": question["latest"]}
        return [Problem("/latest", "range_impossible", ends)]
    if (latest - earliest).days > MOST_DAYS:
        return [Problem("/latest", "dates_too_far_apart", {"years": 10})]
    return [Problem("/options", "options_not_used")] if question["options"] else []


def check_answer(question: Question, answer: Any) -> list[Problem]:
    if day(answer) is None:
        return [Problem("", "not_a_date")]
    earliest, latest = question["earliest"], question["latest"]
    if earliest <= answer <= latest:
        return []
    return [Problem("", "date_outside", {"earliest": earliest, "latest": latest})]


def canonical(question: Question, answer: Any) -> str:
    return str(answer)


def count(question: Question, answer: Any) -> Iterable[tuple[str, int]]:
    return ((answer, 1),)


def bins(question: Question) -> Iterator[tuple[date, date]]:
    """First and last day of each bin, from `earliest` on: of up to 62 days each day, of up to 366 seven days each, else calendar
    months.
    """
    start, end = date.fromisoformat(question["earliest"]), date.fromisoformat(question["latest"])
    days = (end - start).days + 1
    while start <= end:
        if days > MOST_WEEKLY:
            following = (start.replace(day=1) + timedelta(days=31)).replace(day=1)
        else:
            following = start + timedelta(days=7 if days > MOST_SINGLE else 1)
        yield start, min(following - timedelta(days=1), end)
        start = following


def summarise(question: Question, counters: Counters, answered: int) -> dict[str, Any]:
    """`bins`: the distribution, shares of those who answered."""
    found = []
    for first, last in bins(question):
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        n = sum(counters.get(each.isoformat(), 0) for each in days)
        ends = {"from": first.isoformat(), "to": last.isoformat()}
        found.append({**ends, "count": n, "share": share(n, answered)})
    return {"options": [], "bins": found}
