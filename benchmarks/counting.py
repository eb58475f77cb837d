"""How fast elections are counted: `python -m benchmarks.counting [FOLDER]`.

Real files from FOLDER, `MVOTING_DATA` or ../shared/data; 10,000,000 synthetic ballots (`BENCH_BALLOTS`); and the Method of Equal Shares
against pabutools in the same process (three minutes; `BENCH_PABUTOOLS=grouped` some seconds, `0` leaves it out). Every measurement runs in a process of its own, whose peak memory is told.
"""

import os
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from services.tally import files
from services.tally.contract import rules
from services.tally.contract.counting.completion import add1
from services.tally.contract.counting.equal_shares import Electorate
from services.tally.contract.counting.profiles import Groups
from services.tally.contract.counting.ties import Context
from services.tally.readers import opened

BALLOTS = int(os.environ.get("BENCH_BALLOTS", "10000000"))
LARGEST = "Poland_Wroclaw_2015_150_-_500.pb"
OPTIONS = [f"o{n}" for n in range(10)]
SAMPLE = 100_000
ORACLE = os.environ.get("BENCH_PABUTOOLS", "1")
"""`1`: also with single ballots; `grouped`: only with its own grouping of equal ballots; `0`: not at all."""


def folder() -> Path:
    given = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("MVOTING_DATA")
    return Path(given) if given else Path(__file__).resolve().parents[2] / "shared" / "data"


def question(kind: str, **counting: Any) -> dict[str, Any]:
    options = [{"id": option, "label": option} for option in OPTIONS]
    return {"id": "q1", "kind": kind, "max": None, "options": options, "counting": counting}


def synthetic(kind: str, single: bool = False) -> Iterator[Any]:
    """Ballots without end: rankings of all ten options near a common order, or some of them."""
    rng = random.Random(1)
    made = []
    for _ in range(SAMPLE):
        noisy = sorted(range(10), key=lambda n: n + rng.gauss(0, 4))
        length = 1 if single else rng.randint(1, 10) if kind == "choice" else 10
        made.append([OPTIONS[n] for n in noisy[:length]])
    while True:
        yield from made


def recount(kind: str, rule: str, single: bool) -> dict[str, Any]:
    """Adds all ballots to a profile and counts it."""
    asked = question(kind, rule=rule)
    profile = rules.new_profile(asked)
    assert profile is not None
    ballots = synthetic(kind, single)
    next(ballots)
    began = time.perf_counter()
    for _ in range(BALLOTS):
        profile.add(next(ballots))
    added = time.perf_counter()
    outcome = rules.count(asked, profile, Context())
    return told(
        f"{BALLOTS:,} synthetic, {rule}",
        BALLOTS,
        added - began,
        time.perf_counter() - added,
        outcome.selected,
    )


def file(name: str) -> dict[str, Any]:
    """A whole file: read, added up, counted, explained."""
    began = time.perf_counter()
    result = files.count_file(folder() / "pabulib" / name)
    taken = time.perf_counter() - began
    return told(name, result["ballots"], taken, 0.0, sum(option["selected"] for option in result["options"]))


def told(what: str, ballots: int, adding: float, counting: float, outcome: Any) -> dict[str, Any]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {
        "what": what,
        "rate": ballots / (adding + counting),
        "count": counting,
        "peak": peak,
        "outcome": outcome,
    }


def equal_shares(name: str) -> dict[str, Any]:
    """The Method of Equal Shares, by cost, add1, on one file: ours, and pabutools with and without its grouping of ballots."""
    from pabutools import election as pb  # noqa: PLC0415 - only where it is installed
    from pabutools.rules import method_of_equal_shares  # noqa: PLC0415

    with opened(folder() / "pabulib" / name) as election:
        answers = [answer for answer, _ in election.ballots]
        asked, limit = election.question, election.counting["budget"]
    began = time.perf_counter()
    groups = Groups(asked)
    for answer, n in Counter(map(tuple, answers)).items():  # a recount adds equal answers together as well
        groups.add(list(answer), n)
    electorate = Electorate.of([o["cost"] for o in asked["options"]], groups.approved(), groups.ballots)
    found, _ = add1(electorate, limit, "cost", 1, min)
    ours = time.perf_counter() - began
    grouped_at = time.perf_counter()
    again = Electorate.of([o["cost"] for o in asked["options"]], groups.approved(), groups.ballots)
    add1(again, limit, "cost", 1, min)
    ours_alone = time.perf_counter() - grouped_at
    winners = sorted(asked["options"][n]["id"] for n in found.funded)

    projects = {option["id"]: pb.Project(option["id"], option["cost"]) for option in asked["options"]}
    instance = pb.Instance(projects.values(), budget_limit=limit)
    profile = pb.ApprovalProfile(
        (pb.ApprovalBallot(projects[p] for p in a) for a in answers), instance=instance
    )

    times: dict[str, float] = {}
    for how in ("grouped", "single")[: 2 if ORACLE == "1" else 1]:
        began = time.perf_counter()
        ballots = profile.as_multiprofile() if how == "grouped" else profile
        begun = time.perf_counter()
        theirs = method_of_equal_shares(instance, ballots, sat_class=pb.Cost_Sat, voter_budget_increment=1)
        times[how], times[f"{how}_alone"] = time.perf_counter() - began, time.perf_counter() - begun
        assert sorted(project.name for project in theirs) == winners, "the winners differ"
    return {"what": name, "winners": len(winners), "ours": ours, "ours_alone": ours_alone, **times}


def apart(measure: Callable[..., dict[str, Any]], *of: Any) -> dict[str, Any]:
    """The measurement in a process of its own."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, of)


def main() -> None:
    print("| what | ballots/s | of it, s after the last ballot | peak memory, MB |\n|---|---|---|---|")
    rows = [apart(file, LARGEST)] if (folder() / "pabulib" / LARGEST).is_file() else []
    for kind, rule, single in (
        ()
        if not BALLOTS
        else (
            ("choice", "plurality", True),
            ("choice", "approval", False),
            ("ranking", "borda", False),
            ("ranking", "schulze", False),
            ("ranking", "instant_runoff", False),
        )
    ):
        rows.append(apart(recount, kind, rule, single))
    for row in rows:
        print(f"| {row['what']} | {row['rate']:,.0f} | {row['count']:.2f} | {row['peak']} |", flush=True)
    if (folder() / "pabulib" / LARGEST).is_file() and ORACLE != "0":
        tell_shares(apart(equal_shares, LARGEST))


def tell_shares(shares: dict[str, Any]) -> None:
    """Ours beside theirs, from the answers on, and from the groups of equal ones on."""

    def beside(how: str, theirs: str, ours: str) -> str:
        return f"{shares[theirs]:.2f} s {how} ({shares[theirs] / shares[ours]:.0f} times)"

    told = [
        beside("with its groups", "grouped", "ours"),
        beside("from its groups on", "grouped_alone", "ours_alone"),
    ]
    if "single" in shares:
        told.append(beside("with single ballots", "single", "ours"))
    print(
        f"\nEqual Shares, add1, {shares['what']}: the same {shares['winners']} winners; ours {shares['ours']:.3f} s, "
        f"{shares['ours_alone']:.3f} s of it from the groups on; pabutools {', '.join(told)}"
    )


if __name__ == "__main__":
    main()
