"""`greedy`: projects in the order of their votes, or of votes for their cost, are funded as long as the budget lasts."""

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from auditor.deciding import Case, Decided, NotDecided, least, points

NAME = "greedy"


def decide(case: Case) -> Decided:
    method = case.parameters(
        budget=case.question.get("budget"),
        order="votes",
        unaffordable="skip",
        threshold={"votes": 1},
        exclusive=[],
        caps=[],
        points=None,
    )
    if method["order"] not in ("votes", "votes_per_cost") or method["unaffordable"] not in ("skip", "stop"):
        raise NotDecided("order or unaffordable")
    votes, support = _votes(case), support_of(case, method["points"])
    needed = least(case, method["threshold"])
    reached = support if "score" in method["threshold"] else votes
    candidates = [option for option in case.options if reached[option] >= needed]
    purse = _Purse(case, method)
    for option in _by_merit(case, candidates, support, method):
        if not purse.offer(option) and purse.stopped:
            break
    return Decided([option for option in case.options if option in purse.funded], support)


def _votes(case: Case) -> dict[str, int]:
    """Ballots that name the option, or give it more than no points."""
    if case.question["kind"] in ("choice", "knapsack"):
        return {option: case.profile.counters[option] for option in case.options}
    found = dict.fromkeys(case.options, 0)
    for name, ballots in case.profile.counters.items():
        option, _, given = name.rpartition("=")
        if option in found and int(given) > 0:
            found[option] += ballots
    return found


def support_of(case: Case, scale: list[int] | None) -> dict[str, int]:
    """Points where ballots give points, points by place of rankings, else votes."""
    if case.question["kind"] in ("score", "cumulative"):
        return points(case)
    if case.question["kind"] != "ranking":
        return _votes(case)
    most = case.question.get("max") or len(case.options)
    given = scale if scale is not None else list(range(most, 0, -1))
    found = dict.fromkeys(case.options, 0)
    for ranking, ballots in case.ballots():
        if not all(isinstance(option, str) for option in ranking):
            raise NotDecided("options that are ranked equally")
        for option, each in zip(ranking, given, strict=False):
            found[option] += each * ballots
    return found


def _by_merit(
    case: Case, candidates: list[str], support: Mapping[str, int], method: Mapping[str, Any]
) -> Iterator[str]:
    costs = {option["id"]: option["cost"] for option in case.question["options"]}

    def merit(option: str) -> tuple[bool, Fraction]:
        """What costs nothing comes before all that costs something."""
        if method["order"] == "votes":
            return False, Fraction(support[option])
        free = costs[option] == 0
        return free, Fraction(support[option], 1 if free else costs[option])

    for level in sorted({merit(option) for option in candidates}, reverse=True):
        yield from case.in_order((one for one in candidates if merit(one) == level), method["ties"])


class _Purse:
    """The money that is left, in all and for each group."""

    def __init__(self, case: Case, method: Mapping[str, Any]) -> None:
        if type(method["budget"]) is not int:
            raise NotDecided("no budget")
        self._projects = {option["id"]: option for option in case.question["options"]}
        self._left: int = method["budget"]
        self._stop = method["unaffordable"] == "stop"
        self._exclusive = [set(rule) for rule in method["exclusive"]]
        self._caps = {cap["group"]: cap for cap in method["caps"]}
        self._number: Counter[str] = Counter()
        self._money: Counter[str] = Counter()
        self.funded: list[str] = []
        self.stopped = False

    def offer(self, option: str) -> bool:
        """Funds the project if it may be and can be."""
        project = self._projects[option]
        cost, group = project["cost"], project.get("group")
        if any(option in rule and rule & {*self.funded} for rule in self._exclusive):
            return False
        if group in self._caps and not self._fits(self._caps[group], group, cost):
            return False
        if cost > self._left:
            self.stopped = self._stop
            return False
        self._left -= cost
        self._number[group] += 1
        self._money[group] += cost
        self.funded.append(option)
        return True

    def _fits(self, cap: Mapping[str, int], group: str, cost: int) -> bool:
        if "projects" in cap and self._number[group] >= cap["projects"]:
            return False
        return "budget" not in cap or self._money[group] + cost <= cap["budget"]
