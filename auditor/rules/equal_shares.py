"""`equal_shares`: the Method of Equal Shares (https://equalshares.net). Every voter has the same part of the budget. Again and again
the project is funded whose supporters pay the least for each unit of utility, all of them the same price, those who have less all
that they have. `add1` raises everyone's part step by step while the funded projects stay within the budget; what is left goes to the
projects with most votes (`utilitarian` at once, `add1u` after raising).
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from auditor.deciding import Case, Decided, NotDecided, least

NAME = "equal_shares"
MOST_RAISES = 2_000
"""More steps of `add1` would take too long here."""
Groups = list[tuple[frozenset[str], int]]


def decide(case: Case) -> Decided:
    budget = case.question.get("budget")
    method = case.parameters(
        budget=budget, utility="cost", completion="add1", increment=None, threshold={"votes": 0}
    )
    if type(method["budget"]) is not int or method["utility"] not in ("cost", "cardinality"):
        raise NotDecided("budget or utility")
    if method["completion"] not in ("none", "add1", "add1u", "utilitarian"):
        raise NotDecided(f"completion {method['completion']}")
    shares = _Shares(case, method)
    funded = shares.raised() if method["completion"] in ("add1", "add1u") else shares.funded(0)
    if method["completion"] in ("add1u", "utilitarian"):
        funded = shares.completed(funded)
    return Decided([option for option in case.options if option in funded], shares.all_votes)


def supported(answer: Any) -> frozenset[str]:
    """What a ballot supports: all it names, or gives any points."""
    if isinstance(answer, Mapping):
        return frozenset(option for option, points in answer.items() if points)
    if not all(isinstance(option, str) for option in answer):
        raise NotDecided("options that are ranked equally")
    return frozenset(answer)


class _Shares:
    """One election; equal ballots have equal money all along."""

    def __init__(self, case: Case, method: Mapping[str, Any]) -> None:
        self._case, self._method = case, method
        self._limit: int = method["budget"]
        self._costs = {option["id"]: option["cost"] for option in case.question["options"]}
        self._groups: Groups = [(supported(answer), ballots) for answer, ballots in case.ballots()]
        self.all_votes = self._support()
        needed = least(case, method["threshold"])
        enough = {option for option, votes in self.all_votes.items() if votes >= needed}
        self._groups = [(approved & enough, ballots) for approved, ballots in self._groups]
        self.votes = self._support()

    def _support(self) -> dict[str, int]:
        return {
            option: sum(ballots for approved, ballots in self._groups if option in approved)
            for option in self._case.options
        }

    def cost(self, options: Iterable[str]) -> int:
        return sum(self._costs[option] for option in options)

    def raised(self) -> list[str]:
        """The last outcome within the budget while everyone's part is raised. Raises NotDecided after too many steps."""
        kept, increment = self.funded(0), self._increment()
        for step in range(1, MOST_RAISES + 1):
            if not self._waiting(kept):
                return kept
            following = self.funded(step * increment)
            if self.cost(following) > self._limit:
                return kept
            kept = following
        raise NotDecided(f"more than {MOST_RAISES} raises of everyone's share")

    def _increment(self) -> int:
        """One raise: as it is given, else a hundredth of everybody's first part, in whole units of money."""
        given: int | None = self._method["increment"]
        return given or max(1, self._limit // (100 * (self._case.profile.answered or 1)))

    def _waiting(self, funded: list[str]) -> list[str]:
        """Projects with supporters that would fit into what is left."""
        left = self._limit - self.cost(funded)
        rest = (option for option in self._case.options if option not in funded)
        return [option for option in rest if self.votes[option] and self._costs[option] <= left]

    def funded(self, raised: int) -> list[str]:
        """What the supporters can pay for when everyone has an equal share and so much more, in the order of funding."""
        money = [Fraction(self._limit, self._case.profile.answered or 1) + raised] * len(self._groups)
        open_ = {
            option
            for option in self._case.options
            if self.votes[option] and self._costs[option] <= self._limit
        }
        funded = [option for option in self._case.options if option in open_ and not self._costs[option]]
        open_ -= {*funded}
        while True:
            prices = {option: self._price(option, money) for option in open_}
            rates = {
                option: price / self._unit(option) for option, price in prices.items() if price is not None
            }
            if not rates:
                return funded
            lowest = min(rates.values())
            tied = [option for option, rate in rates.items() if rate == lowest]
            option = self._case.in_order(tied, self._method["ties"])[0]
            price = prices[option]
            for n, (approved, _) in enumerate(self._groups):
                if option in approved and price is not None:
                    money[n] -= min(money[n], price)
            funded.append(option)
            open_.remove(option)

    def _unit(self, option: str) -> int:
        return self._costs[option] if self._method["utility"] == "cost" else 1

    def _price(self, option: str, money: list[Fraction]) -> Fraction | None:
        """The least price with which all supporters together reach the cost; None where they cannot."""
        purses = sorted(
            (money[n], ballots) for n, (approved, ballots) in enumerate(self._groups) if option in approved
        )
        rest, payers = Fraction(self._costs[option]), sum(ballots for _, ballots in purses)
        for each, ballots in purses:
            if each * payers >= rest:
                return rest / payers
            rest, payers = rest - each * ballots, payers - ballots
        return None

    def completed(self, funded: list[str]) -> list[str]:
        """What is left goes to the others, most votes first, as far as they fit."""
        found, left = list(funded), self._limit - self.cost(funded)
        others = [option for option in self._case.options if option not in funded and self.votes[option]]
        for votes in sorted({self.votes[option] for option in others}, reverse=True):
            level = (option for option in others if self.votes[option] == votes)
            for option in self._case.in_order(level, self._method["ties"]):
                if self._costs[option] <= left:
                    found.append(option)
                    left -= self._costs[option]
        return found
