"""Reasons of an outcome as English sentences, for the command line. Pages have their own, in the catalogues."""

from collections.abc import Mapping
from typing import Any

SENTENCES = {
    "above_budget": "costs {cost}, more than the whole budget of {budget}",
    "after_stop": "comes after {stopped_at}, which did not fit and at which the rule ends",
    "beaten": "loses to {by}: the strongest path there is {strength}, and {against} in return",
    "below_threshold": "has {reached}, which is {missed_by} fewer than the {least} that are needed",
    "chosen": "chosen, in place {place}",
    "chosen_by_majority": "has {votes} in round {round}, more than half of the ballots that still stand",
    "eliminated": "has the fewest, {votes}, in round {round} and is eliminated",
    "excluded_by": "excluded by {option}, which is funded",
    "funded": "funded; {left} is left",
    "funded_by_supporters": "funded by {payers} supporters, at a price of {price} each",
    "group_full": "{limit} projects of {group} are funded already",
    "group_unaffordable": "costs {cost}, and {left} is left for {group}",
    "lost_last_round": "has {votes} in round {round}, against {winner_votes} for {winner}",
    "no_votes": "nobody voted for it",
    "not_electable": "cannot be chosen",
    "outscored": "has {score}, which is {missed_by} fewer than the last that is chosen",
    "quorum_missed": "{ballots} ballots, which is {missed_by} fewer than the quorum of {least}",
    "supporters_short": "its {votes} supporters had {available} left together, {short} less than its cost of {cost}",
    "tie_lost": "equal with one that is chosen, and behind it by the rule for ties",
    "unaffordable": "costs {cost}, and {left} is left",
}


def sentence(reason: Mapping[str, Any]) -> str:
    """The reason of an outcome's option, as in its JSON."""
    return SENTENCES[reason["code"]].format(**reason["params"])
