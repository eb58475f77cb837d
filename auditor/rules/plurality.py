"""`plurality`: the option with the most votes is chosen; a ranking votes for its first option."""

from auditor.deciding import Case, Decided, elect

NAME = "plurality"


def decide(case: Case) -> Decided:
    method = case.parameters(winners=1, quorum=None, threshold=None)
    votes = {option: case.profile.counters[option] for option in case.options}
    if case.question["kind"] == "ranking":
        votes = dict.fromkeys(case.options, 0)
        for ranking, ballots in case.ballots():
            if ranking:
                votes[ranking[0]] += ballots
    return elect(case, votes, votes, method, votes)
