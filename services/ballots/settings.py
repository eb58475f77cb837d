"""Every setting of ballots, once."""

from services.common.settings import ProcessSettings, Setting, integer, seconds, url


class BallotsSettings(ProcessSettings):
    """Read by the processes `ballots` and `ballots-worker`."""

    database_url = Setting(
        "BALLOTS_DATABASE_URL",
        None,
        "address of the database of ballots",
        url("sqlite", "postgresql", "postgresql+psycopg2"),
        secret=True,
        required=True,
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
