"""English. A code's patterns are tried in turn: the first whose figures are all there is spoken."""

QUOTES = "“{}”"
ABOUT = "about {}"
UNITS = {
    "votes": ("{} vote", "{} votes"),
    "points": ("{} point", "{} points"),
    "combined": ("{} point", "{} points"),
    "wins": ("{} win", "{} wins"),
    "ballots": ("{} ballot", "{} ballots"),
}
VERDICTS = {"yes": "For", "no": "Against", "abstain": "Abstain"}
BALLOTS = "Citizens' ballots"
NONE = "none"

REASONS = {
    "above_budget": ("Costs {cost}, more than the whole budget of {budget}.",),
    "after_stop": (
        "Comes after {stopped_at}, which did not fit into the budget and at which the selection ended.",
    ),
    "beaten": (
        "Loses to {by} in the comparison by pairs: the strongest path of wins there is {strength}, and {against} in return.",
    ),
    "below_threshold": ("Has {reached:unit}, {missed_by} short of the {least:unit} that it needs.",),
    "chosen": ("Chosen, in place {place} with {score:unit}.", "Chosen, in place {place}."),
    "chosen_by_majority": (
        "Chosen: {votes:unit} in round {round}, more than half of the ballots that still stood.",
    ),
    "eliminated": ("Had the fewest, {votes:unit}, in round {round} and was eliminated.",),
    "excluded_by": ("Cannot be chosen together with {option}, which was chosen first.",),
    "funded": (
        "Chosen, in place {place}. Costs {cost}; {left} was left after it.",
        "Chosen. Costs {cost}; {left} was left after it.",
    ),
    "funded_by_supporters": (
        "Its {payers:supporter|supporters} covered its cost of {cost}, paying at most {price} each.",
    ),
    "group_full": ("{limit:project|projects} of {group} had been chosen already, which is the limit.",),
    "group_unaffordable": ("Costs {cost}, but {left} was left for {group}: {short} short.",),
    "lost_last_round": (
        "Had {votes:unit} in the last round, round {round}, against {winner_votes:unit} for {winner}.",
    ),
    "no_votes": ("Nobody voted for it.",),
    "not_electable": ("An answer that cannot itself be chosen.",),
    "outscored": (
        "Place {place} with {score:unit}, {missed_by} fewer than the {needed:unit} of the last that was chosen.",
    ),
    "quorum_missed": ("Only {ballots:unit}, {missed_by} short of the quorum of {least}: nothing is chosen.",),
    "supporters_short": (
        "The {votes:supporter|supporters} had {available} left together, {short} short of its cost of {cost}.",
    ),
    "tie_lost": (
        "Equal with one that is chosen, at {score:unit}, and behind it in the order that breaks ties.",
        "Equal with one that is chosen, and behind it in the order that breaks ties.",
    ),
    "unaffordable": (
        "Costs {cost}, but {left} was left when its turn came: {short} short.",
        "Costs {cost}, but only {left} was left when its turn came.",
    ),
}

RULES = {
    "plurality": "Most votes",
    "approval": "Approval (one vote for each option that a ballot picks)",
    "score": "Score voting",
    "cumulative": "Cumulative voting (sum of the points given)",
    "borda": "Borda count (sum of points by place)",
    "instant_runoff": "Instant run-off (the last is eliminated until one has a majority)",
    "schulze": "Schulze method (options compared in pairs)",
    "greedy": "Chosen one by one within the budget",
    "equal_shares": "Method of Equal Shares (every voter gets the same part of the budget for the projects they support)",
    "composite": "Weighted sum of several assessments",
}
SHORT_RULES = {
    "greedy": "the greedy rule by votes",
    "equal_shares": "the Method of Equal Shares",
}
PARAMETERS = {
    "winners": {"": "{value} chosen"},
    "ties": {
        "listed": "ties broken by the listed order",
        "draw": "ties broken by a draw from the published seed",
    },
    "quorum": {"": "quorum: {value}"},
    "threshold": {"": "needed to be chosen: {value}"},
    "by": {"sum": "compared by the sum of points", "mean": "compared by the mean score"},
    "variant": {
        "averaged": "options that are not ranked share the points of the places left",
        "zero": "options that are not ranked get nothing",
        "modified": "ranking fewer gives fewer points (modified Borda)",
    },
    "strength": {
        "winning_votes": "a win is as strong as the votes for its winner",
        "margins": "a win is as strong as its lead",
    },
    "budget": {"": "budget {value}"},
    "order": {
        "votes": "most votes first",
        "votes.points": "most points first",
        "votes_per_cost": "most votes per cost first",
        "votes_per_cost.points": "most points per cost first",
    },
    "unaffordable": {
        "skip": "what does not fit is passed over",
        "stop": "ends at the first that does not fit",
    },
    "exclusive": {"": "not to be chosen together: {value}"},
    "caps": {"": "limits: {value}"},
    "points": {"": "points by place {value}"},
    "utility": {
        "cost": "a project is worth its cost to its supporters",
        "cardinality": "every project is worth the same to its supporters",
    },
    "completion": {
        "none": "money that is left is not spent",
        "add1": "while money is left, everyone's share is raised step by step",
        "add1u": "while money is left, everyone's share is raised step by step; the rest goes to the most votes",
        "utilitarian": "money that is left goes to the most votes",
    },
    "increment": {"": "raised by {value} at a time"},
    "sources": {"": "{value}"},
    "normalise": {
        "sum": "each assessment as parts of its whole",
        "max": "each assessment in relation to its best",
        "rank": "each assessment by places",
    },
}
THRESHOLDS = {
    "number": "at least {value:unit}",
    "at_least": "at least {value} of {of}",
    "more_than": "more than {value} of {of}",
    "answered": "the ballots that answer this question",
    "decided": "the ballots that do not abstain",
    "roll": "the voter roll",
}
CAPS = {
    "both": "{group} at most {projects:project|projects} and {budget}",
    "projects": "{group} at most {projects:project|projects}",
    "budget": "{group} at most {budget}",
}

HOW = {"listed": "by the listed order", "draw": "by a draw from the published seed"}
TIES = {
    "elimination": "{options} were equally the last in round {round}; {how} {last} was eliminated.",
    "score": "{options} were equal at {score:unit}; {how} {preferred} came first.",
    "plain": "{options} were equal; {how} {preferred} came first.",
}
ROUNDS = {
    "votes": "Round {round}: {standings}.",
    "exhausted": "Exhausted: {exhausted}.",
    "eliminated": "{option} is eliminated.",
    "funded": "{option}: costs {cost}, chosen; {left} is left.",
    "passed_over": "{option}: costs {cost}, not chosen; {left} is left.",
    "supporters": "{option}: costs {cost}, paid by {payers:supporter|supporters} at no more than {price} each.",
}
OTHER = {
    "same": "Counting the same ballots by {rule} chooses the same projects.",
    "more": "Counting the same ballots by {rule} would also choose {more}, and spend {spent}.",
    "less": "Counting the same ballots by {rule} would not choose {less}, and spend {spent}.",
    "both": "Counting the same ballots by {rule} would choose {more} instead of {less}, and spend {spent}.",
}
PAIRWISE = {
    "winner": "{option} beats each other option, one against one.",
    "none": "No option beats each of the others.",
}
SUMMARY = {
    "chosen": "Chosen: {names}",
    "more": "Chosen: {names} and {n} more",
    "verdict": "Outcome: {names}",
    "none": "Nothing is chosen.",
    "quorum": "Nothing is chosen: the quorum was missed.",
}
