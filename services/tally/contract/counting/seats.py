"""Who gets the seats when every option has one score: the best ones, of those that meet the thresholds. Seats that nobody votes for
stay empty.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.polls.contract.kinds import Question
from services.tally.contract.counting.ballots import ABSTAIN, form_of, option_ids
from services.tally.contract.counting.outcome import OptionOutcome, Outcome, Reason, Score, number
from services.tally.contract.counting.parameters import Parameter, settings
from services.tally.contract.counting.thresholds import Wholes, least, threshold
from services.tally.contract.counting.ties import Context, Ties

QUORUM = Parameter(threshold("ballots"))
THRESHOLD = Parameter(threshold("votes"))


@dataclass(frozen=True)
class Standing:
    """How the options stand: `scores` is compared, `votes` is held against the threshold."""

    ballots: int
    votes: Mapping[str, int]
    scores: Mapping[str, Score]
    details: Mapping[str, Any] = field(default_factory=dict)


def elect(
    question: Question,
    standing: Standing,
    method: Mapping[str, Any],
    context: Context,
    unwanted: Iterable[str] = (),
) -> Outcome:
    """The best options up to `winners`, of those that meet `threshold`, if the ballots meet `quorum`; but none that is `unwanted`."""
    wholes = wholes_of(question, standing, context)
    ties = Ties(question, method["ties"], context)
    refused = dict.fromkeys(unwanted, Reason("no_votes")) | _refused(question, standing, method, wholes)
    candidates = [option for option in option_ids(question) if option not in refused]
    chosen = best(candidates, standing.scores, method["winners"], ties)
    reasons = refused | _reasons(candidates, chosen, standing.scores)
    options = _listed(question)
    return Outcome(
        rule=method["rule"],
        ballots=standing.ballots,
        options=[
            OptionOutcome(o, standing.votes[o], standing.scores[o], o in chosen, reasons[o]) for o in options
        ],
        ties=ties.broken,
        details=standing.details,
    )


def plain(
    question: Question, standing: Standing, parameters: Mapping[str, Parameter], context: Context
) -> Outcome:
    """`elect` by the question's own parameters. An option that nobody votes for is not chosen, however many seats are left."""
    method = settings(question, parameters)
    return elect(question, standing, method, context, without_votes(question, standing))


def without_votes(question: Question, standing: Standing) -> list[str]:
    """The options that nobody votes for."""
    return [option for option in option_ids(question) if not standing.votes[option]]


def wholes_of(question: Question, standing: Standing, context: Context) -> Wholes:
    """What shares may be of."""
    abstained = standing.votes.get(ABSTAIN, 0) if question["kind"] == "yes_no" else 0
    return Wholes(standing.ballots, standing.ballots - abstained, context.roll_size)


def best(candidates: list[str], scores: Mapping[str, Score], seats: int, ties: Ties) -> set[str]:
    """The `seats` candidates with the highest scores; a tie for the last seats is broken and recorded."""
    if len(candidates) <= seats:
        return set(candidates)
    cut = sorted((scores[option] for option in candidates), reverse=True)[seats - 1]
    above = {option for option in candidates if scores[option] > cut}
    level = [option for option in candidates if scores[option] == cut]
    return above | set(ties.break_tie(level, seats - len(above), score=number(cut)))


def _listed(question: Question) -> list[str]:
    options = option_ids(question)
    return [options[1], options[0], *options[2:]] if question["kind"] == "yes_no" else options


def _refused(
    question: Question, standing: Standing, method: Mapping[str, Any], wholes: Wholes
) -> dict[str, Reason]:
    """The options that cannot be chosen whatever their score, with the reason."""
    options = option_ids(question)
    if "quorum" in method:
        needed = least(method["quorum"], wholes)
        if standing.ballots < needed:
            figures = {
                "ballots": standing.ballots,
                "least": needed,
                "missed_by": needed - standing.ballots,
            }
            return dict.fromkeys(options, Reason("quorum_missed", figures))
    refused = {ABSTAIN: Reason("not_electable")} if form_of(question) == "verdict" else {}
    if "threshold" in method:
        needed = least(method["threshold"], wholes)
        refused |= {
            option: below_threshold(standing.votes[option], needed)
            for option in options
            if option not in refused and standing.votes[option] < needed
        }
    return refused


def below_threshold(reached: int, needed: int) -> Reason:
    return Reason("below_threshold", {"reached": reached, "least": needed, "missed_by": needed - reached})


def _reasons(candidates: list[str], chosen: set[str], scores: Mapping[str, Score]) -> dict[str, Reason]:
    last = min((scores[option] for option in chosen), default=0)
    return {option: _reason(option, candidates, option in chosen, last, scores) for option in candidates}


def _reason(
    option: str, candidates: list[str], chosen: bool, last: Score, scores: Mapping[str, Score]
) -> Reason:
    score = scores[option]
    place = 1 + sum(scores[other] > score for other in candidates)
    if chosen:
        return Reason("chosen", {"place": place, "score": number(score)})
    if score == last:
        return Reason("tie_lost", {"place": place, "score": number(score)})
    figures = {
        "place": place,
        "score": number(score),
        "needed": number(last),
        "missed_by": number(last - score),
    }
    return Reason("outscored", figures)
