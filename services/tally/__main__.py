"""``python -m services.tally count FILE [--rule RULE]``: counts an election that stands in a file, and prints JSON.

Reads Pabulib (.pb), PrefLib (.soc, .soi, .toc, .toi) and ABIF (.abif) files. Exit status 2 when the file is malformed or cannot be counted.

``python -m services.tally recount POLL``: asks the running tally, by the broker of ``AMQP_URI``, for another recount, such as after a repair.
Exit status 0 when the recount agrees, 1 when it differs, 2 when there is nothing to recount yet or no such poll, 3 without an answer to that.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from services.common.bus.client import BusClient
from services.common.errors import DomainError, InternalError, Unavailable
from services.common.settings import ProcessSettings, SettingError
from services.tally.contract import RECOUNT
from services.tally.contract.rules import rules
from services.tally.files import CannotCount, count_file
from services.tally.readers import Malformed, UnknownFormat


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """What is to be done; tells how to ask, and ends, when that is not clear."""
    parser = argparse.ArgumentParser(prog="python -m services.tally")
    commands = parser.add_subparsers(dest="command", required=True)
    count = commands.add_parser("count", help="count an election that stands in a file")
    count.add_argument("file", type=Path, help=".pb, .soc, .soi, .toc, .toi or .abif")
    count.add_argument(
        "--rule",
        help=f"one of {', '.join(rules())}, or a JSON object as in a definition's `counting`; else the rule that the file states",
    )
    recount = commands.add_parser("recount", help="ask the running tally for another recount of a poll")
    recount.add_argument("poll", help="the poll's id")
    return parser.parse_args(words)


def main(words: Sequence[str], environ: Mapping[str, str]) -> int:
    wanted = arguments(words)
    if wanted.command == "recount":
        return ask_for_recount(wanted.poll, environ)
    return tell_count(wanted.file, wanted.rule)


def tell_count(file: Path, rule: str | None) -> int:
    try:
        result = count_file(file, rule)
    except Malformed as error:
        return fail(f"{file}, {error}")
    except CannotCount as error:
        return fail(f"{file}: {error}")
    except UnknownFormat as error:
        return fail(f"{file}: not one of the endings {error}")
    except OSError as error:
        return fail(f"{file}: {error.strerror}")
    sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=2) + "\n")
    return 0


def ask_for_recount(poll: str, environ: Mapping[str, str]) -> int:
    try:
        with closing(BusClient(ProcessSettings.load(environ).amqp_uri, "recount command")) as bus:
            agreed: bool = bus.call(RECOUNT, poll_id=poll)["agreed"]
    except SettingError as error:
        return fail(str(error), 3)
    except Unavailable:
        return fail("no answer: are the broker and tally there, and what tally asks, polls and ballots?", 3)
    except InternalError:
        return fail("tally failed: its log says why", 3)
    except DomainError as error:
        return fail(error.code)
    sys.stdout.write("the recount agrees\n" if agreed else "the recount differs\n")
    return 0 if agreed else 1


def fail(message: str, status: int = 2) -> int:
    sys.stderr.write(f"{message}\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
