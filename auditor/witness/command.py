"""`python -m auditor witness` and `python -m auditor vkey`."""

import signal
import threading
from argparse import Namespace
from pathlib import Path
from typing import Any

from auditor.formats.notes import COSIGNATURE_V1, MalformedKey
from auditor.witness.evidence import Evidence
from auditor.witness.following import Follower
from auditor.witness.keys import UnusableKey, own_signer
from auditor.witness.server import Server
from auditor.witness.service import Witness, say
from auditor.witness.store import Damaged, InUse, Store
from auditor.witness.trust import Rule, Trust, parse_rule, parse_rules


def add_to(commands: Any) -> None:
    """Adds both commands to what `ArgumentParser.add_subparsers` gave."""
    witness = commands.add_parser("witness", help="cosign the checkpoints of logs, and follow them")
    _common(witness)
    witness.add_argument("--listen", default="127.0.0.1:8787", help="HOST:PORT, by default %(default)s")
    witness.add_argument(
        "--log",
        action="append",
        default=[],
        metavar="ORIGIN=KEY",
        help="trust this public key (32 bytes in base64) for this log; 'vote.example/log/*=KEY' for all logs of a city; "
        "also one a line in FOLDER/trust",
    )
    witness.add_argument(
        "--follow",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="look at this log (https://vote.example/log/ID), or at all logs of a city (https://vote.example), by itself",
    )
    witness.add_argument(
        "--every", type=float, default=30.0, help="seconds between looks, by default %(default)s"
    )
    witness.set_defaults(run=run)
    vkey = commands.add_parser("vkey", help="make a witness's key if there is none, and print its public key")
    _common(vkey)
    vkey.set_defaults(run=print_vkey)


def _common(parser: Any) -> None:
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="where the witness keeps its key and what it saw"
    )
    parser.add_argument(
        "--name", help="the witness's name, such as witness.example/seoul; needed at the first start"
    )


def print_vkey(options: Namespace) -> int:
    """0, or 2 for a key that is no use."""
    try:
        print(own_signer(options.folder, options.name).key(COSIGNATURE_V1).vkey())  # noqa: T201  what it is for
    except (UnusableKey, ValueError, OSError) as error:
        say(str(error))
        return 2
    return 0


def run(options: Namespace) -> int:
    """Serves until SIGTERM or SIGINT. 0, or 2 when it cannot start."""
    ended = _ended_by_signals()
    try:
        witness = make(options.folder, options.name, options.log)
        host, _, port = options.listen.rpartition(":")
        server = Server(witness, host.strip("[]"), int(port))
        follower = Follower(witness, options.follow, options.every)
    except (UnusableKey, InUse, Damaged, MalformedKey, ValueError, OSError) as error:
        say(str(error))
        return 2
    say(f"{witness.signer.key(COSIGNATURE_V1).vkey()}")
    say(f"listening at {host}:{server.port}, trusting {len(witness.trust.rules)} keys")
    follower.start()
    while not ended.wait(timeout=3600):
        pass
    follower.stop()
    server.stop()
    witness.store.close()
    return 0


def make(folder: Path, name: str | None, rules: list[str]) -> Witness:
    """The witness of a folder. Raises UnusableKey, InUse, Damaged, MalformedKey, OSError."""
    signer = own_signer(folder, name)
    written = folder / "trust"
    trusted: list[Rule] = [parse_rule(rule) for rule in rules]
    if written.exists():
        trusted += parse_rules(written.read_text().splitlines())
    return Witness(signer, Trust(trusted), Store(folder), Evidence(folder))


def _ended_by_signals() -> threading.Event:
    """Is set by SIGTERM or SIGINT, also by one that comes while everything starts."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    return ended
