"""The participatory-budget sample: real ballots from a Pabulib file where one is at hand, else a small file of our own."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.samples.accounts import DISTRICT
from deploy.local.samples.definitions import Sample
from services.tally.readers import Malformed
from services.tally.readers.pabulib import RULES
from services.tally.readers.pabulib.file import Project
from services.tally.readers.pabulib.file import parse as parse_file

ROOT = Path(__file__).resolve().parents[3]
OWN = Path(__file__).with_name("participatory-budget.pb")
MOST_BALLOTS = 285
_LARGEST_FILE = 1_000_000
_OPTION_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_LONGEST_LABEL, _LONGEST_DESCRIPTION, _LONGEST_CATEGORY = 500, 4000, 80


@dataclass(frozen=True)
class Budget:
    """One vote on a budget. `ballots` hold the ids of the chosen projects, best first where order counts."""

    meta: Mapping[str, str]
    projects: tuple[Project, ...]
    ballots: tuple[tuple[str, ...], ...]

    def count(self) -> Mapping[str, int]:
        """How many ballots name each project."""
        named = Counter(project for ballot in self.ballots for project in ballot)
        return {project.id: named[project.id] for project in self.projects}

    def limits(self) -> tuple[int, int]:
        """Least and most projects on a ballot: what the file says, widened to what its ballots do."""
        sizes = [len(ballot) for ballot in self.ballots] or [1]
        least = int(self.meta.get("min_length") or 1)
        most = int(self.meta.get("max_length") or len(self.projects))
        return min(least, *sizes), max(most, *sizes)


def parse(text: str) -> Budget:
    """A whole Pabulib file. Raises Malformed."""
    file = parse_file(text.splitlines(keepends=True))
    return Budget(file.meta, file.projects, tuple(ballot.projects for ballot in file.ballots))


def sample(environ: Mapping[str, str]) -> Sample:
    """The poll of the chosen file; its published counts must come out."""
    return to_sample(choose(folder(environ)))


def folder(environ: Mapping[str, str]) -> Path:
    """Where Pabulib files may lie: `MVOTING_DATA`, else the data folder beside the project."""
    data = environ.get("MVOTING_DATA")
    return (Path(data) if data else ROOT.parent / "shared" / "data") / "pabulib"


def choose(place: Path) -> Budget:
    """The smallest approval vote there that our sample voters can cast; our own file where there is none."""
    files = sorted((path.stat().st_size, path) for path in place.glob("*.pb")) if place.is_dir() else []
    for size, path in files:
        if size <= _LARGEST_FILE:
            budget = _usable(path)
            if budget is not None:
                return budget
    return parse(OWN.read_text(encoding="utf-8"))


def _usable(path: Path) -> Budget | None:
    try:
        budget = parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, Malformed):
        return None
    published = {project.id: project.votes for project in budget.projects}
    fits = 0 < len(budget.ballots) <= MOST_BALLOTS and budget.meta.get("vote_type") == "approval"
    return budget if fits and budget.count() == published else None


def to_sample(budget: Budget) -> Sample:
    """A poll with one `choice` question whose options are the projects."""
    ids = {project.id: option_id(number, project) for number, project in enumerate(budget.projects, start=1)}
    counts = {ids[project]: count for project, count in budget.count().items()}
    return Sample(
        title=_title(budget),
        organization=DISTRICT,
        draft={
            "kind": "budget",
            "purpose": _purpose(budget),
            "results": "after_close",
            "questions": [_question(budget, ids)],
        },
        ballots=[{"q1": [ids[project] for project in ballot]} for ballot in budget.ballots],
        published=True,
        expected={"q1": counts},
    )


def option_id(number: int, project: Project) -> str:
    """The project's own id where an option may have it."""
    return project.id if _OPTION_ID.fullmatch(project.id) else f"p{number}"


def _title(budget: Budget) -> str:
    name = budget.meta.get("description") or "시민참여예산"
    return f"주민참여예산 사업선정: {name} {budget.meta.get('instance', '')}".strip()[:200]


def _purpose(budget: Budget) -> str:
    total, currency = budget.meta.get("budget", ""), budget.meta.get("currency", "KRW")
    lines = ["예산으로 추진할 사업을 골라 주세요. 여러 사업을 고를 수 있습니다."]
    if total.isdecimal():
        lines.append(f"전체 예산은 {int(total):,} {currency}이며, 사업비는 모두 {currency} 기준입니다.")
    source = ", ".join(filter(None, (budget.meta.get("unit"), budget.meta.get("country"))))
    origin = f"공개된 투표 자료({source}, Pabulib 형식)의 사업과 투표지를 그대로 옮긴 것입니다."
    lines.append(origin if source else "보기용으로 만든 사업과 투표지입니다.")
    return "\n\n".join(lines)


def _question(budget: Budget, ids: Mapping[str, str]) -> dict[str, Any]:
    least, most = budget.limits()
    question = {
        "id": "q1",
        "kind": "choice",
        "title": f"추진할 사업을 {most}개까지 골라 주세요.",
        "min": least,
        "max": most,
        "options": [_option(ids[project.id], project) for project in budget.projects],
    }
    counting = _counting(budget.meta)
    return question | ({"counting": counting} if counting else {})


def _counting(meta: Mapping[str, str]) -> dict[str, Any] | None:
    """The rule that the file states, where it is one of ours; else there are counts only."""
    rule, total = RULES.get(meta.get("rule", "")), meta.get("budget", "")
    if rule is None or not total.isdecimal():
        return None
    least = meta.get("min_project_score_threshold", "")
    threshold = {"threshold": {"score": int(least)}} if least.isdecimal() and int(least) else {}
    return {**rule, **threshold, "budget": int(total)}


def _option(identifier: str, project: Project) -> dict[str, Any]:
    option: dict[str, Any] = {
        "id": identifier,
        "label": project.name[:_LONGEST_LABEL],
        "cost": int(project.cost),
    }
    if project.description:
        option["description"] = project.description[:_LONGEST_DESCRIPTION]
    if project.category:
        option["category"] = project.category[:_LONGEST_CATEGORY]
    return option
