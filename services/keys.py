"""``python -m services.keys init``: makes every key that is missing in MVOTING_KEYS and leaves the others alone."""

import os
import sys
from pathlib import Path

from services.common.crypto import create_missing
from services.common.settings import ProcessSettings
from services.identity.contract import ACCESS_KEY_USE, ACCESS_KEYS

SIGNING = {
    "polls": ("pass",),
    "ballots": ("receipt", "log"),
    "tally": ("result",),
}
SECRET = {
    ACCESS_KEYS: (ACCESS_KEY_USE,),
    "identity": ("tag", "code", "data", "phone"),
    "polls": ("secret",),
    "notify": ("data", "recipient"),
    "gateway": ("csrf",),
}


def make(folder: Path | str, *services: str) -> list[Path]:
    """Makes the keys that are missing in these services' folders; returns them."""
    return [
        path
        for service in services
        for path in create_missing(folder, service, SIGNING.get(service, ()), SECRET.get(service, ()))
    ]


def init() -> None:
    folder = ProcessSettings.load(os.environ).keys
    for path in make(folder, *sorted(SIGNING.keys() | SECRET.keys())):
        print(f"made {path}")  # noqa: T201 - a command's answer


def main(arguments: list[str]) -> int:
    if arguments != ["init"]:
        print("usage: python -m services.keys init", file=sys.stderr)  # noqa: T201 - a command's answer
        return 2
    init()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
