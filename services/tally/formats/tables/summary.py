"""What a result is of, and everything to check it by."""

from collections.abc import Iterator

from services.tally.contract.sentences import method
from services.tally.formats import Export
from services.tally.formats.tables.cells import Asked, Cell, Section, Sheet, asked, money, percent
from services.tally.formats.words import WORDS

Line = tuple[str, Cell]


def head(export: Export) -> Iterator[Line]:
    """Title, state and turnout: keys of the words with their values."""
    result = export.result
    yield "title", export.definition.get("title", "")
    yield "state", WORDS[export.language][result["state"]]
    yield "voters", result["voters"]
    if "turnout" in result:
        yield "roll", result["turnout"]["roll"]
        yield "turnout", percent(result["turnout"]["share"])
    if "counted_at" in result:
        yield "counted_at", result["counted_at"]


def summary(export: Export) -> Sheet:
    """All of it: also organisation, period, methods, outcomes, and what the result can be checked by."""
    words = WORDS[export.language]
    rows: list[Line] = [
        (words[name], value) for name, value in [*head(export), *_about(export)] if value not in (None, "")
    ]
    for each in asked(export):
        rows += [(f"{each.number}. {words[name]}", value) for name, value in _question(each)]
    rows += [(words[name], value) for name, value in _checks(export)]
    return Sheet("summary_sheet", [Section((), rows)])


def _about(export: Export) -> Iterator[Line]:
    yield "organization", export.organization or export.definition.get("organization")
    if export.opened_at:
        yield "period", f"{export.opened_at} – {export.closes_at or ''}".strip()


def _question(each: Asked) -> Iterator[Line]:
    yield "question", each.question["title"]
    yield "answered", each.result["answered"]
    if each.result.get("counting"):
        yield "method", ", ".join(method(each.speech, each.result["counting"]))
    if not each.outcome:
        return
    yield "result", each.speech.summary(each.outcome)
    if "budget" in each.outcome:
        yield "budget", money(each.outcome["budget"]["limit"])
        yield "spent", money(each.outcome["budget"]["spent"])
    for tie in each.outcome["ties"]:
        yield "tie", each.speech.tie(tie)
    other = each.speech.other(each.outcome)
    if other is not None:
        yield "other", other


def _checks(export: Export) -> Iterator[Line]:
    result = export.result
    yield "poll_id", result["poll_id"]
    yield "as_of", result["as_of"]
    yield "definition_hash", result["definition_hash"]
    if "checkpoint" in result:
        yield "checkpoint", result["checkpoint"]
    if "signature" in result:
        yield "key_id", result["signature"]["key_id"]
        yield "signature", result["signature"]["value"]
