"""``python -m services.tally count FILE [--rule RULE]``: counts an election that stands in a file, and prints JSON.

Reads Pabulib (.pb), PrefLib (.soc, .soi, .toc, .toi) and ABIF (.abif) files. Exit status 2 when the file is malformed or cannot be counted.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

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
    return parser.parse_args(words)


def main(words: Sequence[str]) -> int:
    wanted = arguments(words)
    try:
        result = count_file(wanted.file, wanted.rule)
    except Malformed as error:
        return fail(f"{wanted.file}, {error}")
    except CannotCount as error:
        return fail(f"{wanted.file}: {error}")
    except UnknownFormat as error:
        return fail(f"{wanted.file}: not one of the endings {error}")
    except OSError as error:
        return fail(f"{wanted.file}: {error.strerror}")
    sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=2) + "\n")
    return 0


def fail(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
