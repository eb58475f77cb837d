"""Our rules against other people's: pabutools for budgets, pyrankvote for run-offs, and definitions taken literally.

Where they would differ, and why that is left out here:

- pabutools' Method of Equal Shares keeps projects that cost more than the whole budget, and with add1 ends when raised shares could
  pay for one; ours leaves them out from the beginning. The instances here have none.
- pabutools' greedy funds projects without a vote while money is left; ours needs one vote unless a threshold says otherwise. Compared
  with threshold 0.
- Ties: both sides break them by listed order; pabutools by name, so names are in listed order. pyrankvote looks at second choices
  and then draws lots, and eliminates several hopeless options at once: winners are compared where no tie came up.

`ORACLE_PROFILES=20000 pytest …` compares more random profiles than the usual run.
"""

import os
import random
import warnings
from collections import Counter
from itertools import pairwise, permutations

import pytest

from services.tally.readers import opened
from tests.unit.tally.rules.elections import count, data_file, question

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pyrankvote
    from pabutools import election as pb
    from pabutools import fractions
    from pabutools.rules import greedy_utilitarian_welfare, method_of_equal_shares
    from pabutools.tiebreaking import lexico_tie_breaking

MORE = int(os.environ.get("ORACLE_PROFILES", "0"))


def profiles(usual):
    """How many random profiles a test takes."""
    return max(usual, MORE)


@pytest.fixture(autouse=True)
def exact_fractions():
    fractions.FRACTION = "gmpy2"


# --- budgets


def instance(costs, limit, ballots):
    """The same election for pabutools, in groups. Names sort as the options are listed."""
    projects = {name: pb.Project(name, cost) for name, cost in costs.items()}
    made = pb.Instance(projects.values(), budget_limit=limit)
    profile = pb.ApprovalProfile(instance=made)
    for n, ballot in ballots:
        for _ in range(n):
            profile.append(pb.ApprovalBallot(projects[name] for name in ballot))
    return made, profile.as_multiprofile()


