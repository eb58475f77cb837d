"""`python -m auditor receipt`."""

import json
import sys
import time
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditor.fetching import Unreachable
from auditor.formats import canonical, checkpoints, cosignatures, merkle, notes, tiles
from auditor.formats.checkpoints import Checkpoint
from auditor.formats.notes import MalformedKey, Note
from auditor.receipt.form import Receipt, parse
from auditor.receipt.logs import BundledLog, Log, ServedLog
from auditor.record import Unreadable
from auditor.record.addresses import is_address, poll_of
from auditor.recount.command import add_common, pinned
from auditor.recount.findings import Findings
from auditor.recount.page import findings_lines
from auditor.recount.trusting import Keys
from auditor.texts import language_of, say


def check(receipt: Receipt, log: Log, options: Namespace, now: float) -> Findings:
    """Everything about the receipt. Raises Unreadable, Unreachable, MalformedKey."""
    findings = Findings()
    record = log.record()
    keys = Keys(record, pinned(options), findings)
    rest = {name: value for name, value in receipt.document.items() if name != "signature"}
    named = receipt.document["key_id"]
    genuine = keys.signed("receipt", named, receipt.document["signature"], rest)
    findings.check(genuine, "receipt_signed", "receipt_not_signed", key=named)
    try:
        note, checkpoint = checkpoints.open_checkpoint(
            record.checkpoint, record.origin, keys.log_keys(record.origin)
        )
    except ValueError as error:
        findings.differs("checkpoint_not_signed", why=str(error))
        return findings
    findings.holds("checkpoint_signed", origin=record.origin, size=checkpoint.size)
    times = _times(note, keys, findings)
    if not genuine or record.poll_id != receipt.poll_id:
        return findings
    if not _included(receipt, log, checkpoint, findings):
        _judge_promise(receipt, times, findings, now, final=log.FINAL)
    findings.note("receipt_secret")
    return findings


def _times(note: Note, keys: Keys, findings: Findings) -> list[int]:
    """When trusted witnesses cosigned the checkpoint."""
    times = []
    for key in keys.witnesses:
        try:
            at = cosignatures.verify(note, key)
        except notes.NotSigned as error:
            findings.differs("cosignature_wrong", why=str(error))
            continue
        times += [] if at is None else [at]
    if times:
        findings.holds(
            "witnesses_agree", agreed=len(times), needed=0, names=[key.name for key in keys.witnesses]
        )
    return times


def _included(receipt: Receipt, log: Log, checkpoint: Checkpoint, findings: Findings) -> bool:
    """False when the whole log was searched in vain; what was found or could not be found out is noted."""
    try:
        place = log.find(receipt.leaf_hash, checkpoint.size)
    except (tiles.MalformedTile, canonical.NotCanonical) as error:
        findings.unchecked("receipt_not_proved", why=str(error))
        return True
    if place.index is None:
        return False
    root = merkle.root_from_inclusion(receipt.leaf_hash, place.index, checkpoint.size, place.proof)
    if root == checkpoint.root:
        findings.holds("receipt_included", index=place.index, size=checkpoint.size)
    else:
        findings.differs("receipt_not_proved", why="the inclusion proof leads to another root")
    return True


def _judge_promise(
    receipt: Receipt, times: list[int], findings: Findings, now: float, *, final: bool
) -> None:
    """The ballot is not in the log: whether it should be by now, and what proves that."""
    deadline = receipt.deadline.isoformat()
    proved = max(times, default=0)
    if final:
        findings.differs("receipt_sealed_without")
    elif proved > receipt.deadline.timestamp():
        said = datetime.fromtimestamp(proved, UTC).isoformat()
        findings.differs("receipt_broken", deadline=deadline, time=said)
    elif now > receipt.deadline.timestamp():
        findings.differs("receipt_broken_by_clock", deadline=deadline)
    else:
        findings.unchecked("receipt_early", deadline=deadline)


def add_to(commands: Any) -> None:
    """Adds the command to what `ArgumentParser.add_subparsers` gave."""
    parser = commands.add_parser(
        "receipt", help="check a receipt: signature, inclusion, and whether the promise was kept"
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the receipt as JSON")
    parser.add_argument(
        "address", metavar="ADDRESS-OR-BUNDLE", help="the server (https://vote.example), or the poll's bundle"
    )
    add_common(parser)
    parser.set_defaults(run=run)


def run(options: Namespace) -> int:
    """0: genuine and in the log; 1: something is wrong; 2: it could not be checked, or not yet."""
    language = options.language or language_of()
    try:
        findings = _checked(options)
    except (Unreadable, Unreachable, MalformedKey, canonical.NotCanonical, OSError) as error:
        sys.stderr.write(say(language, "unreadable", why=str(error)) + "\n")
        return 2
    if options.json:
        document = {"exit_status": findings.exit_status, "findings": [one.as_json() for one in findings.all]}
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=1) + "\n")
    else:
        lines = [say(language, "receipt_title"), *findings_lines(findings, language)]
        sys.stdout.write("\n".join(lines) + "\n")
    return findings.exit_status


def _checked(options: Namespace) -> Findings:
    try:
        receipt = parse(options.file.read_bytes())
    except ValueError as error:
        findings = Findings()
        findings.differs("receipt_malformed", why=str(error))
        return findings
    log = _open(options.address, receipt)
    try:
        return check(receipt, log, options, time.time())
    finally:
        log.close()


def _open(address: str, receipt: Receipt) -> Log:
    if not is_address(address):
        return BundledLog(address)
    if poll_of(address) not in (None, receipt.poll_id):
        raise Unreadable("the address is another poll's")
    return ServedLog(address, receipt.poll_id)
