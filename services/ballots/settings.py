"""Every setting of ballots, once."""

import re
from urllib.parse import urlsplit

from services.common.object_settings import S3Settings, place
from services.common.settings import Setting, integer, seconds, url
from services.common.tlog.witness import Witness

_HOME = re.compile(r"[A-Za-z0-9._~:/\[\]-]{1,300}")
_LOCAL = "127.0.0.1:8080"
"""Host of the gateway where nothing is said."""


def home_of_logs(text: str) -> str:
    """Host and path, without scheme."""
    if text.startswith("$"):
        return _LOCAL
    parts = urlsplit(text)
    home = (parts.netloc + parts.path if parts.scheme in ("http", "https") else text).rstrip("/")
    if not _HOME.fullmatch(home):
        raise ValueError("must be a host, or a host and a path")
    return home


def witnesses(text: str) -> tuple[Witness, ...]:
    """`<vkey>=<URL>`, separated by spaces."""
    found = tuple(Witness.parse(word) for word in text.split())
    if len({one.name for one in found}) != len(found):
        raise ValueError("must name each witness once")
    return found


class BallotsSettings(S3Settings):
    """Read by the processes `ballots` and `ballots-worker`."""

    database_url = Setting(
        "BALLOTS_DATABASE_URL",
        None,
        "address of the database of ballots",
        url("sqlite", "postgresql", "postgresql+psycopg2"),
        secret=True,
        required=True,
    )
    log_origin = Setting(
        "MVOTING_LOG_ORIGIN",
        "$MVOTING_PUBLIC_URL",
        "where the logs are at home: the origin of each is this without scheme, then `/log/<id>`; fixed when a log begins",
        home_of_logs,
    )
    include_within = Setting(
        "BALLOTS_INCLUDE_WITHIN",
        "60",
        "seconds in which receipts promise the entry to be in the log; fixed when a log begins",
        integer(1, 86_400),
    )
    checkpoints = Setting(
        "MVOTING_CHECKPOINTS",
        "$MVOTING_HOME/checkpoints",
        "the published store: folder, or `s3://bucket/prefix`, of what was published of the logs; keep it apart from the database",
        place,
    )
    witnesses = Setting(
        "MVOTING_WITNESSES",
        "",
        "who is asked to cosign checkpoints: `<vkey>=<URL>` of each, separated by spaces",
        witnesses,
    )
    witness_seconds = Setting(
        "BALLOTS_WITNESS_SECONDS", "3", "longest that a round of publishing waits for witnesses", seconds
    )
    sequence_limit = Setting(
        "BALLOTS_SEQUENCE_LIMIT", "2000", "most ballots of one poll in one step", integer(1, 100_000)
    )
    seal_grace = Setting(
        "BALLOTS_SEAL_GRACE",
        "5",
        "seconds after a poll's closing before its log may be sealed: longer than a gateway takes from pass to confirm",
        seconds,
    )
    barrier_seconds = Setting(
        "BALLOTS_BARRIER_SECONDS",
        "5",
        "seconds that all workers have to say that nothing of a closed poll is in their hands; else it is tried again",
        seconds,
    )
    facts_seconds = Setting(
        "BALLOTS_FACTS_SECONDS", "10", "seconds for which a poll's definition is not asked for again", seconds
    )
    refetch_seconds = Setting(
        "BALLOTS_REFETCH_SECONDS",
        "2",
        "least seconds between two questions to polls that a doubtful pass causes",
        seconds,
    )
