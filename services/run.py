"""``python -m services.run PROCESS``: hosts the services of one process until SIGTERM."""

import warnings

# Known (pyproject.toml says why it is used); its ten lines would bury the one sentence that says why a process does not start.
warnings.filterwarnings("ignore", category=Warning, message=r"\s*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

import importlib  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402

from services.common.process import run  # noqa: E402
from services.common.settings import SettingError  # noqa: E402

PROCESSES = {
    "identity": ("services.identity.service:IdentityService",),
    "polls": ("services.polls.service:PollsService",),
    "polls-passes": ("services.polls.service:PassIssuer",),
    "ballots": (
        "services.ballots.service:BallotsService",
        "services.ballots.service:Sequencer",
        "services.ballots.service:LogPublisher",
    ),
    "ballots-worker": ("services.ballots.service:BallotIntake",),
    "tally": ("services.tally.service:TallyService",),
    "notify": ("services.notify.service:NotifyService",),
}

LOG_FIELDS = (
    "poll_id",
    "org_id",
    "closed",
    "opened",
    "recorded",
    "duplicates",
    "rejected",
    "rows",
    "sealed",
    "agreed",
)
"""What our log lines may tell besides the mechanism's own fields: public ids and counts."""


def load(target: str) -> type:
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in PROCESSES:
        print(f"usage: python -m services.run {{{','.join(PROCESSES)}}}", file=sys.stderr)  # noqa: T201 - a command's answer
        return 2
    [process] = arguments
    try:
        return run(process, map(load, PROCESSES[process]), os.environ, LOG_FIELDS)
    except SettingError as error:
        print(f"{process}: {error}", file=sys.stderr)  # noqa: T201 - a command's answer
        return 2


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)  # whatever did not finish in time must not keep the process
