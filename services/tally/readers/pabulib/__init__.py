"""Pabulib's participatory-budget files, `.pb` (https://pabulib.org/format): sections META, PROJECTS and VOTES, each with a line of
column names, fields separated by `;`.

How the head is understood:

| head | reading |
|---|---|
| `vote_type` `approval`, `choose-1` | a vote for each project named |
| `vote_type` `ordinal` | a ranking; the points of a place are those of the column `points`, which must be the same on every ballot; without the column k, k-1, … 1 for at most k places (`max_length`) |
| `vote_type` `cumulative`, `scoring` | the points of the column `points`; `votes` counts the ballots that give a project more than none |
| `rule` `greedy`, `greedy-threshold`, `greedy-custom` | in the order of votes (points, where there are any), going past what does not fit |
| `rule` `greedy-no-skip` | the same, but ending at the first project that does not fit |
| `rule` `greedy-exclusive` | as `greedy`: the format has no column that says which projects exclude each other |
| `rule` `equalshares`, `…/add1`, `…/add1u` | Method of Equal Shares, utility by cost, raised by one unit of money a voter |
| `min_project_score_threshold` | least score of a project, reached when equal; where it is not given one vote is enough, and needed |
| `selected` | 1: funded by the rule; 0: not; above 1: funded in another way than by the rule, so not compared |
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from services.tally.readers import Ballots, Election, Malformed, Published
from services.tally.readers.pabulib.file import Ballot, File, parse

NAME = "pabulib"
SUFFIXES = (".pb",)
KINDS = {
    "approval": "choice",
    "choose-1": "choice",
    "ordinal": "ranking",
    "cumulative": "cumulative",
    "scoring": "score",
}
_GREEDY: dict[str, Any] = {"rule": "greedy"}
_SHARES: dict[str, Any] = {"rule": "equal_shares", "utility": "cost", "increment": 1}
RULES: dict[str, dict[str, Any]] = {
    "greedy": _GREEDY,
    "greedy-threshold": _GREEDY,
    "greedy-custom": _GREEDY,
    "greedy-exclusive": _GREEDY,
    "greedy-no-skip": {"rule": "greedy", "unaffordable": "stop"},
    "equalshares": {**_SHARES, "completion": "none"},
    "equalshares/add1": {**_SHARES, "completion": "add1"},
    "equalshares/add1u": {**_SHARES, "completion": "add1u"},
}
_MOST_DECIMALS = 4
_MOST_PLACES = 10_000


def read(lines: Iterable[str], _suffix: str = ".pb") -> Election:
    file = parse(lines)
    kind = _kind(file)
    reading: list[str] = []
    scale = 10 ** _decimals(file)
    if scale > 1:
        reading.append(
            f"costs have decimals: all money is told in 1/{scale} of {file.meta.get('currency', 'the unit')}"
        )
    counting = _counting(file, scale, reading)
    ballots = file.ballots
    if kind == "ranking":
        ballots = _ranked(file, counting, reading)
    elif kind != "choice":
        reading.append(
            f"{file.meta['vote_type']} votes: score is the sum of points, votes counts ballots that give more than 0"
        )
    return Election(
        format=NAME,
        title=file.meta.get("description", ""),
        question=_question(file, kind, scale),
        counting=counting,
        stated=file.meta.get("rule") or None,
        ballots=_answers(ballots, kind),
        reading=reading,
        published={p.id: Published(p.votes, p.score, p.selected) for p in file.projects},
        stated_line=file.lines.get("rule", 1),
    )


def _kind(file: File) -> str:
    vote_type = file.meta.get("vote_type", "")
    if vote_type not in KINDS:
        raise Malformed(file.lines.get("vote_type", 1), f"vote_type is not known: {vote_type[:40]!r}")
    return KINDS[vote_type]


def _decimals(file: File) -> int:
    """How many decimals the amounts of this file have at most."""
    amounts = [project.cost for project in file.projects] + [file.amount("budget") or Decimal(0)]
    exponents = (each.normalize().as_tuple().exponent for each in amounts)
    most = max((-each for each in exponents if isinstance(each, int)), default=0)
    if most > _MOST_DECIMALS:
        raise Malformed(1, f"an amount has {most} decimals")
    return max(0, most)


def _counting(file: File, scale: int, reading: list[str]) -> dict[str, Any]:
    budget = file.amount("budget")
    if budget is None:
        raise Malformed(file.lines.get("budget", 1), "META has no budget")
    counting: dict[str, Any] = {"budget": int(budget * scale)}
    stated = file.meta.get("rule", "")
    counting |= RULES.get(stated, {})
    if counting.get("rule") == "greedy":
        _note_greedy(file, stated, counting, reading)
    elif counting.get("rule") == "equal_shares":
        reading.append("equalshares: utility by cost; one step of add1 is one unit of money for each voter")
    selected = {project.selected for project in file.projects} - {None, "0", "1"}
    if selected:
        reading.append(
            f"`selected` {', '.join(sorted(map(str, selected)))}: funded in another way than by the rule"
        )
    return counting


def _note_greedy(file: File, stated: str, counting: dict[str, Any], reading: list[str]) -> None:
    least = file.whole("min_project_score_threshold")
    if least:
        counting["threshold"] = {"score": least}
        reading.append(f"min_project_score_threshold {least}: a project needs this score or more")
    else:
        reading.append("no threshold is given: a project needs one vote")
    if stated == "greedy-no-skip":
        reading.append("greedy-no-skip: ends at the first project that does not fit")
    else:
        reading.append(f"{stated}: projects that do not fit are passed over")
    if stated == "greedy-exclusive":
        reading.append(
            "greedy-exclusive: the file does not say which projects exclude each other, so none do"
        )


def _question(file: File, kind: str, scale: int) -> dict[str, Any]:
    return {
        "id": "q1",
        "kind": kind,
        "title": file.meta.get("description", ""),
        "required": False,
        "max": _longest(file) or (1 if file.meta.get("vote_type") == "choose-1" else len(file.projects)),
        "options": [
            {"id": project.id, "label": project.name, "cost": int(project.cost * scale)}
            for project in file.projects
        ],
    }


def _longest(file: File) -> int | None:
    """How many projects a ballot may name, if the head says so."""
    longest = file.whole("max_length")
    if longest and longest > _MOST_PLACES:
        raise Malformed(file.lines["max_length"], f"max_length is more than {_MOST_PLACES}")
    return longest


def _ranked(file: File, counting: dict[str, Any], reading: list[str]) -> Iterator[Ballot]:
    """Ballots whose points are those of the places; `counting` gets the list of these, complete when the last is read."""
    scale: list[int] = []
    reading.append(
        "ordinal votes: score is the sum of the points of the places, which are the same on every ballot"
    )
    counting["points"] = scale
    return _same_points(file.ballots, scale, file)


def _same_points(ballots: Iterator[Ballot], scale: list[int], file: File) -> Iterator[Ballot]:
    for ballot in ballots:
        given = list(ballot.points or ())
        scale += given[len(scale) :]
        if ballot.points is not None and given != scale[: len(given)]:
            raise Malformed(ballot.line, f"points {given} are not those of the places {scale[: len(given)]}")
        yield ballot
    if not scale:
        scale += range(_longest(file) or len(file.projects), 0, -1)


def _answers(ballots: Iterable[Ballot], kind: str) -> Ballots:
    if kind in ("choice", "ranking"):
        return ((list(ballot.projects), 1) for ballot in ballots)
    return ((_points(ballot), 1) for ballot in ballots)


def _points(ballot: Ballot) -> dict[str, int]:
    if ballot.points is None and ballot.projects:
        raise Malformed(ballot.line, "the vote has no points")
    return dict(zip(ballot.projects, ballot.points or (), strict=True))
