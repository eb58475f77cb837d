"""`make up`: start the platform on this machine, load the samples, say where it is, and wait until it is stopped.

Ctrl-C or SIGTERM stops everything at any moment, also while it installs or starts; exit code 0 once it was running, else 130
or 143. Whatever is missing ends it with one sentence and exit code 1.
"""

import contextlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from deploy.local.console import Unusable, say
from deploy.local.options import from_environ
from deploy.local.processes import ProcessError
from deploy.local.samples.accounts import ADMIN
from deploy.local.stack import Stack

SAMPLES = "deploy.local.samples"
SAMPLES_SECONDS = 600.0
AGAIN_SECONDS = 0.02


class Interrupted(BaseException):
    """The person or the system wants it to end; no ordinary handler may swallow it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def interrupt(number: int, _frame: FrameType | None) -> None:
    """A signal handler that ends what is going on at its next instruction, once."""
    ignore_signals()
    raise Interrupted(number)


def handle_signals() -> None:
    """Let Ctrl-C and SIGTERM end the stack in order."""
    sys.unraisablehook = interrupt_again
    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)


def interrupt_again(dropped: "sys.UnraisableHookArgs") -> None:
    """Python drops what is raised while it calls a destructor or the end of an import: then raise it anew a moment later."""
    stop = dropped.exc_value
    if not isinstance(stop, Interrupted):
        sys.__unraisablehook__(dropped)
        return
    signal.signal(signal.SIGALRM, lambda _number, frame: interrupt(stop.number, frame))
    signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)


def ignore_signals() -> None:
    """Stopping is under way and has deadlines of its own: a second Ctrl-C would only leave it half done."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def main() -> int:
    """Run until stopped; the exit code."""
    handle_signals()
    try:
        stack = Stack(from_environ(os.environ))
    except Unusable as error:
        return fail(str(error))
    started = time.monotonic()
    running = False
    try:
        stack.start()
        load_samples(stack)
        running = True
        say(f"Ready after {time.monotonic() - started:.0f} s")
        print(welcome(stack), flush=True)
        wait(stack)
    except Interrupted as stop:
        say("Stopping")
        return 0 if running else 128 + stop.number
    except ProcessError as error:
        return fail(f"{error} Its log is in {stack.home / 'logs'}; the last lines:\n{error.tail}")
    except Unusable as error:
        return fail(str(error))
    finally:
        ignore_signals()
        stack.stop()
    return 0


def fail(sentence: str) -> int:
    """Say why it ends; the exit code for it."""
    print(f"[mvoting] {sentence}", file=sys.stderr, flush=True)
    return 1


def in_development(stack: Stack) -> bool:
    """Whether messages go to the outbox page instead of to people."""
    return stack.environ["MVOTING_ENV"] == "dev"


def samples_file(stack: Stack) -> Path:
    """What the samples' loader writes last: its presence says that this stack has them."""
    return stack.home / "samples.json"


def load_samples(stack: Stack) -> None:
    """Fill an empty stack with the sample polls, as a client of the gateway. MVOTING_SAMPLES=0 leaves it empty.

    Only in development can their voters read their codes.
    """
    wanted = in_development(stack) and stack.options.environ.get("MVOTING_SAMPLES", "1") != "0"
    if not wanted or samples_file(stack).exists():
        return
    say("Loading the sample polls")
    stack.create_admin(stack.options.environ.get("MVOTING_ADMIN_PHONE") or ADMIN)
    stack.run_program("samples", SAMPLES, stack.url, seconds=SAMPLES_SECONDS)


def wait(stack: Stack) -> None:
    """Keep every process running, for ever."""
    while True:
        stack.supervise()
        time.sleep(0.5)


def welcome(stack: Stack) -> str:
    """Where the platform is, who may sign in and where their codes are read."""
    lines = ["", f"  mVoting      {stack.options.public_url}"]
    lines += [f"  also         {url}" for url in stack.urls[1:]]
    lines += [f"  {account['who']:<12} {account['phone']}" for account in accounts(stack)]
    if in_development(stack):
        lines.append(f"  codes        {stack.options.public_url}/dev/outbox")
    lines.append(f"  data, logs   {stack.home}")
    return "\n".join([*lines, "", "  Ctrl-C stops everything and keeps the data.", ""])


def accounts(stack: Stack) -> list[dict[str, str]]:
    """The sample accounts, each with `who` and `phone`; none where no samples were loaded."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        return list(json.loads(samples_file(stack).read_text())["accounts"])
    return []


if __name__ == "__main__":
    sys.exit(main())
