"""Every setting of tally, once."""

from services.common.settings import ProcessSettings, Setting, integer, url


class TallySettings(ProcessSettings):
    """Read by the process `tally`."""

    database_url = Setting(
        "TALLY_DATABASE_URL",
        None,
        "address of the database of tally",
        url("sqlite", "postgresql", "postgresql+psycopg2"),
        secret=True,
        required=True,
    )
    page = Setting("TALLY_PAGE", "2000", "most entries of a log asked for at a time", integer(1, 5_000))
