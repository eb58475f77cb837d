"""Places where a test makes a process end as a crash would: at once, with nothing finished, closed or flushed.

``MVOTING_FAILPOINT=batch.committed:20`` ends it each time that place is reached for the 20th time.  Without the variable
nothing is counted; with it a process starts in the ``dev`` environment only (`services/common/process.py`).
"""

import os
from dataclasses import dataclass, field

BATCH_COMMITTED = "batch.committed"
"""The method has committed; its senders are not answered yet."""
BATCH_ANSWERED = "batch.answered"
"""The senders are answered; the messages are not acknowledged yet."""
CHECKPOINT_SIGNED = "checkpoint.signed"
"""A checkpoint is signed and in the database; the published store does not have it yet."""
CHECKPOINT_STORED = "checkpoint.stored"
"""The published store has it; no witness was asked yet."""
CHECKPOINT_COSIGNED = "checkpoint.cosigned"
"""The witnesses' answers are kept; nobody is served with it yet."""
POINTS = (BATCH_COMMITTED, BATCH_ANSWERED, CHECKPOINT_SIGNED, CHECKPOINT_STORED, CHECKPOINT_COSIGNED)
EXIT_CODE = 86


@dataclass
class Failpoint:
    """``point`` empty: none."""

    point: str = ""
    every: int = 1
    _reached: int = field(default=0, init=False)

    def reach(self, point: str) -> None:
        """Ends the process if it is time."""
        if point != self.point:
            return
        self._reached += 1
        if self._reached >= self.every:
            os._exit(EXIT_CODE)


def parse(text: str) -> Failpoint:
    """``""``, ``POINT`` or ``POINT:TIMES``; raises ValueError."""
    if not text:
        return Failpoint()
    point, _, times = text.partition(":")
    if point not in POINTS or int(times or 1) < 1:
        raise ValueError(f"must be one of {', '.join(POINTS)}, then `:` and how many times")
    return Failpoint(point, int(times or 1))
