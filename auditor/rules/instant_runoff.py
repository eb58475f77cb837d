"""`instant_runoff`: a ballot stands with its highest option that is still in. Until one has more than half of the ballots that
still stand with any, the one with the fewest goes out; of several with the fewest, the one placed last in the order of ties.
"""

from collections import Counter

from auditor.deciding import Case, Decided, NotDecided, quorum_met

NAME = "instant_runoff"


def decide(case: Case) -> Decided:
    method = case.parameters(quorum=None)
    rankings = [(_checked(ranking), ballots) for ranking, ballots in case.ballots()]
    left = set(case.options)
    scores: dict[str, int] = {}
    while True:
        votes = _votes(rankings, left)
        standing = sum(votes.values())
        winner = next((option for option in left if 2 * votes[option] > standing), None)
        if winner is None and len(left) == 1 and standing:
            (winner,) = left
        if winner is not None or not standing:
            scores |= {option: votes[option] for option in left}
            chosen = [winner] if winner is not None and quorum_met(case, method) else []
            return Decided(chosen, scores)
        fewest = min(votes[option] for option in left)
        out = case.in_order((one for one in left if votes[one] == fewest), method["ties"])[-1]
        scores[out] = votes[out]
        left.remove(out)


def _checked(ranking: list[str]) -> list[str]:
    if not all(isinstance(option, str) for option in ranking):
        raise NotDecided("options that are ranked equally")
    return ranking


def _votes(rankings: list[tuple[list[str], int]], left: set[str]) -> Counter[str]:
    votes: Counter[str] = Counter()
    for ranking, ballots in rankings:
        top = next((option for option in ranking if option in left), None)
        if top is not None:
            votes[top] += ballots
    return votes
