"""Telling what people have written. Texts are not counted and stand in no public result: they may name somebody.

Whoever asks for them is the poll's operator; the gateway sees to that.  The embargo gate holds for operators too.
"""

from random import SystemRandom
from typing import Any

from services.tally.contract import NoTextQuestion, ResultsEmbargoed
from services.tally.domain import Poll, Visibility
from services.tally.sources import Sources
from services.tally.storage import TallyStore
from services.tally.usecases.counting import refresh

PAGE = 500
_TEXT = "text"


def list_texts(
    store: TallyStore, sources: Sources, *, poll_id: str, question: str, start: int = 0
) -> dict[str, Any]:
    """The texts of one page of the final log, as in `TextsSchema`. The log has their salted hashes, ballots keeps them.

    Shuffled, and of one question at a time, so that neither the ballots' order nor what else a ballot says can be read
    from them.  Raises `ResultsNotFound`, `ResultsEmbargoed`, `NoTextQuestion`, `Unavailable`.
    """
    found = store.poll(poll_id) or refresh(store, sources, poll_id)
    if found.visibility is not Visibility.FINAL:
        raise ResultsEmbargoed(results=found.facts.results)
    if not any(each["id"] == question and each["kind"] == _TEXT for each in found.facts.questions):
        raise NoTextQuestion
    return _page(sources, found, question, start)


def _page(sources: Sources, found: Poll, question: str, start: int) -> dict[str, Any]:
    texts, following = sources.texts(found.poll_id, question, start, PAGE)
    SystemRandom().shuffle(texts)
    return {"texts": texts, "next": following}
