"""The breakdown of a result: what the public log can say of it.

The log has no districts, ages or genders, so nobody can count a breakdown again. But it is declared in the frozen definition,
its totals are in the log, and figures of fewer than the declared least number of voters must not be in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from auditor.recount.city import City
from auditor.recount.counting import Count
from auditor.recount.findings import Findings
from auditor.recount.results import TOLD

Table = Mapping[str, Any]
Line = Sequence[int | None]


def check_breakdown(result: Mapping[str, Any], count: Count, city: City, findings: Findings) -> None:
    """Whether the breakdown is the declared one, adds up to the log, and tells no small figure."""
    declared, said = (city.definition or {}).get("breakdown"), result.get("breakdown")
    if declared is None and said is None:
        return
    if not isinstance(declared, Mapping) or not isinstance(said, Mapping):
        findings.differs("breakdown_not_declared" if declared is None else "breakdown_missing")
        return
    try:
        same = (said["by"], said["least"]) == (declared["by"], declared["least"])
        places = list(_wrong(said, count))
    except (KeyError, TypeError, ValueError, AttributeError):  # of another form
        findings.differs("breakdown_malformed")
        return
    findings.check(
        same and not places,
        "breakdown_agrees",
        "breakdown_differs",
        places=[*_undeclared(same), *places][:TOLD],
    )
    findings.note("breakdown_not_recounted")


def _undeclared(same: bool) -> list[str]:
    return [] if same else ["by, least"]


def _wrong(said: Mapping[str, Any], count: Count) -> Iterator[str]:
    least = said["least"]
    for table in said["voters"]:
        yield from _line(
            f"voters/{table['by']}", [row["voters"] for row in table["rows"]], count.ballots, least
        )
    for question in said["questions"]:
        profile = count.profiles[question["id"]]
        for table in question["tables"]:
            here = "/".join((question["id"], table["by"], *([table["option"]] if "option" in table else [])))
            yield from _line(
                f"{here}/answered", [row["answered"] for row in table["rows"]], profile.answered, least
            )
            totals = _totals(profile.result(), table)
            for n, column in enumerate(table["columns"]):
                yield from _line(
                    f"{here}/{column}", [row["counts"][n] for row in table["rows"]], totals[column], least
                )
    yield from _turnout(said["turnout"], count.ballots, least)


def _line(place: str, figures: Line, total: int, least: int) -> Iterator[str]:
    """Figures that together are `total`; those that are not told are null."""
    told = [figure for figure in figures if figure is not None]
    right = sum(told) == total if len(told) == len(figures) else sum(told) <= total
    if not right:
        yield f"{place}: {sum(told)} ≠ {total}"
    if any(type(figure) is not int or figure < 0 or 0 < figure < least for figure in told):
        yield f"{place}: < {least}"


def _totals(result: Mapping[str, Any], table: Table) -> dict[str, int]:
    """The sums of a table's columns, as they follow from the log."""
    if "bins" in result:
        return {each["from"]: each["count"] for each in result["bins"]}
    if "option" in table:
        (option,) = (each for each in result["options"] if each["id"] == table["option"])
        return {str(points): n for points, n in enumerate(option["distribution"], start=result["lowest"])}
    return {each["id"]: each.get("voters", each["count"]) for each in result["options"]}


def _turnout(said: Mapping[str, Any], ballots: int, least: int) -> Iterator[str]:
    everybody, *rows = said["rows"]
    if sum(everybody["voters"]) != ballots:
        yield f"turnout: {sum(everybody['voters'])} ≠ {ballots}"
    if any(one >= other for one, other in pairwise(said["times"])):
        yield "turnout/times"
    for n, time in enumerate(said["times"]):
        if rows:
            yield from _line(
                f"turnout/{time}", [row["voters"][n] for row in rows], everybody["voters"][n], least
            )
