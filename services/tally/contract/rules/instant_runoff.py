"""`instant_runoff`: each ballot stands with its highest ranked option that is still in. Until one has more than half of the
ballots that still stand with any, the one with the fewest is eliminated and its ballots go on.

A ballot none of whose ranked options is left is exhausted and counts for nobody. A ballot that ranks several remaining options
equally is split between them, exactly. Of several with the fewest votes the one that stands worst in the tie order is
eliminated, and the round says so.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from services.polls.contract.kinds import Problem, Question
from services.tally.contract.counting.ballots import packed_levels
from services.tally.contract.counting.outcome import (
    OptionOutcome,
    Outcome,
    Reason,
    Score,
    number,
    text,
)
from services.tally.contract.counting.parameters import TIES, settings
from services.tally.contract.counting.profiles import Groups
from services.tally.contract.counting.seats import QUORUM
from services.tally.contract.counting.thresholds import Wholes, least
from services.tally.contract.counting.ties import Context, Ties

NAME = "instant_runoff"
KINDS = ("ranking",)
LIVE = False
PARAMETERS = {"ties": TIES, "quorum": QUORUM}

Top = tuple[int, ...]


def check_definition(_question: Question) -> list[Problem]:
    return []


def profile(question: Question) -> Groups:
    return Groups(question)


class Piles:
    """Ballots by the options that they stand with now. Moving those of an eliminated option touches no others."""

    def __init__(self, groups: Groups) -> None:
        self.options = groups.packing.options
        self.left = set(range(1, len(self.options) + 1))
        self.exhausted = 0
        self._piles: dict[Top, list[tuple[str, int]]] = defaultdict(list)
        self._totals: dict[Top, int] = defaultdict(int)
        for packed, n in groups.numbers.items():
            self._stand(str(packed), n)

    def _stand(self, packed: str, n: int) -> None:
        top = self._top(packed)
        if top:
            self._piles[top].append((packed, n))
            self._totals[top] += n
        else:
            self.exhausted += n

    def _top(self, packed: str) -> Top:
        if "\0" in packed:
            tops = (tuple(each for each in level if each in self.left) for level in packed_levels(packed))
            return next(filter(None, tops), ())
        return next(((ord(each),) for each in packed if ord(each) in self.left), ())

    def votes(self) -> dict[str, Score]:
        """Votes of the options that are left, in listed order."""
        found: dict[int, Score] = dict.fromkeys(sorted(self.left), 0)
        for top, total in self._totals.items():
            for each in top:
                found[each] += total if len(top) == 1 else Fraction(total, len(top))
        return {self.options[each - 1]: _whole(votes) for each, votes in found.items()}

    def eliminate(self, option: str) -> None:
        gone = self.options.index(option) + 1
        self.left.discard(gone)
        for top in [each for each in self._piles if gone in each]:
            moved = self._piles.pop(top)
            del self._totals[top]
            for packed, n in moved:
                self._stand(packed, n)


def _whole(value: Score) -> Score:
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


@dataclass
class Run:
    """A count so far."""

    rounds: list[dict[str, Any]] = field(default_factory=list)
    eliminated: dict[str, tuple[int, Score]] = field(default_factory=dict)
    last: dict[str, Score] = field(default_factory=dict)


def count(question: Question, profile: Groups, context: Context) -> Outcome:
    method = settings(question, PARAMETERS)
    ties = Ties(question, method["ties"], context)
    piles = Piles(profile)
    first, run = piles.votes(), Run()
    winner = _run(piles, ties, run)
    reasons = _reasons(winner, run)
    needed = (
        least(method["quorum"], Wholes(profile.ballots, profile.ballots, context.roll_size))
        if "quorum" in method
        else 0
    )
    if profile.ballots < needed:
        figures = {"ballots": profile.ballots, "least": needed, "missed_by": needed - profile.ballots}
        reasons, winner = dict.fromkeys(reasons, Reason("quorum_missed", figures)), None
    options = [
        OptionOutcome(o, _firsts(votes), _final(run, o), o == winner, reasons[o])
        for o, votes in first.items()
    ]
    return Outcome(NAME, profile.ballots, options, run.rounds, ties.broken)


def _firsts(votes: Score) -> int:
    """Ballots that rank the option first; of a split one only the whole part is told here, the rounds have it all."""
    return int(votes)


def _run(piles: Piles, ties: Ties, run: Run) -> str | None:
    """Round after round; the winner, or nobody where there is no vote."""
    while True:
        votes = run.last = piles.votes()
        standing = sum(votes.values())
        leader = max(votes, key=votes.__getitem__, default=None)
        done = leader is None or standing == 0 or 2 * votes[leader] > standing or len(votes) == 1
        run.rounds.append(_round(len(run.rounds) + 1, votes, piles.exhausted))
        if done:
            return leader if standing else None
        fewest = min(votes.values())
        tied = [option for option, n in votes.items() if n == fewest]
        out = ties.break_against(tied, round=len(run.rounds))
        run.rounds[-1]["eliminated"] = out
        run.eliminated[out] = (len(run.rounds), votes[out])
        piles.eliminate(out)


def _round(n: int, votes: Mapping[str, Score], exhausted: int) -> dict[str, Any]:
    standings = [{"id": option, "votes": text(score)} for option, score in votes.items()]
    return {"round": n, "options": standings, "exhausted": exhausted}


def _final(run: Run, option: str) -> Score:
    return run.eliminated[option][1] if option in run.eliminated else run.last[option]


def _reasons(winner: str | None, run: Run) -> dict[str, Reason]:
    reasons = {
        option: Reason("eliminated", {"round": n, "votes": number(votes)})
        for option, (n, votes) in run.eliminated.items()
    }
    for option, votes in run.last.items():
        figures = {"round": len(run.rounds), "votes": number(votes)}
        if option == winner:
            reasons[option] = Reason("chosen_by_majority", figures)
        elif winner is None:
            reasons[option] = Reason("no_votes")
        else:
            against = {"winner": winner, "winner_votes": number(run.last[winner])}
            reasons[option] = Reason("lost_last_round", figures | against)
    return reasons
