"""`python -m auditor …`: recount, receipt, witness, vkey. `python -m auditor COMMAND --help` tells the rest."""

import sys
from argparse import ArgumentParser

from auditor.receipt import command as receipt
from auditor.recount import command as recount
from auditor.witness import command as witness


def parser() -> ArgumentParser:
    made = ArgumentParser(prog="python -m auditor", description=__doc__)
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (recount, receipt, witness):
        command.add_to(commands)
    return made


def main(arguments: list[str]) -> int:
    """Runs one command; its exit code."""
    options = parser().parse_args(arguments)
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
