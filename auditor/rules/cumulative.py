"""`cumulative`: voters share out points; the most points are chosen."""

from auditor.deciding import Case, Decided, elect, points

NAME = "cumulative"


def decide(case: Case) -> Decided:
    scores = points(case)
    return elect(case, scores, scores, case.parameters(winners=1, quorum=None), scores)