def random_budget(rng):
    """Few different costs and votes, so that ties are frequent."""
    names = [f"p{n:02d}" for n in range(rng.randint(1, 7))]
    limit = rng.randint(1, 40)
    costs = {
        name: rng.choice([rng.randint(1, limit), max(1, limit // 2), max(1, limit // 3)]) for name in names
    }
    ballots = [
        (rng.randint(1, 4), sorted(rng.sample(names, rng.randint(0, len(names)))))
        for _ in range(rng.randint(1, 6))
    ]
    return costs, limit, ballots


SATISFACTION = {"cost": pb.Cost_Sat, "cardinality": pb.Cardinality_Sat}


def theirs(costs, limit, ballots, utility, completion):
    made, profile = instance(costs, limit, ballots)
    more = {"voter_budget_increment": 1} if completion == "add1" else {}
    funded = method_of_equal_shares(
        made, profile, sat_class=SATISFACTION[utility], tie_breaking=lexico_tie_breaking, **more
    )
    return sorted(project.name for project in funded)


def ours(costs, limit, ballots, **counting):
    asked = question(
        "choice", list(costs), costs=list(costs.values()), max=len(costs), budget=limit, **counting
    )
    return count(asked, ballots).selected


@pytest.mark.parametrize("utility", ["cost", "cardinality"])
@pytest.mark.parametrize("completion", ["none", "add1"])
def test_equal_shares_funds_what_pabutools_funds(utility, completion):
    rng = random.Random(5)
    for _ in range(profiles(1500)):
        costs, limit, ballots = random_budget(rng)
        found = ours(costs, limit, ballots, rule="equal_shares", utility=utility, completion=completion)
        assert found == theirs(costs, limit, ballots, utility, completion), (costs, limit, ballots)


def test_greedy_funds_what_pabutools_funds():
    rng = random.Random(6)
    for _ in range(profiles(1000)):
        costs, limit, ballots = random_budget(rng)
        made, profile = instance(costs, limit, ballots)
        # Satisfaction by cost is compared per cost there, which makes it the number of votes.
        by_votes = greedy_utilitarian_welfare(
            made, profile, sat_class=pb.Cost_Sat, tie_breaking=lexico_tie_breaking
        )
        assert ours(costs, limit, ballots, rule="greedy", threshold={"votes": 0}) == sorted(
            p.name for p in by_votes
        )
        per_cost = greedy_utilitarian_welfare(
            made, profile, sat_class=pb.Cardinality_Sat, tie_breaking=lexico_tie_breaking
        )
        found = ours(costs, limit, ballots, rule="greedy", order="votes_per_cost", threshold={"votes": 0})
        assert found == sorted(p.name for p in per_cost)


@pytest.mark.parametrize("name", ["Netherlands_Assen_2024", "Poland_Gdynia_2020"])
def test_equal_shares_of_a_real_election(name):
    with opened(data_file(f"pabulib/{name}.pb")) as election:
        ballots = Counter(tuple(answer) for answer, _ in election.ballots)
        options, limit = election.question["options"], election.counting["budget"]
    grouped = [(n, list(ballot)) for ballot, n in ballots.items()]
    costs = {option["id"]: option["cost"] for option in options if option["cost"] <= limit}
    for completion in ("none", "add1"):
        found = ours(costs, limit, grouped, rule="equal_shares", completion=completion)
        assert sorted(found) == theirs(costs, limit, grouped, "cost", completion)


# --- rankings


def random_rankings(rng, names):
    return [rng.sample(names, rng.randint(1, len(names))) for _ in range(rng.randint(1, 25))]


def test_instant_runoff_elects_whom_pyrankvote_elects():
    rng = random.Random(7)
    compared = 0
    for _ in range(profiles(3000)):
        names = list("abcdef")[: rng.randint(2, 6)]
        ballots = random_rankings(rng, names)
        found = count(question("ranking", names, rule="instant_runoff"), ballots)
        if found.ties:
            continue
        candidates = {name: pyrankvote.Candidate(name) for name in names}
        papers = [pyrankvote.Ballot([candidates[name] for name in each]) for each in ballots]
        result = pyrankvote.instant_runoff_voting(list(candidates.values()), papers)
        assert found.selected == [winner.name for winner in result.get_winners()], ballots
        compared += 1
    assert compared > profiles(3000) / 5


def test_every_round_of_a_runoff_is_its_definition_taken_literally():
    rng = random.Random(10)
    for _ in range(profiles(2000)):
        names = list("abcdef")[: rng.randint(2, 6)]
        ballots = random_rankings(rng, names)
        left, rounds = list(names), []
        while True:
            tops = [next((name for name in ballot if name in left), None) for ballot in ballots]
            votes = {name: tops.count(name) for name in left}
            rounds.append((votes, tops.count(None)))
            if max(votes.values()) * 2 > sum(votes.values()) or len(left) == 1:
                break
            left.remove([name for name in left if votes[name] == min(votes.values())][-1])
        found = count(question("ranking", names, rule="instant_runoff"), ballots)
        told = [
            ({o["id"]: int(o["votes"]) for o in each["options"]}, each["exhausted"]) for each in found.rounds
        ]
        assert told == rounds
        assert found.selected == [max(votes, key=votes.__getitem__)]


def paths_taken_literally(over, names):
    """Schulze's definition: the strongest path is the one whose weakest defeat is strongest, over all simple paths."""
    strength = {}
    for a, b in permutations(names, 2):
        others = [name for name in names if name not in (a, b)]
        best = 0
        for length in range(len(others) + 1):
            for between in permutations(others, length):
                path = [a, *between, b]
                steps = [over[x, y] if over[x, y] > over[y, x] else 0 for x, y in pairwise(path)]
                best = max(best, min(steps))
        strength[a, b] = best
    return strength


def test_schulze_is_its_definition_taken_literally():
    rng = random.Random(8)
    for _ in range(profiles(2000)):
        names = list("abcde")[: rng.randint(2, 5)]
        ballots = random_rankings(rng, names)
        place = [{name: (b.index(name) if name in b else len(names)) for name in names} for b in ballots]
        over = {(x, y): sum(each[x] < each[y] for each in place) for x, y in permutations(names, 2)}
        strength = paths_taken_literally(over, names)
        unbeaten = [a for a in names if all(strength[a, b] >= strength[b, a] for b in names if b != a)]
        found = count(question("ranking", names, rule="schulze"), ballots)
        assert found.selected == unbeaten[:1]
        assert (found.details["condorcet_winner"] is not None) == any(
            all(over[a, b] > over[b, a] for b in names if b != a) for a in names
        )
        assert (found.ties != []) == (len(unbeaten) > 1)


def test_borda_is_its_definition_taken_literally():
    rng = random.Random(9)
    for _ in range(profiles(2000)):
        names = list("abcde")[: rng.randint(2, 5)]
        ballots = random_rankings(rng, names)
        expected = dict.fromkeys(names, 0)
        for ballot in ballots:
            for place, name in enumerate(ballot):
                expected[name] += len(names) - 1 - place
        found = count(question("ranking", names, rule="borda", variant="zero"), ballots)
        assert {option.id: option.score for option in found.options} == expected
