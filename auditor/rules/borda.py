"""`borda`: of m options the one at place p of a ranking gets m - p points. The options that a ballot of k places leaves out share
the points that are left (`averaged`), get none (`zero`), or the ballot gives k, k - 1, … 1 only (`modified`).
"""

from fractions import Fraction

from auditor.deciding import Case, Decided, NotDecided, elect

NAME = "borda"


def decide(case: Case) -> Decided:
    method = case.parameters(winners=1, quorum=None, variant="averaged")
    if method["variant"] not in ("averaged", "zero", "modified"):
        raise NotDecided(f"variant {method['variant']}")
    scores = dict.fromkeys(case.options, Fraction(0))
    ranked = dict.fromkeys(case.options, 0)
    for ranking, ballots in case.ballots():
        for option, given in given_points(ranking, case.options, method["variant"]).items():
            scores[option] += given * ballots
        for option in ranking:
            ranked[option] += ballots
    return elect(case, scores, dict.fromkeys(case.options, 0), method, ranked)


def given_points(ranking: list[str], options: list[str], variant: str) -> dict[str, Fraction]:
    """What one ballot gives to each option. Raises NotDecided for options that are ranked equally."""
    if not all(isinstance(option, str) for option in ranking):
        raise NotDecided("options that are ranked equally")
    best = len(ranking) if variant == "modified" else len(options) - 1
    given = {option: Fraction(best - place) for place, option in enumerate(ranking)}
    rest = [option for option in options if option not in given]
    # The places that are left have the points 0 to len(rest) - 1.
    share = Fraction(len(rest) - 1, 2) if variant == "averaged" and rest else Fraction(0)
    return given | dict.fromkeys(rest, share)
