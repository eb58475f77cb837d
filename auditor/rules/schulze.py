"""`schulze`: a beats b when the strongest chain of defeats from a to b is stronger than any from b to a (M. Schulze, "A new
monotonic, clone-independent, reversal symmetric, and Condorcet-consistent single-winner election method", 2011). A ranked
option is preferred to every one that is left out. The score is the number of options that are beaten head to head.
"""

from itertools import permutations

from auditor.deciding import Case, Decided, NotDecided, quorum_met

NAME = "schulze"
Table = dict[tuple[str, str], int]


def decide(case: Case) -> Decided:
    method = case.parameters(winners=1, quorum=None, strength="winning_votes")
    if method["strength"] not in ("winning_votes", "margins"):
        raise NotDecided(f"strength {method['strength']}")
    preferred = _preferences(case)
    paths = _paths(case.options, preferred, margins=method["strength"] == "margins")
    ranked = {option for ranking, _ in case.ballots() for option in ranking}
    left, chosen = [option for option in case.options if option in ranked], list[str]()
    while left and len(chosen) < method["winners"]:
        unbeaten = [a for a in left if all(a == b or paths[b, a] <= paths[a, b] for b in left)]
        chosen.append(case.in_order(unbeaten, method["ties"])[0])
        left.remove(chosen[-1])
    beaten = {a: sum(preferred[a, b] > preferred[b, a] for b in case.options if a != b) for a in case.options}
    return Decided(chosen if quorum_met(case, method) else [], beaten)


def _preferences(case: Case) -> Table:
    """How many ballots prefer the first of two options to the second."""
    table = dict.fromkeys(permutations(case.options, 2), 0)
    for ranking, ballots in case.ballots():
        if not all(isinstance(option, str) for option in ranking):
            raise NotDecided("options that are ranked equally")
        below = set(case.options)
        for option in ranking:
            below.remove(option)
            for other in below:
                table[option, other] += ballots
    return table


def _paths(options: list[str], preferred: Table, *, margins: bool) -> Table:
    """The strength of the strongest chain between any two options; a chain is as strong as its weakest defeat."""
    paths = {}
    for a, b in preferred:
        lead = preferred[a, b] - preferred[b, a]
        paths[a, b] = (lead if margins else preferred[a, b]) if lead > 0 else 0
    for middle, a, b in permutations(options, 3):
        paths[a, b] = max(paths[a, b], min(paths[a, middle], paths[middle, b]))
    return paths
