"""A result split by who voted, as pages show it: raw tables first, weighted shares beside them and labelled."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from gateway import formats
from gateway.figures import Figure, Table
from gateway.figures.bars import Bar, bars
from gateway.figures.turnout import Series, turnout
from gateway.pages.labels import DIMENSIONS, LABELS, N_
from gateway.pages.results.pictures import bin_label
from services.polls.contract.kinds import share
from services.tally.contract.sentences.figures import decimal

SUPPRESSED = "…"
Gettext = Callable[[str], str]
WITHHELD = {
    "too_few": N_(
        "Too few people voted here for any of this to be told without telling about single people."
    ),
    "suppressed": N_("Weighted figures are not told: a suppressed figure would follow from them."),
    "too_few_ballots": N_(
        "Weighted figures are not told: too few ballots came from a part of the population."
    ),
    "no_margin": N_(
        "Weighted figures are not told: ballots came from a part of the population whose size was not given."
    ),
    "not_converged": N_(
        "Weighted figures are not told: no weights fit all the given sizes of the population."
    ),
}


def broken_down(
    poll: Mapping[str, Any], result: Mapping[str, Any], language: str, gettext: Gettext
) -> dict[str, Any] | None:
    """Who voted, each question's tables by id, and turnout over time; nothing for a result that is not broken down."""
    found = result.get("breakdown")
    if not found:
        return None
    questions = {question["id"]: question for question in poll["questions"]}
    results = {own["id"]: own for own in result["questions"]}
    return {
        "least": found["least"],
        "voters": [_voters(table, gettext) for table in found["voters"]],
        "questions": {
            each["id"]: _question(questions[each["id"]], results[each["id"]], each, language, gettext)
            for each in found["questions"]
            if each["id"] in questions and each["tables"]
        },
        "turnout": over_time(found["turnout"], language, gettext),
    }


def dimension(by: str, gettext: Gettext) -> str:
    return gettext(DIMENSIONS.get(by, by))


def within(by: str, gettext: Gettext) -> str:
    """The dimension as a word within a sentence."""
    return dimension(by, gettext).lower()


def value_label(by: str, value: str, gettext: Gettext) -> str:
    """A district, an age band and so on by its name; `unknown`: what voters have not told."""
    return gettext(LABELS[f"by.{by}"].get(value, value))


def told(count: int | None) -> str:
    return SUPPRESSED if count is None else formats.number_text(count)


def _withheld(code: str | None, gettext: Gettext) -> str | None:
    return gettext(WITHHELD[code]) if code else None


def _voters(table: Mapping[str, Any], gettext: Gettext) -> dict[str, Any]:
    by = table["by"]
    rows = [
        [
            value_label(by, row["value"], gettext),
            told(row["voters"]),
            SUPPRESSED if row["share"] is None else f"{row['share']}%",
        ]
        for row in table["rows"]
        if row["voters"] != 0
    ]
    head = [dimension(by, gettext), gettext("Voters"), gettext("Share")]
    title = gettext("Voters by %(what)s") % {"what": within(by, gettext)}
    made = Table(head, rows, frozenset((1, 2)))
    return {"title": title, "table": made, "withheld": _withheld(table.get("withheld"), gettext)}


def _question(
    question: Mapping[str, Any],
    result: Mapping[str, Any],
    found: Mapping[str, Any],
    language: str,
    gettext: Gettext,
) -> dict[str, Any]:
    labels = column_labels(question, result, language, gettext)
    return {
        "tables": [_table(table, labels, gettext) for table in found["tables"]],
        "weighted": _weighted(question, result, found.get("weighted"), labels, gettext),
    }


def column_labels(
    question: Mapping[str, Any], result: Mapping[str, Any], language: str, gettext: Gettext
) -> dict[str, str]:
    """What people read for the columns of the question's tables; a column that is not among them is a number of points."""
    if question["kind"] == "yes_no":
        return {"yes": gettext("For"), "no": gettext("Against"), "abstain": gettext("Abstain")}
    dated = question["kind"] == "date"
    labels = {option["id"]: option["label"] for option in question["options"]}
    return labels | {each["from"]: bin_label(each, language, dated=dated) for each in result.get("bins", ())}


