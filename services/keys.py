"""``python -m services.keys init``: makes every key that is missing in MVOTING_KEYS and leaves the others alone."""

import os
import sys

from services.common.crypto import create_missing
from services.common.settings import ProcessSettings

SIGNING = {
    "identity": ("access",),
    "polls": ("pass",),
    "ballots": ("receipt",),
    "tally": ("result",),
}
SECRET = {
    "identity": ("tag", "code", "data", "phone"),
    "polls": ("secret",),
    "notify": ("data", "recipient"),
    "gateway": ("csrf",),
}


def init() -> None:
    folder = ProcessSettings.load(os.environ).keys
    for service in sorted(SIGNING.keys() | SECRET.keys()):
        for path in create_missing(folder, service, SIGNING.get(service, ()), SECRET.get(service, ())):
            print(f"made {path}")  # noqa: T201 - a command's answer


def main(arguments: list[str]) -> int:
    if arguments != ["init"]:
        print("usage: python -m services.keys init", file=sys.stderr)  # noqa: T201 - a command's answer
        return 2
    init()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
