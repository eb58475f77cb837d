"""`date`: a day from `earliest` to `latest`, as YYYY-MM-DD.

The result's bins are days where there are at most 62, seven days from `earliest` on where there are at most 366, else calendar months.
"""

import re
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from auditor.kinds import Counters, Question, percent

NAME = "date"


def is_valid(question: Question, answer: Any) -> bool:
    if not isinstance(answer, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", answer):
        return False
    try:
        return _first(question) <= date.fromisoformat(answer) <= date.fromisoformat(question["latest"])
    except ValueError:
        return False


def count(question: Question, counters: Counters, answer: Any, ballots: int) -> None:
    counters[answer] += ballots


def result(question: Question, counters: Counters, answered: int) -> dict[str, Any]:
    bins = []
    for days in _bins(question):
        ballots = sum(counters[day.isoformat()] for day in days)
        ends = {"from": days[0].isoformat(), "to": days[-1].isoformat()}
        bins.append({**ends, "count": ballots, "share": percent(ballots, answered)})
    return {"options": [], "bins": bins}


def _bins(question: Question) -> list[list[date]]:
    first, last = _first(question), date.fromisoformat(question["latest"])
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def bin_of(day: date) -> object:
        if len(days) > 366:
            return day.year, day.month
        return (day - first).days // (7 if len(days) > 62 else 1)

    return [list(group) for _, group in groupby(days, key=bin_of)]


def _first(question: Question) -> date:
    return date.fromisoformat(question["earliest"])
