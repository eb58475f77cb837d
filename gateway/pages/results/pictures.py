"""From a question's result to its figures."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from gateway import formats
from gateway.figures import Figure, Table
from gateway.figures.bars import Bar, Column, bars, columns
from gateway.figures.budget import Part, Use, budget
from gateway.figures.flow import flow
from gateway.figures.pairs import MOST_DRAWN, pairs
from gateway.pages.results.explanations import in_order
from services.tally.contract.sentences import Speech
from services.tally.contract.sentences.figures import decimal

Gettext = Callable[[str], str]
Question = Mapping[str, Any]


def figures(question: Question, result: Mapping[str, Any], speech: Speech, gettext: Gettext) -> list[Figure]:
    """All figures of one question besides its bars."""
    found = list(_of_counts(question, result, speech, gettext))
    if "outcome" in result:
        found += _of_outcome(question, result["outcome"], speech, gettext)
    return found


def _of_counts(
    question: Question, result: Mapping[str, Any], speech: Speech, gettext: Gettext
) -> Iterator[Figure]:
    if result.get("bins"):
        yield distribution(question, result, speech.language, gettext)


def _of_outcome(
    question: Question, outcome: Mapping[str, Any], speech: Speech, gettext: Gettext
) -> Iterator[Figure]:
    name = f"f-{question['id']}"
    if outcome["rule"] == "instant_runoff" and len(outcome["rounds"]) > 1:
        yield flow(f"{name}-rounds", outcome["rounds"], speech.label, decimal, gettext)
    if outcome.get("sources"):
        yield contributions(f"{name}-sources", outcome, speech, gettext)
    if "budget" in outcome:
        yield _budget(f"{name}-budget", question, outcome, speech, gettext)
    if "pairwise" in outcome:
        compared = {each[end] for each in outcome["pairwise"] for end in ("a", "b")}
        options = [option["id"] for option in in_order(outcome) if option["id"] in compared]
        yield pairs(f"{name}-pairs", options, outcome["pairwise"], speech.label, decimal, gettext)


def is_drawn(figure: Figure) -> bool:
    """Whether there is a picture: a table of many pairs stands alone."""
    return not (figure.name.endswith("-pairs") and len(figure.table.rows) > MOST_DRAWN)


def _budget(
    name: str, question: Question, outcome: Mapping[str, Any], speech: Speech, gettext: Gettext
) -> Figure:
    projects = {option["id"]: option for option in question["options"]}

    def use(title: str, chosen: list[str]) -> Use:
        return Use(title, [Part(speech.label(each), int(projects[each].get("cost") or 0)) for each in chosen])

    selected = [option["id"] for option in outcome["options"] if option["selected"]]
    uses = [use(gettext("This vote"), selected)]
    other = outcome.get("other")
    if other is not None and set(other["selected"]) != set(selected):
        title = gettext("For comparison: %(rule)s") % {"rule": speech.words.SHORT_RULES[other["rule"]]}
        uses.append(use(title, other["selected"]))
    return budget(name, int(outcome["budget"]["limit"]), uses, speech.money, gettext)


def distribution(question: Question, result: Mapping[str, Any], language: str, gettext: Gettext) -> Figure:
    """How often which number or date was given."""
    dated = result["kind"] == "date"
    labels = [bin_label(each, language, dated=dated) for each in result["bins"]]
    rows = [
        [label, formats.number_text(each["count"]), f"{each['share']}%"]
        for label, each in zip(labels, result["bins"], strict=True)
    ]
    head = [gettext("Date") if dated else gettext("Value"), gettext("Ballots"), gettext("Share")]
    title = gettext("How often each date was given") if dated else gettext("How often each value was given")
    one_year = dated and len({each[end][:4] for each in result["bins"] for end in ("from", "to")}) == 1
    axis = [bin_label(each, language, dated=dated, year=not one_year) for each in result["bins"]]
    counted = [Column(label, each["count"]) for label, each in zip(axis, result["bins"], strict=True)]
    return columns(
        f"f-{question['id']}-bins",
        title,
        gettext("A column for each, as tall as the number of ballots."),
        counted,
        formats.number_text,
        Table(head, rows, frozenset((1, 2))),
    )


def bin_label(each: Mapping[str, Any], language: str, *, dated: bool, year: bool = True) -> str:
    """One value, or from where to where; of dates with the `year` or without."""
    first, last = (
        _day(each[end], language, year=year) if dated else decimal(Fraction(str(each[end])), 6)
        for end in ("from", "to")
    )
    return first if first == last else f"{first}~{last}"


def _day(value: str, language: str, *, year: bool) -> str:
    """`2026. 12. 1.` or `1 Dec 2026`."""
    day = date.fromisoformat(value)
    if language == "ko":
        return f"{day.year}. " * year + f"{day.month}. {day.day}."
    return f"{day.day} {formats.MONTHS[day.month - 1]}" + f" {day.year}" * year


def contributions(name: str, outcome: Mapping[str, Any], speech: Speech, gettext: Gettext) -> Figure:
    """What each source of a composite result gives each option, in hundredths of the whole."""
    sources = outcome["sources"]
    titles = [_source_title(speech, source) for source in sources]
    given = [{each["id"]: each for each in source["options"]} for source in sources]
    weights = [Fraction(source["weight"]) * 100 for source in sources]
    rows, made = [], []
    for option in in_order(outcome):
        if not all(option["id"] in own for own in given):
            continue
        parts = [
            weight * Fraction(own[option["id"]]["score"]) for weight, own in zip(weights, given, strict=True)
        ]
        total = sum(parts, Fraction(0))
        label = speech.label(option["id"])
        cells = [
            f"{decimal(part)} ({_raw(own[option['id']])})" for part, own in zip(parts, given, strict=True)
        ]
        rows.append([label, *cells, decimal(total)])
        made.append(Bar(label, [float(part) for part in parts], decimal(total), option["selected"]))
    head = [gettext("Option"), *titles, gettext("Together")]
    return bars(
        name,
        gettext("What each assessment contributes"),
        gettext("Points out of 100; in the table, in brackets, the score as it was given."),
        made,
        Table(head, rows, frozenset(range(1, len(head)))),
        legend=titles,
    )


def _source_title(speech: Speech, source: Mapping[str, Any]) -> str:
    name = speech.words.BALLOTS if source["name"] == "ballots" else source["name"]
    return f"{name} {decimal(Fraction(source['weight']) * 100)}%"


def _raw(each: Mapping[str, Any]) -> str:
    return decimal(Fraction(str(each.get("given", each["score"]))))
