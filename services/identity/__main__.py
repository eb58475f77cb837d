"""``python -m services.identity create-admin --phone 010-…`` and what else is done by hand."""

import argparse
import os
import sys
from collections.abc import Sequence

from services.common.crypto import KeyMissing
from services.common.database import Database, DatabaseAway
from services.common.settings import SettingError
from services.identity.contract import InvalidPhone
from services.identity.settings import IdentitySettings
from services.identity.usecases.context import Context
from services.identity.usecases.people import make_admin
from services.identity.usecases.upkeep import encrypt_anew


def arguments(words: Sequence[str]) -> argparse.Namespace:
    """What is to be done; tells how to ask, and ends, when that is not clear."""
    parser = argparse.ArgumentParser(prog="python -m services.identity")
    commands = parser.add_subparsers(dest="command", required=True)
    create = commands.add_parser(
        "create-admin", help="give somebody the role of an administrator; may be repeated"
    )
    create.add_argument("--phone", required=True, help="the phone they sign in with")
    commands.add_parser("encrypt-anew", help="encrypt stored phones with the newest key, after adding one")
    return parser.parse_args(words)


def run(wanted: argparse.Namespace) -> str:
    """Does it, and says what was done."""
    settings = IdentitySettings.load(os.environ)
    database = Database(settings.database_url, pool_size=1)
    try:
        context = Context.assemble(settings, database)
        if wanted.command == "create-admin":
            return f"administrator {make_admin(context, wanted.phone).person.id}"
        return f"{encrypt_anew(context)} phones encrypted anew"
    finally:
        database.close()


def main(words: Sequence[str]) -> int:
    """Exit code 0 when done, 2 with one sentence when not."""
    wanted = arguments(words)
    try:
        print(run(wanted))  # noqa: T201 - a program's answer
    except InvalidPhone:
        return _refuse("this is not a mobile number of an allowed country")
    except (SettingError, KeyMissing) as error:
        return _refuse(str(error))
    except DatabaseAway:
        return _refuse("the database cannot be reached")
    return 0


def _refuse(reason: str) -> int:
    print(f"identity: {reason}", file=sys.stderr)  # noqa: T201 - a program's answer
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
