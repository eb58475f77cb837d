"""Results as files, through the embargo gate, part by part.

Nothing is kept between the parts. The first part says how many entries the file stands for, whoever asks for the next one
says it again, and since a log only grows, its first so many entries are the same then. Each part passes the gate.
"""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from services.common.crypto import Verifier
from services.common.errors import InvalidInput
from services.tally.contract import ResultsEmbargoed
from services.tally.domain import Poll, Visibility
from services.tally.formats import Export, Format, ballots_of, formats
from services.tally.sources import LogCutShort, Sources
from services.tally.storage import TallyStore
from services.tally.usecases.apart import Apart, at_once
from services.tally.usecases.counting import read_leaf, refresh
from services.tally.usecases.results import seen

PART = 10_000
"""Entries of the log in one part: some 500 kB, and a second or so."""


def export(
    store: TallyStore,
    sources: Sources,
    keys: Verifier,
    *,
    poll_id: str,
    format: str,  # noqa: A002 - as on the wire
    part: int,
    as_of: int | None,
    apart: Apart = at_once,
    **asked: Any,
) -> dict[str, Any]:
    """One part of a file of what may be seen now, as in `ExportedSchema`. `asked`: the other fields of `ExportSchema`.

    Raises `ResultsNotFound`, `ResultsEmbargoed`, `ResultDamaged`, `NoBudgetQuestion`, `InvalidInput` for a part that is none,
    `Unavailable`.
    """
    found = store.poll(poll_id) or refresh(store, sources, poll_id)
    result = seen(store, keys, found)
    if result["state"] == Visibility.EMBARGOED.value:
        raise ResultsEmbargoed(results=found.facts.results)
    form = formats()[format]
    if part == 0:
        as_of = result["as_of"]
        opened_at, closes_at = sources.period(poll_id) if form.NEEDS_PERIOD else (None, None)
        about = Export(found.facts.definition, result, opened_at=opened_at, closes_at=closes_at, **asked)
        content = apart(object(), form.make, about)
    else:
        about = Export(found.facts.definition, result, **asked)
        content = _ballots(sources, found, form, about, part, as_of)
    return _answer(found, form, content, part, as_of or 0)


def _ballots(
    sources: Sources, found: Poll, form: Format, about: Export, part: int, as_of: int | None
) -> bytes:
    """The entries of one part as the format writes them."""
    write, start = ballots_of(form), (part - 1) * PART
    if write is None or as_of is None or start >= as_of:
        raise InvalidInput([{"pointer": "/part", "code": "range", "params": {}}])
    return write(about, _entries(sources, found, start, min(part * PART, as_of)))


def _entries(sources: Sources, found: Poll, start: int, end: int) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The valid ballots among these entries, each with its number in the log. Raises `LogCutShort`.

    In a certified poll every entry is one: the recount has checked them all, which costs ten times as much as reading them.
    """
    checked, questions, number = found.visibility is Visibility.FINAL, found.facts.questions, start
    for leaves in sources.pages(found.poll_id, start, end):
        for leaf in leaves:
            answers = orjson.loads(leaf)["answers"] if checked else read_leaf(found.facts, questions, leaf)
            if answers is not None:
                yield number, answers
            number += 1
    if number < end:
        raise LogCutShort


def _answer(found: Poll, form: Format, content: bytes, part: int, as_of: int) -> dict[str, Any]:
    more = ballots_of(form) is not None and part * PART < as_of
    return {
        "filename": f"results-{found.poll_id}.{form.NAME}",
        "title": found.facts.definition.get("title", ""),
        "media_type": form.MEDIA_TYPE,
        "content": base64.b64encode(content).decode("ascii"),
        "next": part + 1 if more else None,
        "as_of": as_of,
    }
