"""Metrics of polls. Labels are closed sets, never an id."""

from prometheus_client import Counter, Histogram

from services.common.telemetry.metrics import ITEMS, SECONDS

opened = Counter("polls_opened_total", "Polls opened")
closed = Counter("polls_closed_total", "Polls closed")
recounts_differing = Counter(
    "polls_recounts_differing_total", "Recounts that differed from the live counters"
)
altered_definitions = Counter(
    "polls_altered_definitions_total", "Times a definition was found to have been altered after opening"
)
roll_rows = Counter("polls_roll_rows_total", "Rows of voter rolls taken in", ["outcome"])
images_stored = Counter("polls_images_stored_total", "Images re-encoded and stored")
passes_issued = Counter("polls_passes_issued_total", "Ballot passes issued")
passes_refused = Counter("polls_passes_refused_total", "Ballot passes refused", ["code"])
pass_batch_seconds = Histogram(
    "polls_pass_batch_seconds", "Time to handle one batch of pass requests", buckets=SECONDS
)
pass_batch_items = Histogram("polls_pass_batch_items", "Pass requests in one batch", buckets=ITEMS)
