"""`python -m auditor recount`."""

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from auditor.fetching import Unreachable
from auditor.formats import canonical
from auditor.formats.notes import MalformedKey, parse_vkey
from auditor.record import Unreadable
from auditor.record.addresses import open_source
from auditor.recount.earlier import Kept
from auditor.recount.page import as_json, page
from auditor.recount.progress import Said
from auditor.recount.run import Recount, recount
from auditor.recount.trusting import Pinned
from auditor.texts import LANGUAGES, language_of, say
from auditor.witness.trust import parse_public_key

UNREADABLE = 2


def add_to(commands: Any) -> None:
    """Adds the command to what `ArgumentParser.add_subparsers` gave."""
    parser = commands.add_parser("recount", help="check a poll's public record and count it again")
    parser.add_argument(
        "source",
        metavar="ADDRESS-OR-BUNDLE",
        help="a poll's page (https://vote.example/polls/ID), its log (https://vote.example/log/ID), or a bundle's file",
    )
    parser.add_argument(
        "--checkpoint",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="a checkpoint kept from before",
    )
    parser.add_argument(
        "--receipt",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="a receipt whose ballot must be in the log",
    )
    parser.add_argument("--witnesses", type=int, metavar="K", help="how many witnesses must have signed")
    add_common(parser)
    parser.set_defaults(run=run)


def add_common(parser: ArgumentParser) -> None:
    """What recount and receipt have in common."""
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="KEY",
        help="a public key of the platform that you got another way: base64 of 32 bytes, or a vkey",
    )
    parser.add_argument(
        "--witness", action="append", default=[], metavar="VKEY", help="a witness that you trust"
    )
    parser.add_argument(
        "--language", choices=LANGUAGES, default=None, help="by default what LANG says, else Korean"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document for machines")


def pinned(options: Namespace) -> Pinned:
    """Raises MalformedKey."""
    keys = frozenset(public_key(text) for text in options.key)
    for vkey in options.witness:
        parse_vkey(vkey)
    return Pinned(keys, tuple(options.witness), getattr(options, "witnesses", None))


def public_key(text: str) -> bytes:
    """Raises MalformedKey."""
    try:
        return parse_vkey(text).public_key
    except MalformedKey:
        return parse_public_key(text)


def run(options: Namespace) -> int:
    """0: everything holds; 1: something differs; 2: something could not be checked."""
    language = options.language or language_of()
    try:
        found = _recount(options)
    except (Unreadable, Unreachable, MalformedKey, canonical.NotCanonical, OSError) as error:
        sys.stderr.write(say(language, "unreadable", why=str(error)) + "\n")
        return UNREADABLE
    shown = (
        json.dumps(as_json(found), ensure_ascii=False, indent=1) if options.json else page(found, language)
    )
    sys.stdout.write(shown.rstrip("\n") + "\n")
    return found.findings.exit_status


def _recount(options: Namespace) -> Recount:
    trusted = pinned(options)
    receipts = [canonical.read(path.read_bytes()) for path in options.receipt]
    kept = Kept(
        [path.read_bytes() for path in options.checkpoint], [one for one in receipts if isinstance(one, dict)]
    )
    progress = Said()
    source = open_source(options.source)
    try:
        return recount(source, trusted, kept, progress)
    finally:
        progress.end()
        source.close()
