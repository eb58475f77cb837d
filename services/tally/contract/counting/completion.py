"""`add1`, the completion of the Method of Equal Shares: everybody's share is raised step by step until the budget is used up or would be
exceeded (https://equalshares.net/explanation#completion).

Steps that must give the same projects as the one before are left out: found by `estimates`, and, where its bounds do not decide, by
exact runs (`equal_shares`), which note the smallest raise at which anything could change.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.tally.contract.counting.equal_shares import COST, Break, Electorate, Run, run
from services.tally.contract.counting.estimates import Estimator, Trace


def add1(
    electorate: Electorate, limit: int, utility: str, increment: int, break_tie: Break
) -> tuple[Run, int]:
    """The last run that keeps within the limit, and by how much the shares were raised for it.

    Raises by `increment` until every project that has a supporter and is not funded costs more than what is left, or until the
    next raise would exceed the limit.
    """
    raised = _Climb(electorate, limit, utility, increment, break_tie).raised()
    return run(electorate, limit, raised, utility, break_tie), raised


@dataclass
class _Climb:
    electorate: Electorate
    limit: int
    utility: str
    increment: int
    break_tie: Break

    def raised(self) -> int:
        """By how much shares can be raised."""
        units = self.electorate.costs if self.utility == COST else [1] * len(self.electorate.costs)
        estimator = Estimator(self.electorate, self.limit, units)
        raised, calm, trace = 0, 0, estimator.trace(0)
        funded = trace.funded if trace else self._exact(0).funded
        while not exhausted(self.electorate, self.limit, funded):
            steps = 1 << calm - 1 if calm else self._guess(trace)
            following = estimator.trace(raised + steps * self.increment, trace)
            if steps > 1 and (following is None or not following.steady):
                calm = max(1, calm - 1)
                continue
            if following is None:
                steps, exact = self._exact_step(raised)
                if exact is None:
                    return raised + (steps - 1) * self.increment
                raised, calm, funded = raised + steps * self.increment, 0, exact
                trace = estimator.trace(raised)
                continue
            if self._exceeds(following.funded):
                return raised
            raised, trace, funded = following.raised, following, following.funded
            # Whoever was right with a guess guesses again.
            calm = calm + 1 if following.steady and (calm or steps == 1) else 0
        return raised

    def _guess(self, trace: Trace | None) -> int:
        """So many steps before something more can be paid for, as far as can be seen."""
        ahead = trace.ahead if trace else None
        return max(1, ahead // self.increment) if ahead is not None else 1

    def _exact(self, raised: int) -> Run:
        return run(self.electorate, self.limit, raised, self.utility, self.break_tie, self.increment)

    def _exact_step(self, raised: int) -> tuple[int, list[int] | None]:
        """How many steps it is to the next raise at which anything could change, and what is funded there; None when that exceeds the
        limit, or when nothing ever changes.
        """
        flip = self._exact(raised).flip
        if flip is None:
            return 1, None
        steps = max(1, -(-flip // self.increment))
        funded = self._exact(raised + steps * self.increment).funded
        return steps, None if self._exceeds(funded) else funded

    def _exceeds(self, funded: Iterable[int]) -> bool:
        return sum(self.electorate.costs[project] for project in funded) > self.limit


def exhausted(electorate: Electorate, limit: int, funded: Sequence[int]) -> bool:
    """Whether nothing more that has a supporter fits."""
    chosen = set(funded)
    left = limit - sum(electorate.costs[project] for project in chosen)
    return all(
        project in chosen or not electorate.votes[project] or cost > left
        for project, cost in enumerate(electorate.costs)
    )