def _table(table: Mapping[str, Any], labels: Mapping[str, str], gettext: Gettext) -> dict[str, Any]:
    by = table["by"]
    head = [
        dimension(by, gettext),
        gettext("Answered"),
        *(labels.get(each, each) for each in table["columns"]),
    ]
    rows = [
        [value_label(by, row["value"], gettext), told(row["answered"]), *_cells(row)]
        for row in table["rows"]
        if row["answered"] != 0
    ]
    title = gettext("Answers by %(what)s") % {"what": within(by, gettext)}
    if "option" in table:
        title = f"{labels[table['option']]}: {title}"
    made = Table(head, rows, frozenset(range(1, len(head))))
    return {"title": title, "table": made, "withheld": _withheld(table.get("withheld"), gettext)}


def _cells(row: Mapping[str, Any]) -> list[str]:
    """Counts, with their share of the row where both may be told."""
    answered = row["answered"]
    return [
        f"{told(count)} ({share(count, answered)}%)" if answered and count is not None else told(count)
        for count in row["counts"]
    ]


def _weighted(
    question: Mapping[str, Any],
    result: Mapping[str, Any],
    weighted: Mapping[str, Any] | None,
    labels: Mapping[str, str],
    gettext: Gettext,
) -> dict[str, Any] | None:
    """Raw and weighted figures beside each other; None where the poll declared no sizes of the population."""
    if weighted is None:
        return None
    by = ", ".join(within(each, gettext) for each in weighted["by"])
    withheld = weighted.get("withheld") or _all_suppressed(weighted["options"])
    if withheld:
        return {"by": by, "withheld": _withheld(withheld, gettext), "figure": None}
    raw = {row["id"]: row for row in result["options"]}
    return {
        "by": by,
        "withheld": None,
        "ballots": weighted["ballots"],
        "left_out": weighted["left_out"],
        "effective": decimal(Fraction(weighted["effective"]), 1),
        "figure": _weighted_figure(question["id"], weighted["options"], raw, labels, gettext),
    }


def _all_suppressed(options: Sequence[Mapping[str, Any]]) -> str | None:
    """The code for figures of which none is told, each for its own reason."""
    return "suppressed" if options and all("withheld" in each for each in options) else None


def _weighted_figure(
    name: str,
    options: Sequence[Mapping[str, Any]],
    raw: Mapping[str, Mapping[str, Any]],
    labels: Mapping[str, str],
    gettext: Gettext,
) -> Figure:
    """Weighted shares (of scores: means) with their margins; the raw ones in the table."""
    unit = "" if any("mean" in each for each in options) else "%"
    field = "share" if unit else "mean"
    rows, made = [], []
    for each in options:
        label = labels.get(each["id"], each["id"])
        own = f"{raw[each['id']].get(field, SUPPRESSED)}{unit}" if each["id"] in raw else SUPPRESSED
        if field not in each:
            rows.append([label, own, SUPPRESSED, SUPPRESSED])
            continue
        rows.append([label, own, f"{each[field]}{unit}", f"±{each['margin']}"])
        figure = f"{each[field]}{unit} ±{each['margin']}"
        beside = gettext("%(option)s (as cast: %(share)s)") % {"option": label, "share": own}
        made.append(Bar(beside, [float(each[field])], figure, margin=float(each["margin"])))
    head = [gettext("Option"), gettext("As cast"), gettext("Weighted"), gettext("Margin of error (95%)")]
    return bars(
        f"f-{name}-weighted",
        gettext("Weighted to the population"),
        gettext("Estimates, not votes. The line at the end of a bar is the margin of error."),
        made,
        Table(head, rows, frozenset((1, 2, 3))),
        whole=100.0 if unit else 0.0,
    )


def over_time(found: Mapping[str, Any], language: str, gettext: Gettext) -> Figure | None:
    """When people voted; nothing without a time."""
    if not found["times"]:
        return None
    times = [time_label(each, found["unit"], language) for each in found["times"]]
    by = found.get("by", "district")
    series = [
        Series(
            gettext("All voters") if row["value"] is None else value_label(by, row["value"], gettext),
            row["voters"],
        )
        for row in found["rows"]
        if row["value"] is None or any(count != 0 for count in row["voters"])
    ]
    return turnout("f-turnout", times, series[0], series[1:], formats.number_text, gettext)


def time_label(value: str, unit: str, language: str) -> str:
    """`11. 22. 14시` or `22 Nov 14:00` of an hour in UTC, told in Seoul; without the hour of a day in Seoul."""
    if unit == "day":
        day, hour = date.fromisoformat(value), None
    else:
        moment = formats.parse_time(value)
        day, hour = moment.date(), moment.hour
    if language == "ko":
        return f"{day.month}. {day.day}." + ("" if hour is None else f" {hour}시")
    return f"{day.day} {formats.MONTHS[day.month - 1]}" + ("" if hour is None else f" {hour:02d}:00")
