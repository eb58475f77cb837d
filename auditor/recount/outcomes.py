"""Comparing the outcome of counting rules with this program's own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from auditor.deciding import Case, Decided, NotDecided, without_exclusive
from auditor.recount.counting import Count
from auditor.recount.findings import Findings
from auditor.recount.results import different
from auditor.recount.sources import Entered
from auditor.rules import rules


def check_outcomes(
    result: Mapping[str, Any],
    count: Count,
    seed: bytes,
    roll_size: int | None,
    entered: Entered,
    findings: Findings,
) -> dict[str, Sequence[str]]:
    """The options that each question with a counting rule chooses, as counted here."""
    listed = result.get("questions")
    questions = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    said = {str(question.get("id")): question for question in questions}
    chosen: dict[str, Sequence[str]] = {}
    for name, profile in count.profiles.items():
        if profile.question.get("counting"):
            case = Case(profile.question, profile, seed, roll_size, entered.get(name, {}))
            decided = _decide(case, findings)
            if decided is not None:
                chosen[name] = decided.selected
                _compare(said.get(name, {}), case, decided, findings)
        elif said.get(name, {}).keys() & {"outcome", "counting"}:
            findings.differs("outcome_without_rule", question=name)
    return chosen


def _decide(case: Case, findings: Findings) -> Decided | None:
    named = {"question": case.question["id"], "rule": str(case.counting.get("rule"))}
    rule = rules().get(named["rule"])
    if rule is None:
        findings.unchecked("rule_unknown", **named)
        return None
    try:
        seen, votes = without_exclusive(case)
        decided = rule.decide(seen)
        return replace(decided, scores={**decided.scores, **votes}) if decided.scores else decided
    except NotDecided as error:
        findings.unchecked("rule_not_followed", why=str(error), **named)
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
    ) as error:  # parameters of another form than the rule's
        findings.unchecked("rule_not_followed", why=type(error).__name__, **named)
    return None


def _compare(question: Mapping[str, Any], case: Case, decided: Decided, findings: Findings) -> None:
    """The result's question against what was decided here: method, choice and scores."""
    said = question.get("outcome")
    outcome = said if isinstance(said, Mapping) else {}
    listed = outcome.get("options")
    options = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    scores = {str(option.get("id")): option.get("score") for option in options}
    selected = sorted(str(option.get("id")) for option in options if option.get("selected") is True)
    places = different(selected, sorted(decided.selected), "selected")
    wanted = {option: str(score) for option, score in decided.scores.items()}
    places += different(scores, wanted, "score") if wanted else []
    places += different(outcome.get("rule"), case.counting["rule"], "rule")
    told = question.get("counting")
    method = told if isinstance(told, Mapping) else {}
    places += [
        each for name in case.counting for each in different(method.get(name), case.counting[name], name)
    ]
    findings.check(
        not places,
        "outcome_agrees",
        "outcome_differs",
        question=case.question["id"],
        selected=list(decided.selected),
        places=places[:10],
    )
    findings.note("reasons_not_checked", question=case.question["id"])
