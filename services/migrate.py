"""``python -m services.migrate [SERVICE...]``: brings each service's database to the newest revision, from empty too."""

import os
import sys
from pathlib import Path

from services.common.database import Database
from services.common.migrations_env import upgrade

SERVICES = ("identity", "polls", "ballots", "tally", "notify")
_HERE = Path(__file__).parent


def database_variable(service: str) -> str:
    return f"{service.upper()}_DATABASE_URL"


def migrate(service: str, url: str) -> None:
    database = Database(url, pool_size=1, statement_timeout=600.0, lock_timeout=60.0)
    try:
        upgrade(database, service, _HERE / service / "migrations")
    finally:
        database.close()


def main(arguments: list[str]) -> int:
    wanted = arguments or list(SERVICES)
    unknown = [service for service in wanted if service not in SERVICES]
    missing = [
        database_variable(service) for service in wanted if not os.environ.get(database_variable(service))
    ]
    if unknown or missing:
        print(  # noqa: T201 - a command's answer
            f"unknown services: {unknown}" if unknown else f"not set: {', '.join(missing)}", file=sys.stderr
        )
        return 2
    for service in wanted:
        migrate(service, os.environ[database_variable(service)])
        print(f"{service}: up to date", flush=True)  # noqa: T201 - a command's answer
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
