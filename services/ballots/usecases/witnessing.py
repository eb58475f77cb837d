"""Asking the witnesses for their cosignatures: all at the same time, none longer than a deadline."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import Counter, Histogram

from services.ballots.domain import Cosigned, Published
from services.ballots.storage import RecordBook
from services.common.telemetry.logs import get_logger
from services.common.telemetry.metrics import SECONDS, measured
from services.common.tlog import ranges
from services.common.tlog.checkpoint import cosigned_at
from services.common.tlog.note import BadNote, Note, parse_lines
from services.common.tlog.witness import Answer, Witness, WitnessAway, add_checkpoint

REQUESTS = Counter("witness_requests_total", "Checkpoints submitted to witnesses", ["outcome"])
SECONDS_OF_REQUEST = Histogram(
    "witness_request_seconds", "Time of one submission to a witness", buckets=SECONDS
)

LONGEST_PAUSE = 60.0

log = get_logger(__name__)

Contradiction = Callable[[str, Published, int], None]
"""Called with the witness's name, the checkpoint that it does not take, and the size that it has cosigned."""


@dataclass(slots=True)
class _Standing:
    """How it is with one witness. Only the thread that asks it changes what it found; only one asks at a time."""

    witness: Witness
    asking: threading.Thread | None = None
    misses: int = 0
    not_before: float = 0.0

    @property
    def busy(self) -> bool:
        return self.asking is not None and self.asking.is_alive()


class Witnesses:
    """Those that are asked. A witness that does not answer is asked again, after growing pauses."""

    def __init__(
        self,
        witnesses: Sequence[Witness],
        book: RecordBook,
        contradiction: Contradiction,
        *,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._standings = [_Standing(one) for one in witnesses]
        self._book, self._contradiction = book, contradiction
        self._seconds, self._clock = seconds, clock
        self._answers: list[Cosigned] = []

    @property
    def names(self) -> set[str]:
        return {one.witness.name for one in self._standings}

    def ask(self, published: Sequence[Published]) -> None:
        """Asks every witness for what it has not cosigned, and keeps what has come when the deadline is over.

        What comes later is kept next time; who is still at it is not asked meanwhile.
        """
        sizes = self._book.witness_sizes([one.log_id for one in published])
        have = self._book.cosigners([(one.log_id, one.size) for one in published])
        started = [
            self._start(
                one,
                [each for each in published if one.witness.name not in have[each.log_id, each.size]],
                sizes,
            )
            for one in self._standings
            if not one.busy and self._clock() >= one.not_before
        ]
        deadline = time.monotonic() + self._seconds
        for thread in filter(None, started):
            thread.join(max(0.0, deadline - time.monotonic()))
        self._keep()

    def _keep(self) -> None:
        came, self._answers = self._answers, []
        self._book.keep_cosigned(came, self.names)

    def _start(
        self, standing: _Standing, wanted: list[Published], sizes: Mapping[tuple[str, str], int]
    ) -> threading.Thread | None:
        if not wanted:
            return None
        name = standing.witness.name
        jobs = [(one, sizes.get((name, one.log_id), 0)) for one in wanted]
        standing.asking = threading.Thread(target=self._work, args=(standing, jobs), daemon=True)
        standing.asking.start()
        return standing.asking

    def _work(self, standing: _Standing, jobs: Sequence[tuple[Published, int]]) -> None:
        """One log after the other; the first time that the witness is not reached ends it."""
        until = self._clock() + self._seconds
        try:
            for one, seen in jobs:
                if self._clock() > until:
                    return
                self._submit(standing.witness, one, seen)
            standing.misses = 0
        except WitnessAway:
            REQUESTS.labels("away").inc()
            standing.misses += 1
            standing.not_before = self._clock() + min(LONGEST_PAUSE, 2.0**standing.misses)
        except Exception as error:  # noqa: BLE001 - told of; the next round asks again
            log.error("a witness could not be asked", kind=type(error).__name__)

    def _submit(self, witness: Witness, one: Published, seen: int) -> None:
        answer = self._post(witness, one, min(seen, one.size))
        if (
            answer.status == 409
            and answer.size is not None
            and answer.size <= one.size
            and answer.size != seen
        ):
            seen = answer.size
            answer = self._post(witness, one, seen)
        if answer.status == 200:
            self._cosigned(witness, one, answer.text)
        elif answer.status == 409 and answer.size is not None and answer.size >= one.size:
            self._conflict(witness, one, answer.size)
        else:
            REQUESTS.labels("refused").inc()
            log.error("a witness refused a checkpoint", poll_id=one.log_id, http_status=answer.status)

    def _post(self, witness: Witness, one: Published, old: int) -> Answer:
        proof = self._book.hashes(one.log_id, ranges.consistency(old, one.size))
        with measured(SECONDS_OF_REQUEST):
            return add_checkpoint(witness, old, proof, one.note, self._seconds)

    def _cosigned(self, witness: Witness, one: Published, text: str) -> None:
        try:
            lines = parse_lines(text)
        except BadNote:
            lines = []
        body = Note.parse(one.note).text
        good = [line for line in lines if cosigned_at(body, line, witness.key) is not None]
        if not good:
            REQUESTS.labels("invalid").inc()
            log.error("a witness answered with no cosignature of this checkpoint", poll_id=one.log_id)
            return
        REQUESTS.labels("cosigned").inc()
        self._answers.append(Cosigned(witness.name, one.log_id, one.size, seen=one.size, line=str(good[0])))

    def _conflict(self, witness: Witness, one: Published, size: int) -> None:
        """The witness has more than was submitted, or another tree of the same size: another process of ours was quicker,
        or the database has gone back.
        """
        REQUESTS.labels("conflict").inc()
        self._answers.append(Cosigned(witness.name, one.log_id, one.size, seen=size, line=None))
        self._contradiction(witness.name, one, size)
