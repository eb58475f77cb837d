"""The `breakdown` of a final result, as `ResultBreakdownSchema` has it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from services.polls.contract.kinds import Question, share
from services.tally.breakdown.cohorts import Cohorts
from services.tally.breakdown.frame import Frame, frames
from services.tally.breakdown.suppression import Masked
from services.tally.breakdown.tables import Table, tables
from services.tally.breakdown.weighting import WEIGHTED_KINDS, question_weighted, weigh
from services.tally.contract.breakdown import TOO_FEW

Document = dict[str, Any]
MOST_HOURS = 72
SEOUL = timedelta(hours=9)
"""Ahead of UTC, all year."""
PLACE = "district"


def breakdown(questions: Sequence[Question], cohorts: Cohorts, declared: Mapping[str, Any]) -> Document:
    """What the poll's definition declared, of what was counted: only what can be told."""
    rows = frames(cohorts, declared["least"])
    asked: dict[str, Document] = {}
    for question in questions:
        asked[question["id"]] = {"id": question["id"], "tables": _tables(question, cohorts, rows, asked)}
    weighting = weigh(cohorts, rows, declared.get("margins") or {})
    for question in questions:
        if weighting is not None and question["kind"] in WEIGHTED_KINDS:
            own = asked[question["id"]]
            own["weighted"] = question_weighted(question, cohorts, weighting, own["tables"])
    return {
        "by": list(cohorts.by),
        "least": declared["least"],
        "voters": [_voters(frame) for frame in rows.values()],
        "questions": list(asked.values()),
        "turnout": turnout(cohorts, rows.get(PLACE)),
    }


def _voters(frame: Frame) -> Document:
    everybody = sum(frame.voters)
    rows = [
        {"value": value, "voters": n, "share": None if n is None else share(n, everybody)}
        for value, n in zip(frame.values, frame.told, strict=True)
    ]
    return {"by": frame.by, "rows": rows, **({"withheld": TOO_FEW} if frame.hidden is None else {})}


def _tables(
    question: Question, cohorts: Cohorts, rows: Mapping[str, Frame], asked: Mapping[str, Document]
) -> list[Document]:
    found = []
    for frame in rows.values():
        groups = cohorts.counters_by(frame.by, question["id"])
        answered = [group.get("", 0) for group in groups]
        told = _answered(question, frame, answered, asked)
        made = tables(question, groups)
        masked = [None if told is None else frame.counts(t.counts, answered, told) for t in made]
        if told is None or (None in masked and answered != list(frame.voters)):
            masked, told = [None] * len(made), [None] * len(answered)
        found += [_table(frame, table, told, counts) for table, counts in zip(made, masked, strict=True)]
    return found


def _answered(
    question: Question, frame: Frame, answered: Sequence[int], asked: Mapping[str, Document]
) -> list[int | None] | None:
    """How many answered, row by row. Whether a question with a condition was asked follows from another answer: where that is
    suppressed, so is this.
    """
    told = frame.answered(answered)
    condition = question.get("show_if")
    if told is None or not condition:
        return told
    earlier = [table for table in asked[condition["question"]]["tables"] if table["by"] == frame.by]
    for table in earlier:
        for n, row in enumerate(table["rows"]):
            if None in (row["answered"], *row["counts"]):
                told[n] = None
    return told


def _table(frame: Frame, table: Table, told: Sequence[int | None], counts: Masked | None) -> Document:
    shown = counts or [[None] * len(table.columns) for _ in told]
    return {
        "by": frame.by,
        **({} if table.option is None else {"option": table.option}),
        "columns": list(table.columns),
        "rows": [
            {"value": value, "answered": n, "counts": list(row)}
            for value, n, row in zip(frame.values, told, shown, strict=True)
        ],
        **({"withheld": TOO_FEW} if counts is None else {}),
    }


# --- turnout


def turnout(cohorts: Cohorts, frame: Frame | None) -> Document:
    """Voters by hour, of polls longer than 72 hours by day in Seoul; by district where there is that dimension."""
    hours = sorted(cohorts.all_hours())
    unit = "day" if hours and _hour(hours[-1]) - _hour(hours[0]) >= timedelta(hours=MOST_HOURS) else "hour"
    times = _times(hours, unit)
    everybody = _by_time(cohorts.all_hours(), times, unit)
    found = {"unit": unit, "times": times, "rows": [{"value": None, "voters": everybody}]}
    if frame is None:
        return found
    counts = [_by_time(each, times, unit) for each in cohorts.hours_by(frame.by)]
    masked = None if frame.hidden is None else frame.counts(counts, frame.voters, frame.told)
    shown = masked or [[None] * len(times) for _ in counts]
    rows = [{"value": value, "voters": list(row)} for value, row in zip(frame.values, shown, strict=True)]
    withheld = {"withheld": TOO_FEW} if masked is None else {}
    return {"by": frame.by, **found, "rows": [*found["rows"], *rows], **withheld}


def _by_time(hours: Mapping[str, int], times: Sequence[str], unit: str) -> list[int]:
    found = dict.fromkeys(times, 0)
    for hour, number in hours.items():
        found[_time(_hour(hour), unit)] += number
    return list(found.values())


def _times(hours: Sequence[str], unit: str) -> list[str]:
    """Every hour, or day, from the first to the last in which somebody voted."""
    if not hours:
        return []
    first, last = _hour(hours[0]), _hour(hours[-1])
    steps = int((last - first) / timedelta(hours=1))
    return list(dict.fromkeys(_time(first + timedelta(hours=n), unit) for n in range(steps + 1)))


def _hour(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _time(hour: datetime, unit: str) -> str:
    return hour.strftime("%Y-%m-%dT%H:00:00Z") if unit == "hour" else (hour + SEOUL).strftime("%Y-%m-%d")
