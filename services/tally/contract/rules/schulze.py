"""`schulze`: Schulze's beatpath method, with the pairwise table and the Condorcet winner where there is one.

Option a beats b when the strongest path from a to b is stronger than that from b to a. The winners are taken one by one: the option
that no remaining one beats; of several such the one that stands best in the tie order. `strength` of a defeat: `winning_votes`
(Schulze's recommendation for incomplete rankings) or `margins`. The score is the number of options beaten head to head.
"""

from typing import Any

from services.polls.contract.kinds import Problem, Question
from services.tally.contract.counting.outcome import OptionOutcome, Outcome, Reason
from services.tally.contract.counting.pairwise import condorcet_winner, strongest_paths, table, wins
from services.tally.contract.counting.parameters import SEATS, TIES, Parameter, one_of, settings
from services.tally.contract.counting.profiles import Pairwise
from services.tally.contract.counting.seats import QUORUM
from services.tally.contract.counting.thresholds import Wholes, least
from services.tally.contract.counting.ties import Context, Ties

NAME = "schulze"
KINDS = ("ranking",)
LIVE = False
PARAMETERS = {
    "strength": Parameter(one_of("winning_votes", "margins"), "winning_votes"),
    "winners": SEATS,
    "ties": TIES,
    "quorum": QUORUM,
}


def check_definition(_question: Question) -> list[Problem]:
    return []


def profile(question: Question) -> Pairwise:
    return Pairwise(question)


def count(question: Question, profile: Pairwise, context: Context) -> Outcome:
    method = settings(question, PARAMETERS)
    options, over = profile.packing.options, profile.over
    ties = Ties(question, method["ties"], context)
    paths = strongest_paths(over, method["strength"] == "margins")
    ranked = [n for n, ballots in enumerate(profile.named) if ballots]
    order = _order(options, ranked, paths, method["winners"], ties)
    missed = _quorum_missed(method, profile.ballots, context)
    chosen = [] if missed else order
    found = [
        OptionOutcome(
            option,
            profile.named[n],
            wins(over, n),
            option in chosen,
            missed or (_reason(n, options, paths, order) if n in ranked else Reason("no_votes")),
        )
        for n, option in enumerate(options)
    ]
    return Outcome(NAME, profile.ballots, found, ties=ties.broken, details=_details(options, over))


def _details(options: list[str], over: list[list[int]]) -> dict[str, Any]:
    winner = condorcet_winner(over)
    return {
        "pairwise": table(options, over),
        "condorcet_winner": None if winner is None else options[winner],
    }


def _quorum_missed(method: dict[str, Any], ballots: int, context: Context) -> Reason | None:
    if "quorum" not in method:
        return None
    needed = least(method["quorum"], Wholes(ballots, ballots, context.roll_size))
    figures = {"ballots": ballots, "least": needed, "missed_by": needed - ballots}
    return Reason("quorum_missed", figures) if ballots < needed else None


def _order(
    options: list[str], ranked: list[int], paths: list[list[int]], seats: int, ties: Ties
) -> list[str]:
    """The chosen options, the best first, of those that anybody ranks."""
    left = list(ranked)
    chosen: list[str] = []
    while left and len(chosen) < seats:
        unbeaten = [a for a in left if not any(paths[b][a] > paths[a][b] for b in left)]
        first = ties.break_tie([options[a] for a in unbeaten], place=len(chosen) + 1)[0]
        chosen.append(first)
        left.remove(options.index(first))
    return chosen


def _reason(n: int, options: list[str], paths: list[list[int]], order: list[str]) -> Reason:
    if options[n] in order:
        return Reason("chosen", {"place": order.index(options[n]) + 1})
    for option in order:
        winner = options.index(option)
        ahead, behind = paths[winner][n], paths[n][winner]
        if ahead > behind:
            return Reason("beaten", {"by": option, "strength": ahead, "against": behind})
    return Reason("tie_lost")
