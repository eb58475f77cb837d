"""Publishing: from a committed size of a log to a signed, stored and cosigned checkpoint that is served.

The order is that of docs/record.md, and a crash at any point of it is made good by the next round: a checkpoint that was
signed is signed again with the very same bytes, one that was stored is stored again, one that was not served is served.
"""

from collections.abc import Sequence

from prometheus_client import Counter, Gauge, Histogram

from services.ballots.domain import Published
from services.ballots.log_keys import LogSigner
from services.ballots.storage import RecordBook
from services.ballots.usecases.guarding import WITNESSED_MORE, Guard, PublishedStore, Watch
from services.ballots.usecases.witnessing import Witnesses
from services.common.failpoints import (
    CHECKPOINT_COSIGNED,
    CHECKPOINT_SIGNED,
    CHECKPOINT_STORED,
    Failpoint,
)
from services.common.ids import new_id
from services.common.telemetry.logs import get_logger
from services.common.telemetry.metrics import SECONDS, measured
from services.common.tlog.checkpoint import Checkpoint

PUBLISHED = Counter("log_checkpoints_published_total", "Checkpoints that were published")
UNPUBLISHED = Gauge(
    "log_unpublished_logs", "Logs that stand otherwise than their newest published checkpoint says"
)
ROUND_SECONDS = Histogram(
    "log_publishing_seconds", "One round of signing, storing and cosigning", buckets=SECONDS
)

WORK = "publishing"
LEASE_SECONDS = 15.0

log = get_logger(__name__)


class Publisher:
    """Publishes every log that has grown. Several may run: one at a time does the work, another when it is gone."""

    def __init__(
        self,
        book: RecordBook,
        published: PublishedStore,
        signer: LogSigner,
        guard: Guard,
        failpoint: Failpoint,
    ) -> None:
        self._book, self._published, self._signer, self._guard = book, published, signer, guard
        self._failpoint = failpoint
        self._holder = new_id()
        self._looked = False

    def round(self, witnesses: Witnesses, watch: Watch) -> int:
        """Publishes what is due and asks for missing cosignatures; how many checkpoints are served anew.

        Raises `Unavailable` while database or published store are away: then nothing is signed.
        """
        watch.tell(self._refused())
        due = self._book.to_publish()
        UNPUBLISHED.set(len(due))
        if not (due or self._book.to_cosign(())) or not self._book.hold(WORK, self._holder, LEASE_SECONDS):
            return 0
        with measured(ROUND_SECONDS):
            fresh = [one for one in map(self._sign, due) if one is not None]
            self._cosign(witnesses, fresh)
            return sum(self._serve(one) for one in fresh)

    def contradicted(self, witness: str, submitted: Published, size: int) -> None:
        """A witness has cosigned `size`. That is refuted only by a database that has more by now."""
        found = self._book.log(submitted.log_id)
        if found is not None and (size > found.size or size == submitted.size):
            self._guard.refuse(submitted.log_id, WITNESSED_MORE + witness)

    def _refused(self) -> int:
        """How many logs are; before the first answer every log that lives is looked at."""
        if not self._looked:
            self._book.begin()
            for log_id in self._book.live_logs():
                self._guard.look(log_id)
            self._looked = True
        return self._book.refused()

    def _sign(self, log_id: str) -> Published | None:
        """Signs and stores a checkpoint of the log as it is now, unless the log is refused."""
        found = self._guard.look(log_id)
        if found is None:
            return None
        note = str(self._signer.sign(Checkpoint(found.origin, found.size, found.root)))
        self._book.keep_signed(log_id, found.size, note, complete=False)
        self._failpoint.reach(CHECKPOINT_SIGNED)
        kept = self._book.signed(log_id, found.size) or note  # of an older key, if that one signed it first
        self._published.put(log_id, kept)
        self._failpoint.reach(CHECKPOINT_STORED)
        return Published(log_id, found.origin, found.size, kept, final=False)

    def _cosign(self, witnesses: Witnesses, fresh: Sequence[Published]) -> None:
        again = self._contradicted_ones(witnesses)
        pairs = [(one.log_id, one.size) for one in fresh] + [pair for pair, _ in again]
        witnesses.ask(self._book.to_cosign(pairs))
        self._failpoint.reach(CHECKPOINT_COSIGNED)
        have = self._book.cosigners([pair for pair, _ in again])
        for pair, witness in again:
            if witness in have[pair]:
                self._book.refuse(pair[0], None)

    def _contradicted_ones(self, witnesses: Witnesses) -> list[tuple[tuple[str, int], str]]:
        """Newest signed checkpoints of logs that a witness contradicts; of witnesses that are asked no more, nothing."""
        found = []
        for one, size in self._book.contradicted(WITNESSED_MORE):
            witness = (one.refused or "").removeprefix(WITNESSED_MORE)
            if witness in witnesses.names:
                found.append(((one.log_id, size), witness))
            else:
                self._book.refuse(one.log_id, None)
        return found

    def _serve(self, one: Published) -> bool:
        now = self._book.log(one.log_id)
        if now is None or now.refused:
            return False
        final = self._book.serve(one.log_id, one.size)
        PUBLISHED.inc()
        if final:
            log.info("the final checkpoint is published", poll_id=one.log_id)
        return True
