"""`approval`: a ballot gives one vote to each option that it names."""

from auditor.deciding import Case, Decided, elect

NAME = "approval"


def decide(case: Case) -> Decided:
    method = case.parameters(winners=1, quorum=None, threshold=None)
    votes = {option: case.profile.counters[option] for option in case.options}
    return elect(case, votes, votes, method, votes)
