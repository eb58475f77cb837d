"""`make replay FILE=….pb`: casts a whole real election through HTTP and compares the published counts exactly.

    python -m tests.chaos.replay FILE.pb [--url http://… --home FOLDER] [--connections N]

Each ballot of the file (https://pabulib.org/format) is cast by another signed-in voter. Their access tokens are made with the
stack's own signing key, as if each had signed in by phone: signing in so many is not what is shown here. Without --url a stack
with PostgreSQL is started for it. Every answer goes into a synced journal; who hears 503 or nothing tries again with the same
ballot. At the end the poll is closed, and the final counts have to equal those in the file. Exit code 1 when they do not.
"""

import argparse
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.voters import tokens
from deploy.local.samples.budget import option_id, to_sample
from deploy.local.samples.budget import parse as parse_file
from services.common.ids import new_id
from services.tally.readers import Malformed
from tests import prepare
from tests.chaos import journal
from tests.chaos.ground import Ground, new_folder, options, wait_for
from tests.chaos.load import Ballot, Load, Plan
from tests.chaos.site import Site

EVERYBODY_TRIES = 10_000
PROGRESS_SECONDS = 5.0
FINAL_SECONDS = 600.0
TOKENS_AT_ONCE = 500


@dataclass(frozen=True)
class Election:
    """`published`: how many ballots name each option, by the file."""

    draft: Mapping[str, Any]
    ballots: Sequence[Mapping[str, Any]]
    published: Mapping[str, int]


def read(path: Path) -> Election:
    """Raises Malformed. Where the file gives no count for a project, its own ballots are counted."""
    budget = parse_file(path.read_text(encoding="utf-8"))
    sample, counted = to_sample(budget), budget.count()
    published = {
        option_id(number, project): counted[project.id] if project.votes is None else project.votes
        for number, project in enumerate(budget.projects, start=1)
    }
    return Election({**sample.draft, "title": sample.title}, sample.ballots, published)


def voters(election: Election, keys: Path) -> Iterator[Ballot]:
    """Another voter for each ballot. Tokens are made as they are needed: they end after an hour."""
    for start in range(0, len(election.ballots), TOKENS_AT_ONCE):
        some = election.ballots[start : start + TOKENS_AT_ONCE]
        for number, (answers, token) in enumerate(zip(some, tokens(keys, len(some)), strict=True), start):
            yield Ballot(f"v{number}", token, new_id(), dict(answers))


def replay(site: Site, urls: Sequence[str], election: Election, folder: Path, connections: int) -> list[str]:
    """Cast, close, wait, compare; what differs."""
    poll = site.open_poll(**election.draft)
    print(f"{len(election.ballots):,} ballots, {len(election.published)} projects, poll {poll}", flush=True)
    plan = Plan(rate=1e9, lanes=connections, persistent=1, tries=EVERYBODY_TRIES)
    book = folder / "replay.jsonl"
    load = Load(urls, poll, voters(election, site.keys), book, seed=1, plan=plan).start()
    show_progress(load, len(election.ballots))
    load.stop()
    site.close_poll(poll)
    began = time.monotonic()
    wait_for(lambda: site.is_final(poll), FINAL_SECONDS, pause=0.5)
    print(f"final result {time.monotonic() - began:.1f} s after closing", flush=True)
    return [*unkept(book), *differences(site.results(poll), election)]


def show_progress(load: Load, total: int) -> None:
    """Until everybody has voted."""
    began = shown = time.monotonic()
    while load.running:
        time.sleep(0.1)
        if time.monotonic() - shown >= PROGRESS_SECONDS:
            shown = time.monotonic()
            print(progress(load, total, shown - began), flush=True)
    print(progress(load, total, time.monotonic() - began), flush=True)


def progress(load: Load, total: int, seconds: float) -> str:
    done = load.told[201] + load.told[202]
    again = sum(load.told.values()) - done
    return f"  {done:,} of {total:,} ({100 * done / max(total, 1):.0f} %), {done / seconds:,.0f}/s, told otherwise {again:,}"


def unkept(book: Path) -> list[str]:
    """Who was told neither 201 nor 202 in the end."""
    left = [story for story in journal.read(book).values() if not story.promised]
    return [f"{len(left)} ballots were not accepted ({left[0].statuses[-1:]})"] if left else []


def differences(results: Mapping[str, Any], election: Election) -> list[str]:
    """Between the published result and the file; empty: equal to the last vote."""
    if results["state"] != "final":
        return [f"the result is {results['state']}, not final"]
    found = {option["id"]: option["count"] for option in results["questions"][0]["options"]}
    wrong = [
        f"{option}: {found.get(option)} instead of {wanted}"
        for option, wanted in election.published.items()
        if found.get(option) != wanted
    ]
    if results["voters"] != len(election.ballots):
        wrong.append(f"{results['voters']} voters instead of {len(election.ballots)}")
    return wrong


def main(arguments: list[str]) -> int:
    asked = parse(arguments)
    try:
        election = read(asked.file)
    except (OSError, UnicodeDecodeError, Malformed) as error:
        print(f"{asked.file}: {error}", file=sys.stderr)
        return 2
    folder = new_folder()
    try:
        if asked.url:
            site = Site(asked.url, asked.home / "keys")
            return told(replay(site, [asked.url], election, folder, asked.connections), election)
        return prepare.main() or on_own_stack(election, folder, asked.connections)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def on_own_stack(election: Election, folder: Path, connections: int) -> int:
    wanted = options(folder, database="postgresql", ballot_workers=1, gateways=1, seal_grace=5)
    ground = Ground(folder, wanted, 1)
    try:
        ground.start()
        return told(replay(ground, ground.stack.urls, election, folder, connections), election)
    finally:
        ground.stop()


def told(wrong: Sequence[str], election: Election) -> int:
    """Say how it ended; the exit code."""
    for sentence in wrong[:20]:
        print(f"  {sentence}")
    total = sum(election.published.values())
    print(
        "DIFFERENT"
        if wrong
        else f"equal: {total:,} votes for {len(election.published)} projects, each count exact"
    )
    return 1 if wrong else 0


def parse(arguments: list[str]) -> argparse.Namespace:
    about = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos.replay", description=__doc__, formatter_class=about
    )
    parser.add_argument("file", type=Path, metavar="FILE.pb")
    parser.add_argument("--url", help="a running stack's gateway; then --home is needed")
    parser.add_argument("--home", type=Path, help="that stack's MVOTING_HOME, for its signing key")
    parser.add_argument("--connections", type=int, default=100)
    asked = parser.parse_args(arguments)
    if bool(asked.url) != bool(asked.home):
        parser.error("--url and --home belong together")
    return asked


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
