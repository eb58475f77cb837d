"""Results as charts: what bars and tables show."""

from collections.abc import Mapping
from typing import Any

from gateway.pages.labels import YES_NO
from services.polls.contract.kinds import kinds


def charts(poll: Mapping[str, Any], result: Mapping[str, Any], gettext: Any) -> list[dict[str, Any]]:
    """One chart a question, in the poll's order."""
    questions = {question["id"]: question for question in poll["questions"]}
    return [
        chart(questions[own["id"]], own, gettext) for own in result["questions"] if own["id"] in questions
    ]


def chart(question: Mapping[str, Any], result: Mapping[str, Any], gettext: Any) -> dict[str, Any]:
    labels = {option["id"]: option["label"] for option in question["options"]}
    labels |= {key: gettext(text) for key, text in YES_NO.items()} if result["kind"] == "yes_no" else {}
    highest = result.get("highest")
    best = max((weight(row) for row in result["options"]), default=0)
    return {
        "id": question["id"],
        "title": question["title"],
        "kind": result["kind"],
        "answered": result["answered"],
        "counted": kinds()[result["kind"]].COUNTED,
        "highest": highest,
        "points": list(range(result.get("lowest", 0), (highest or 0) + 1)),
        "rows": [row_of(row, labels.get(row["id"], row["id"]), best) for row in result["options"]],
    }


def columns(distribution: list[int]) -> list[dict[str, Any]]:
    """A column for each score, in a box of 10 by 40 each."""
    most = max([*distribution, 1])
    heights = [round(40 * n / most, 1) for n in distribution]
    return [
        {"x": 10 * n + 1, "y": round(40 - height, 1), "height": height} for n, height in enumerate(heights)
    ]


def weight(row: Mapping[str, Any]) -> int:
    return int(row["count"])


def row_of(row: Mapping[str, Any], label: str, best: int) -> dict[str, Any]:
    return {
        **row,
        "mean": row.get("mean"),
        "distribution": row.get("distribution", []),
        "label": label,
        "columns": columns(row.get("distribution") or []),
        "top": best > 0 and weight(row) == best,
        "width": row["share"],
    }
