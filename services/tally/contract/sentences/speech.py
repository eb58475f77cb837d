"""Speaking of one question's outcome in one language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from string import Formatter
from types import ModuleType
from typing import Any

from services.tally.contract.counting.ballots import POINTS, RANKING, form_of
from services.tally.contract.sentences import en, ko
from services.tally.contract.sentences.figures import CURRENCIES, Told, decimal

CATALOGUES: Mapping[str, ModuleType] = {"ko": ko, "en": en}
LANGUAGES = tuple(CATALOGUES)
WON = "KRW"
OPTIONS = frozenset({"by", "option", "winner", "stopped_at"})
MONEY = frozenset({"cost", "left", "short", "budget", "available", "price", "spent"})
NAMES_IN_SUMMARY = 3
_UNITS = {
    "plurality": "votes",
    "approval": "votes",
    "score": "points",
    "cumulative": "points",
    "borda": "points",
    "instant_runoff": "votes",
    "schulze": "wins",
    "equal_shares": "votes",
    "composite": "combined",
}


def unit_of(question: Mapping[str, Any]) -> str:
    """What the score of the question's rule counts: `votes`, `points`, `wins`, or `combined` for hundredths of weighted sums.
    `votes` without a rule.
    """
    counting = question.get("counting") or {}
    if counting.get("rule") == "greedy":
        return "points" if form_of(question) in (POINTS, RANKING) else "votes"
    return _UNITS.get(counting.get("rule", ""), "votes")


@dataclass(frozen=True)
class Speech:
    """`labels`: what people read for an option id. `unit`: of scores; `needed`: of the threshold. `currency`: of costs, ISO 4217,
    None where it is not known.
    """

    language: str
    labels: Mapping[str, str]
    unit: str = "votes"
    needed: str = "votes"
    currency: str | None = WON
    per_cost: bool = False

    @classmethod
    def of(cls, question: Mapping[str, Any], language: str, currency: str | None = WON) -> "Speech":
        """Of a question of a definition; its `counting` decides the units."""
        counting = question.get("counting") or {}
        labels = {option["id"]: option["label"] for option in question["options"]}
        if question["kind"] == "yes_no":
            labels = dict(CATALOGUES[language].VERDICTS)
        unit = unit_of(question)
        needed = unit if "score" in (counting.get("threshold") or {}) else "votes"
        per_cost = counting.get("order") == "votes_per_cost"
        return cls(language, labels, unit, needed, currency, per_cost)

    @property
    def words(self) -> ModuleType:
        """The language's catalogue."""
        return CATALOGUES[self.language]

    def label(self, option: str) -> str:
        return self.labels.get(option, option)

    def names(self, options: Iterable[str]) -> str:
        """Options by their labels, in quotes: `‘A’, ‘B’`."""
        return ", ".join(self.words.QUOTES.format(self.label(option)) for option in options)

    def money(self, value: Any) -> str:
        """An amount with its currency; one that is rounded says so."""
        return self._money(value).text

    def figure(self, value: Any, unit: str | None = None) -> Told:
        """A number or the text of an exact one, with its unit to be asked for."""
        unit = unit or self.unit
        exact = Fraction(value) * 100 if unit == "combined" else Fraction(value)
        return Told(decimal(exact), exact, self.words.UNITS[unit])

    def score(self, value: Any, unit: str | None = None) -> str:
        """A score with its unit: `119표`."""
        return format(self.figure(value, unit), "unit")

    def reason(self, reason: Mapping[str, Any]) -> str:
        """Why an option is chosen or not. KeyError for a code that no language has words for."""
        units = {"below_threshold": self.needed, "quorum_missed": "ballots"}
        return self._say(self.words.REASONS[reason["code"]], reason["params"], units.get(reason["code"]))

    def tie(self, tie: Mapping[str, Any]) -> str:
        """How one tie was broken. The seed of a draw is not in it."""
        told: dict[str, Any] = {
            "options": Told(self.names(tie["options"])),
            "preferred": Told(self.names(tie["preferred"])),
            "last": Told(self.names(tie["options"][-1:])),
            "how": self.words.HOW[tie["by"]],
        }
        told |= {name: self.figure(tie[name]) for name in ("round", "score") if name in tie}
        has_unit = "score" in tie and not self.per_cost
        name = "elimination" if "round" in tie else "score" if has_unit else "plain"
        return str(self.words.TIES[name].format(**told))

    def rounds(self, outcome: Mapping[str, Any]) -> list[str]:
        """One sentence or a few for each step of a count."""
        return [self._round(each) for each in outcome["rounds"]]

    def other(self, outcome: Mapping[str, Any]) -> str | None:
        """What the other standard rule would have chosen; nothing where the outcome does not say."""
        other = outcome.get("other")
        if other is None:
            return None
        mine = [option["id"] for option in outcome["options"] if option["selected"]]
        more = [option for option in other["selected"] if option not in mine]
        less = [option for option in mine if option not in other["selected"]]
        key = {(False, False): "same", (True, False): "more", (False, True): "less"}.get(
            (bool(more), bool(less)), "both"
        )
        return str(
            self.words.OTHER[key].format(
                rule=Told(self.words.SHORT_RULES[other["rule"]]),
                more=Told(self.names(more)),
                less=Told(self.names(less)),
                spent=self._money(other["spent"]),
            )
        )

    def condorcet(self, outcome: Mapping[str, Any]) -> str | None:
        """Whether one option beats all others one by one; nothing where options were not compared so."""
        if "condorcet_winner" not in outcome:
            return None
        winner = outcome["condorcet_winner"]
        words = self.words.PAIRWISE
        return str(words["winner"].format(option=Told(self.names([winner]))) if winner else words["none"])

    def summary(self, outcome: Mapping[str, Any], most: int = NAMES_IN_SUMMARY) -> str:
        """The outcome in one line: what is chosen, the first `most` by name."""
        chosen = [option["id"] for option in outcome["options"] if option["selected"]]
        words = self.words.SUMMARY
        if not chosen:
            codes = {option["reason"]["code"] for option in outcome["options"]}
            return str(words["quorum" if codes == {"quorum_missed"} else "none"])
        named = ", ".join(self.label(option) for option in chosen[:most])
        verdict = self.labels == self.words.VERDICTS
        key = "verdict" if verdict else "more" if len(chosen) > most else "chosen"
        return str(words[key].format(names=named, n=len(chosen) - most))

    def _money(self, value: Any) -> Told:
        exact = Fraction(value)
        told = CURRENCIES[self.language][self.currency].told(exact)
        rounded = exact.denominator != 1 and self.currency is not None
        return Told(self.words.ABOUT.format(told.text), told.value) if rounded else told

    def _say(self, patterns: Sequence[str], params: Mapping[str, Any], unit: str | None = None) -> str:
        pattern = next((p for p in patterns if fields(p) <= params.keys()), patterns[-1])
        return pattern.format(**{name: self._told(name, params[name], unit) for name in fields(pattern)})

    def _told(self, name: str, value: Any, unit: str | None) -> Told:
        if name in OPTIONS:
            return Told(self.names([value]))
        if name == "group":
            return Told(self.words.QUOTES.format(value))
        if name in MONEY:
            return self._money(value)
        plain = name in ("place", "round", "payers", "limit", "strength", "against")
        return self.figure(value, "votes" if plain else unit)

    def _round(self, step: Mapping[str, Any]) -> str:
        words = self.words.ROUNDS
        if "round" not in step:
            paid = "payers" in step
            key = "supporters" if paid else "funded" if step.get("funded", True) else "passed_over"
            return self._say([words[key]], step)
        standings = ", ".join(
            f"{self.label(each['id'])} {self.score(each['votes'])}" for each in step["options"]
        )
        parts = [words["votes"].format(round=step["round"], standings=standings)]
        if step["exhausted"]:
            parts.append(words["exhausted"].format(exhausted=self.score(step["exhausted"])))
        if "eliminated" in step:
            parts.append(words["eliminated"].format(option=self.names([step["eliminated"]])))
        return " ".join(parts)


def fields(pattern: str) -> set[str]:
    """The names that a pattern asks for."""
    return {name for _, name, _, _ in Formatter().parse(pattern) if name}
