"""What an outcome says, as sentences in Korean and English: reasons, methods, rounds, ties, what another rule would have chosen.

Pure. `sentence` is one reason; `Speech.of(question, language)` speaks of one question with its options' labels, its rule's unit
(votes, points, wins) and its money; `method(speech, counting)` is the counting method in words. Who adds a rule adds its words to
`ko.py` and `en.py`; a test finds what is missing.
"""

from collections.abc import Mapping
from typing import Any

from services.tally.contract.sentences.methods import method
from services.tally.contract.sentences.speech import LANGUAGES, Speech

__all__ = ["LANGUAGES", "Speech", "method", "sentence"]


def sentence(reason: Mapping[str, Any], language: str, labels: Mapping[str, str]) -> str:
    """One reason of an outcome, as in its JSON. `labels`: what people read for each option id."""
    return Speech(language, labels).reason(reason)
