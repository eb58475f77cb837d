"""The counts of each question as bars and tables show them."""

from collections.abc import Mapping
from typing import Any

from gateway.figures import Table
from gateway.formats import number_text
from gateway.pages.labels import YES_NO
from services.polls.contract.kinds import kinds

FIGURES = {"score": "mean", "cumulative": "points", "ranking": "firsts"}
"""What the figure beside a bar says, where it is not votes."""
Gettext = Any


def charts(poll: Mapping[str, Any], result: Mapping[str, Any], gettext: Gettext) -> list[dict[str, Any]]:
    """One chart a question, in the poll's order."""
    questions = {question["id"]: question for question in poll["questions"]}
    return [
        chart(questions[own["id"]], own, gettext) for own in result["questions"] if own["id"] in questions
    ]


def chart(question: Mapping[str, Any], result: Mapping[str, Any], gettext: Gettext) -> dict[str, Any]:
    labels = labels_of(question, gettext)
    highest = result.get("highest")
    best = max((weight(row) for row in result["options"]), default=0)
    chosen = selected(result)
    rows = [
        row_of(row, labels.get(row["id"], row["id"]), best, chosen=row["id"] in chosen)
        for row in result["options"]
    ]
    places = max((len(row["places"]) for row in rows), default=0)
    points = list(range(result.get("lowest", 0), (highest or 0) + 1))
    return {
        "id": question["id"],
        "title": question["title"],
        "kind": result["kind"],
        "figure": FIGURES.get(result["kind"], "votes"),
        "answered": result["answered"],
        "counted": kinds()[result["kind"]].COUNTED,
        "highest": highest,
        "mean": result.get("mean"),
        "points": points,
        "rows": rows,
        "places": places,
        "sheets": sheets_of(rows, points, places, gettext),
    }


def sheets_of(rows: list[dict[str, Any]], points: list[int], places: int, gettext: Gettext) -> list[int]:
    """Where the table of places, or of scores, is cut for paper; others are narrow."""
    if places:
        head = [gettext("Place %(n)s") % {"n": n} for n in range(1, places + 1)]
        cells = [[number_text(n) for n in row["places"]] for row in rows]
    elif any(row["distribution"] for row in rows):
        head = [gettext("Mean"), *map(str, points)]
        cells = [[row["mean"], *map(number_text, row["distribution"])] for row in rows]
    else:
        return []
    return Table(["", *head], [[row["label"], *each] for row, each in zip(rows, cells, strict=True)]).sheets


def labels_of(question: Mapping[str, Any], gettext: Gettext) -> dict[str, str]:
    """What people read for the question's option ids, and for what a motion can be answered."""
    if question["kind"] == "yes_no":
        return {key: gettext(text) for key, text in YES_NO.items()}
    return {option["id"]: option["label"] for option in question["options"]}


def selected(result: Mapping[str, Any]) -> set[str]:
    """The chosen options of a question's result; none without an outcome."""
    return {option["id"] for option in result.get("outcome", {}).get("options", ()) if option["selected"]}


def columns(distribution: list[int]) -> list[dict[str, Any]]:
    """A column for each score, in a box of 10 by 40 each."""
    most = max([*distribution, 1])
    heights = [round(40 * n / most, 1) for n in distribution]
    return [
        {"x": 10 * n + 1, "y": round(40 - height, 1), "height": height} for n, height in enumerate(heights)
    ]


def weight(row: Mapping[str, Any]) -> int:
    return int(row["count"])


def row_of(row: Mapping[str, Any], label: str, best: int, *, chosen: bool) -> dict[str, Any]:
    return {
        **row,
        "mean": row.get("mean"),
        "voters": row.get("voters"),
        "distribution": row.get("distribution", []),
        "places": row.get("places", []),
        "label": label,
        "columns": columns(row.get("distribution") or []),
        "top": best > 0 and weight(row) == best,
        "chosen": chosen,
        "width": row["share"],
    }
