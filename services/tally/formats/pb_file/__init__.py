"""A Pabulib file (https://pabulib.org/format) of a budget vote: META, PROJECTS and, entry by entry of the log, VOTES.

| what | how it is written |
|---|---|
| question | the first whose ordinary options all have a cost and which has a limit of money, or the one that is asked for |
| `vote_type` | choice and knapsack `approval` (`choose-1` where one is chosen), cumulative `cumulative`, score `scoring`, ranking `ordinal` |
| `points` | of every vote that gives any; of a ranking those of its places |
| `rule` | only when the file says with it exactly how was counted, else `unknown`; `comment` has the whole method |
| `district`, `category` | an option's group and category |
| `selected` | where there is an outcome already |
| `voter_id` | the number of the entry in the log |
| blank ballots | left out: `num_votes` are the ballots that answer this question; "none of these" is a vote for no project |

Cells are separated by `;` and quoted where they have to be (RFC 4180, as in Pabulib's own files). Line ends and control
characters in names become spaces, because readers split files at them even within quotes. A project whose id readers
would take for a section's head, or for nothing, gets an underscore behind it.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from services.tally.contract import MEDIA_TYPES
from services.tally.formats import Entries, Export
from services.tally.formats.pb_file.head import meta
from services.tally.formats.pb_file.vote import Vote, asked_question, one_line, place_points, project_ids

NAME = "pb"
MEDIA_TYPE = MEDIA_TYPES[NAME]
NEEDS_PERIOD = True


def make(export: Export) -> bytes:
    """META, PROJECTS and the head of VOTES. Raises `NoBudgetQuestion`."""
    vote = asked_question(export)
    columns = ["voter_id", "vote", *(["points"] if vote.has_points else [])]
    rows: list[Iterable[Any]] = [["META"], ["key", "value"], *meta(export, vote)]
    rows += [["PROJECTS"], *projects(vote), ["VOTES"], columns]
    return written(rows)


def written(rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def projects(vote: Vote) -> list[list[Any]]:
    """The section's columns and rows, without the columns that nothing stands in."""
    rows = [project(vote, option) for option in vote.options]
    always = {"project_id", "cost", "votes", "name"}
    columns = [name for name in rows[0] if name in always or any(row[name] != "" for row in rows)]
    return [columns, *([row[name] for name in columns] for row in rows)]


def project(vote: Vote, option: Mapping[str, Any]) -> dict[str, Any]:
    votes, score = vote.support(option["id"])
    told = vote.outcome_of(option["id"])
    return {
        "project_id": vote.ids[option["id"]],
        "cost": option["cost"],
        "votes": votes,
        "score": score if vote.has_points else "",
        "name": one_line(option["label"]),
        "category": one_line(option.get("category", "")),
        "selected": "" if told is None else int(told["selected"]),
        "district": one_line(option.get("group", "")),
        "description": one_line(option.get("description", "")),
    }


def ballots(export: Export, entries: Entries) -> bytes:
    """One line for each of these ballots that answers the question."""
    question = asked_question(export).question
    name, ids, line = question["id"], project_ids(question), _LINES[question["kind"]]
    scale = place_points(question) if question["kind"] == "ranking" else []
    answered = ((number, answers.get(name)) for number, answers in entries)
    return "".join(
        line(number, answer, ids, scale) for number, answer in answered if answer is not None
    ).encode()


def _approvals(number: int, answer: Any, ids: Mapping[str, str], _scale: list[int]) -> str:
    return f"{number};{','.join([ids[option] for option in answer if option in ids])}\n"


def _ranking(number: int, answer: Any, ids: Mapping[str, str], scale: list[int]) -> str:
    ranked = [ids[option] for option in answer if option in ids]
    return _pointed(number, ranked, scale[: len(ranked)])


def _points(number: int, answer: Any, ids: Mapping[str, str], _scale: list[int]) -> str:
    given = {ids[option]: points for option, points in answer.items() if option in ids}
    return _pointed(number, list(given), list(given.values()))


def _pointed(number: int, projects: list[str], points: list[int]) -> str:
    """A vote for nothing has no cell for points: readers take an empty one for points of one project."""
    return f"{number};{','.join(projects)};{','.join(map(str, points))}\n" if projects else f"{number};\n"


_LINES = {
    "choice": _approvals,
    "knapsack": _approvals,
    "ranking": _ranking,
    "cumulative": _points,
    "score": _points,
}
