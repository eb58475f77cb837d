"""Which questions a ballot is asked: those without `show_if`, and those whose condition an earlier answer meets.

A condition names an earlier `question` and one test of the answer to it: `any_of` these options (of a motion: of yes, no, abstain) are
in it, a number, or the score of an `option`, lies between `min` and `max`, or it is `answered` at all. Where the earlier question is
not asked there is no answer to meet anything.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from auditor.kinds import Question


def is_asked(question: Question, answers: Mapping[str, Any]) -> bool:
    """Whether a ballot with these answers is asked the question. Answers to earlier questions must be valid, and only be there where
    these are asked.
    """
    condition = question.get("show_if")
    if condition is None:
        return True
    answer = answers.get(condition["question"])
    if answer is None:
        return False
    if "any_of" in condition:
        named = [answer] if isinstance(answer, str) else list(answer)
        return any(name in condition["any_of"] for name in named)
    if "min" in condition or "max" in condition:
        value = Fraction(answer[condition["option"]] if "option" in condition else answer)
        return bool(condition.get("min", value) <= value <= condition.get("max", value))
    return True
