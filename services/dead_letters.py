"""``python -m services.dead_letters``: what could not be handled, listed, shown, replayed or discarded.

Needs only ``AMQP_URI``.  What is told of a message are its id, size, reason and times, never what stands in it.
``list`` and ``show`` ask the broker alone, so they work while services are down; ``replay`` and ``discard`` ask the
service that owns the queue, which keeps the reason and tells whom it concerns.

Exit status: 0 done; 1 not all of it (a message that is not there or that stays; with ``--fail-if-any`` also when there
are any dead letters); 2 wrong use; 3 the broker or the service does not answer.
"""

import argparse
import os
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from services.ballots import contract as ballots
from services.common.bus import dead_letters
from services.common.bus.client import BusClient
from services.common.bus.dead_letters import InHand
from services.common.bus.letters import DeadLetter
from services.common.bus.topology import event_queue
from services.common.contract import Call
from services.common.errors import DomainError, Unavailable
from services.common.ids import format_utc
from services.common.operations.contract import ADMIN, LettersInHand
from services.common.settings import ProcessSettings
from services.identity import contract as identity
from services.notify import contract as notify
from services.polls import contract as polls
from services.tally import contract as tally

QUEUES: Mapping[str, tuple[str, ...]] = {
    "polls": (
        polls.ISSUE_PASSES.queue,
        event_queue("polls", ballots.DEAD_LETTERS_DISCARDED).name,
        event_queue("polls", tally.CERTIFIED).name,
    ),
    "ballots": (
        ballots.CAST.queue,
        event_queue("ballots", polls.POLL_CLOSED).name,
        event_queue("ballots", polls.POLL_OPENED).name,
        event_queue("ballots", polls.RECORD_ENTRY).name,
        event_queue("ballots", tally.CERTIFIED).name,
        event_queue("ballots", tally.RECORD_ENTRY).name,
    ),
    "tally": (
        event_queue("tally", ballots.SEALED).name,
        event_queue("tally", ballots.SEQUENCED).name,
        event_queue("tally", polls.POLL_CLOSED).name,
        event_queue("tally", polls.POLL_OPENED).name,
        event_queue("tally", polls.POLL_PUBLISHED).name,
    ),
    "notify": (
        event_queue("notify", identity.CODE_REQUESTED).name,
        event_queue("notify", polls.POLL_PUBLISHED).name,
    ),
}
"""Every queue whose messages can die, by the service that handles them."""
CONTRACTS: Mapping[str, Any] = {"polls": polls, "ballots": ballots, "tally": tally, "notify": notify}
OWNER = {queue: service for service, queues in QUEUES.items() for queue in queues}
ACTOR = {"person_id": "command", "roles": [ADMIN]}
DONE, NOT_ALL, WRONG_USE, AWAY = 0, 1, 2, 3


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    asked = parser().parse_args(arguments)
    uri = ProcessSettings.load(environ).amqp_uri
    try:
        done: int = asked.action(uri, asked)
        return done
    except (InHand, LettersInHand):
        return complain(NOT_ALL, "somebody else works on this queue's dead letters at this moment: try again")
    except Unavailable:
        return complain(AWAY, "no answer: is the broker there, and the service that owns the queue?")
    except DomainError as error:
        return complain(NOT_ALL, error.code)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m services.dead_letters", description=__doc__)
    made.formatter_class = argparse.RawDescriptionHelpFormatter
    actions = made.add_subparsers(required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="every queue with its number of dead letters, and the letters")
    listing.add_argument("--fail-if-any", action="store_true", help="exit with 1 if there are any")
    listing.set_defaults(action=list_all)
    for name, action, about in (
        ("show", show, "everything that may be told of these letters, or of all"),
        ("replay", replay, "give these letters to their handler again"),
        ("discard", discard, "remove these letters for good"),
    ):
        one = actions.add_parser(name, help=about)
        one.add_argument("queue", metavar="QUEUE", choices=sorted(OWNER), help="as listed")
        one.add_argument("ids", metavar="ID", nargs="*" if name == "show" else "+")
        one.set_defaults(action=action)
    one.add_argument("--reason", required=True, help="kept for ever, and public where a poll loses ballots")
    return made


def list_all(uri: str, asked: argparse.Namespace) -> int:
    counts = dead_letters.count(uri, OWNER)
    width = max(map(len, counts))
    for queue, number in counts.items():
        say(f"{queue:{width}}  {number}")
        for letter in dead_letters.inspect(uri, queue) if number else ():
            say(f"  {letter.id}  {when(letter)}  {letter.reason}  {letter.error_type}  {letter.bytes} bytes")
    return NOT_ALL if asked.fail_if_any and any(counts.values()) else DONE


def show(uri: str, asked: argparse.Namespace) -> int:
    letters = [one for one in dead_letters.inspect(uri, asked.queue) if not asked.ids or one.id in asked.ids]
    for letter in letters:
        facts = {**asdict(letter), "died_at": when(letter)}
        del facts["about"]
        say("\n".join(f"{name:11} {'' if value is None else value}" for name, value in facts.items()) + "\n")
    return DONE if {letter.id for letter in letters} >= set(asked.ids) else NOT_ALL


def replay(uri: str, asked: argparse.Namespace) -> int:
    return handled(uri, asked, lambda contract: contract.REPLAY_DEAD_LETTERS)


def discard(uri: str, asked: argparse.Namespace) -> int:
    return handled(uri, asked, lambda contract: contract.DISCARD_DEAD_LETTERS, reason=asked.reason)


def handled(uri: str, asked: argparse.Namespace, call_of: Callable[[Any], Call], **more: str) -> int:
    call = call_of(CONTRACTS[OWNER[asked.queue]])
    bus = BusClient(uri, "dead letters command")
    try:
        answer = bus.call(call, actor=ACTOR, queue=asked.queue, ids=asked.ids, **more)
    finally:
        bus.close()
    tell("done", answer["done"])
    tell("left", answer["left"])
    return NOT_ALL if answer["left"] else DONE


def tell(what: str, ids: Collection[str]) -> None:
    for each in ids:
        say(f"{what}  {each}")


def when(letter: DeadLetter) -> str:
    return format_utc(letter.died_at) if letter.died_at else "-"


def say(text: str) -> None:
    print(text)  # noqa: T201 - a command's answer


def complain(status: int, text: str) -> int:
    print(text, file=sys.stderr)  # noqa: T201 - a command's answer
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
