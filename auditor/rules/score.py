"""`score`: the most points, by their sum, or by the mean over all ballots that answered."""

from fractions import Fraction

from auditor.deciding import Case, Decided, NotDecided, elect, points

NAME = "score"


def decide(case: Case) -> Decided:
    method = case.parameters(winners=1, quorum=None, by="sum")
    scores = points(case)
    if method["by"] == "sum":
        return elect(case, scores, scores, method, scores)
    if method["by"] != "mean":
        raise NotDecided(f"by {method['by']}")
    means = {option: Fraction(each, case.profile.answered or 1) for option, each in scores.items()}
    return elect(case, means, scores, method, scores)
