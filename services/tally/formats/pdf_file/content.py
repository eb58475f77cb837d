"""What stands on the sheet, before anybody thinks of where."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

from services.polls.contract.kinds import choice
from services.tally.contract.sentences import method
from services.tally.formats import Export
from services.tally.formats.pdf_file.words import WORDS
from services.tally.formats.tables.cells import Asked, asked
from services.tally.formats.tables.counts import span

SEOUL = timezone(timedelta(hours=9), "KST")
RANKED = 10
"""With more options than this they stand in the order of their counts."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One option: what people read, its figures in words, percent of a hundred, whether it is chosen, and its place in the order
    of counts. `share` None: no bar.
    """

    label: str
    figures: str
    share: Fraction | None
    chosen: bool
    weight: tuple[bool, Fraction]


@dataclass(frozen=True)
class Budget:
    """Money: in words, and each funded project's part of the limit."""

    text: str
    parts: Sequence[Fraction]


@dataclass(frozen=True)
class Ask:
    """One question. `ranked`: its bars are in the order of counts, so that the least can be left out."""

    title: str
    note: str
    summary: str
    bars: Sequence[Bar]
    ranked: bool
    budget: Budget | None


@dataclass(frozen=True)
class Page:
    """The whole sheet. `checks`: names and values that the result is checked by; `address` of the result page, or nothing."""

    language: str
    title: str
    about: str
    final: bool
    figures: Sequence[tuple[str, str]]
    asks: Sequence[Ask]
    checks: Sequence[tuple[str, str]]
    address: str

    @property
    def words(self) -> Mapping[str, str]:
        return WORDS[self.language]


def page_of(export: Export) -> Page:
    result, words = export.result, WORDS[export.language]
    address = f"{export.address}/polls/{result['poll_id']}/results" if export.address else ""
    return Page(
        language=export.language,
        title=export.definition.get("title", ""),
        about=about(export),
        final=result["state"] == "final",
        figures=list(turnout(export, words)),
        asks=[ask(each, words) for each in asked(export)],
        checks=list(checks(export, words, address)),
        address=address,
    )


def about(export: Export) -> str:
    """Whose poll, and from when to when."""
    name = export.organization or export.definition.get("organization", "")
    ends = [time_text(moment, export.language) for moment in (export.opened_at, export.closes_at) if moment]
    return "  |  ".join(filter(None, (name, " ~ ".join(ends))))


def time_text(moment: str, language: str) -> str:
    """Seoul time, which has had no summer time since 1988."""
    found = datetime.fromisoformat(moment)
    local = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(SEOUL)
    if language == "ko":
        day = "월화수목금토일"[local.weekday()]
        return f"{local.year}년 {local.month}월 {local.day}일({day}) {local:%H:%M}"
    return f"{local:%Y-%m-%d %H:%M} KST"


def turnout(export: Export, words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    result = export.result
    yield words["voters"], words["people"].format(f"{result['voters']:,}")
    if "turnout" in result:
        yield words["roll"], words["people"].format(f"{result['turnout']['roll']:,}")
        yield words["turnout"], f"{result['turnout']['share']}%"


def ask(each: Asked, words: Mapping[str, str]) -> Ask:
    bars = [*option_bars(each, words), *bin_bars(each, words)]
    ranked = len(each.result["options"]) > RANKED
    if ranked:
        bars.sort(key=lambda bar: bar.weight, reverse=True)
    return Ask(
        title=f"{each.number}. {each.question['title']}",
        note=" · ".join(note(each, words, ranked)),
        summary=each.speech.summary(each.outcome) if each.outcome else "",
        bars=bars,
        ranked=ranked,
        budget=budget(each, words),
    )


def note(each: Asked, words: Mapping[str, str], ranked: bool) -> Iterator[str]:
    """How was asked and counted."""
    if each.result.get("counting"):
        yield ", ".join(method(each.speech, each.result["counting"]))
    else:
        yield how_asked(each, words)
    yield words["answered"].format(f"{each.result['answered']:,}")
    if "mean" in each.result:
        yield words["mean_value"].format(each.result["mean"])
    if ranked:
        yield words["by_count"]


def how_asked(each: Asked, words: Mapping[str, str]) -> str:
    kind = each.question["kind"]
    if kind == "choice":
        most = choice.limits(each.question)[1]
        return words["choose_one"] if most == 1 else words["choose"].format(most)
    if kind == "knapsack":
        return words["knapsack"].format(each.speech.money(each.question["budget"]))
    return words.get(kind, "")


def option_bars(each: Asked, words: Mapping[str, str]) -> Iterator[Bar]:
    outcomes = {option["id"]: option for option in each.outcome.get("options", ())}
    for option in each.result["options"]:
        told = outcomes.get(option["id"])
        chosen = bool(told and told["selected"])
        weight = Fraction(told["score"]) if told else Fraction(option["count"])
        figures = counted(each, option, told, words)
        yield Bar(each.label(option["id"]), figures, Fraction(option["share"]), chosen, (chosen, weight))


def counted(
    each: Asked, option: Mapping[str, Any], told: Mapping[str, Any] | None, words: Mapping[str, str]
) -> str:
    """An option's figures: `119표 (41.75%)`; before them the rule's own score where it counts something else."""
    kind, share = each.question["kind"], f"({option['share']}%)"
    if kind == "score":
        text = f"{words['mean'].format(option['mean'])} {share}"
    else:
        unit = {"cumulative": "points", "ranking": "first"}.get(kind, "votes")
        text = f"{words[unit].format(format(option['count'], ','))} {share}"
    own = told is not None and (
        each.speech.unit in ("combined", "wins") or (kind == "ranking" and each.speech.unit == "points")
    )
    return f"{each.speech.score(told['score'])} · {text}" if own and told else text


def bin_bars(each: Asked, words: Mapping[str, str]) -> Iterator[Bar]:
    for found in each.result.get("bins", ()):
        text = words["votes"].format(format(found["count"], ",")) + f" ({found['share']}%)"
        yield Bar(span(found), text, Fraction(found["share"]), False, (False, Fraction(found["count"])))


def budget(each: Asked, words: Mapping[str, str]) -> Budget | None:
    """The money that was given out; nothing where the outcome is about none."""
    money = each.outcome.get("budget")
    if not money or not Fraction(money["limit"]):
        return None
    limit, costs = Fraction(money["limit"]), {o["id"]: o.get("cost") or 0 for o in each.question["options"]}
    funded = [option["id"] for option in each.outcome["options"] if option["selected"]]
    parts = sorted((Fraction(costs[option]) / limit for option in funded), reverse=True)
    figures = {name: each.speech.money(money[name]) for name in ("limit", "spent")}
    share = Fraction(money["spent"]) / limit * 100
    return Budget(f"{words['spent'].format(**figures)} ({float(share):.2f}%)", parts)


def checks(export: Export, words: Mapping[str, str], address: str) -> Iterator[tuple[str, str]]:
    result = export.result
    yield words["definition"], result["definition_hash"]
    note = result.get("checkpoint", "").split("\n")
    entries = words["entries"].format(format(result["as_of"], ","))
    if len(note) > 3:
        yield words["log"], f"{note[0]} · {entries} · {words['root']} {note[2]}"
    else:
        yield words["log"], entries
    if "signature" in result:
        yield words["signature"], f"{result['signature']['value']} ({result['signature']['key_id']})"
    if "counted_at" in result:
        yield words["counted_at"], time_text(result["counted_at"], export.language)
    yield (words["address"], address) if address else (words["poll"], result["poll_id"])
