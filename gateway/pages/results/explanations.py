"""Why a question came out as it did: the method in words, what is chosen, and one sentence for each option that is not."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from services.tally.contract.sentences import Speech, method
from services.tally.contract.sentences.figures import decimal
from services.tally.contract.sentences.methods import source_name

Question = Mapping[str, Any]
Outcome = Mapping[str, Any]


def explained(question: Question, result: Mapping[str, Any], language: str) -> dict[str, Any] | None:
    """Everything that is said of a question counted by a rule; nothing for one that is not. `outcome` is None while there
    is no outcome yet.
    """
    if "counting" not in result:
        return None
    speech = speech_of(question, result, language)
    words = method(speech, result["counting"])
    told: dict[str, Any] = {"rule": words[0], "method": words[1:], "outcome": None}
    if "outcome" in result:
        told["outcome"] = outcome_of(speech, result["outcome"])
    return told


def speech_of(question: Question, result: Mapping[str, Any], language: str) -> Speech:
    return Speech.of({**question, "counting": result.get("counting")}, language)


def outcome_of(speech: Speech, outcome: Outcome) -> dict[str, Any]:
    ordered = in_order(outcome)
    return {
        "summary": speech.summary(outcome),
        "nothing": not any(option["selected"] for option in outcome["options"]),
        "chosen": [_option(speech, option) for option in ordered if option["selected"]],
        "lost": [_option(speech, option) for option in ordered if not option["selected"]],
        "condorcet": speech.condorcet(outcome),
        "ties": [{"text": speech.tie(tie), "seed": tie.get("seed")} for tie in outcome["ties"]],
        "rounds": speech.rounds(outcome),
        "other": _other(speech, outcome),
        "sources": [_source(speech, source) for source in outcome.get("sources", ())],
    }


def in_order(outcome: Outcome) -> list[Mapping[str, Any]]:
    """The chosen options by their place, then the others, the best first; equal ones as listed."""
    return sorted(outcome["options"], key=_standing)


def _standing(option: Mapping[str, Any]) -> tuple[bool, Any, Fraction]:
    """Chosen ones by place, the others by score."""
    place = option["reason"]["params"].get("place") if option["selected"] else 0
    return not option["selected"], place or 0, -Fraction(option["score"])


def _option(speech: Speech, option: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": option["id"],
        "label": speech.label(option["id"]),
        "score": speech.score(option["score"]),
        "reason": speech.reason(option["reason"]),
    }


def _other(speech: Speech, outcome: Outcome) -> dict[str, Any] | None:
    """What another rule would have chosen: a sentence, and a row for each project that either of the two chooses."""
    other = outcome.get("other")
    if other is None:
        return None
    rows = [
        {
            "label": speech.label(option["id"]),
            "score": speech.score(option["score"]),
            "mine": option["selected"],
            "theirs": option["id"] in other["selected"],
        }
        for option in in_order(outcome)
        if option["selected"] or option["id"] in other["selected"]
    ]
    return {
        "text": speech.other(outcome),
        "rule": capital(speech.words.SHORT_RULES[other["rule"]]),
        "spent": speech.money(other["spent"]),
        "own_spent": speech.money(outcome["budget"]["spent"]) if "budget" in outcome else None,
        "rows": rows,
    }


def capital(text: str) -> str:
    """The text with a capital letter, as a heading begins."""
    return text[:1].upper() + text[1:]


def _source(speech: Speech, source: Mapping[str, Any]) -> dict[str, Any]:
    """One source of a composite result; who entered it and when, where it was entered."""
    return {
        "name": source_name(speech, source["name"]),
        "weight": f"{decimal(Fraction(source['weight']) * 100)}%",
        "entered_by": source.get("entered_by"),
        "entered_at": source.get("entered_at"),
    }
