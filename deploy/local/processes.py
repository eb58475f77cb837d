"""One supervised child process: its own session, a log file, a graceful stop with a deadline.

A child gets SIGTERM from the kernel when the thread that started it ends (PR_SET_PDEATHSIG), so nothing is left behind even
if this process is killed. Start children from the main thread or from one that lives as long as they do.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Command:
    """What to run and how to know and stop it. `ready` says whether it serves; none: it needs not be waited for."""

    name: str
    argv: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    ready_seconds: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 15.0
    user: str | None = None
    folder: Path | None = None


class ProcessError(Exception):
    """A process did not start, died or did not get ready; `tail` holds the last lines of its log."""

    def __init__(self, sentence: str, tail: str = "") -> None:
        super().__init__(sentence)
        self.tail = tail


class Process:
    """A running (or not yet, or no longer running) Command."""

    def __init__(self, command: Command, logs: Path) -> None:
        self.command = command
        self.log = logs / f"{command.name}.log"
        self._child: subprocess.Popen[bytes] | None = None
        self._finished = False  # its group is gone too, so its number may be somebody else's by now

    @property
    def name(self) -> str:
        """What the log file and messages call it."""
        return self.command.name

    @property
    def pid(self) -> int | None:
        """The child's process id, which is its process group's too; none before the first start."""
        return self._child.pid if self._child else None

    @property
    def returncode(self) -> int | None:
        """How it ended; none while it runs or when it never started."""
        return self._child.poll() if self._child else None

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start it in its own session, with output going to its log. Raises ProcessError."""
        command = self.command
        self._finished = False
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            try:
                self._child = subprocess.Popen(
                    list(command.argv),
                    env=dict(command.environ) or None,
                    cwd=command.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=_die_with(os.getpid(), command.stop_signal),  # noqa: PLW1509 - no other way to prctl
                    user=command.user,
                    group=command.user,
                    extra_groups=[] if command.user else None,
                )
            except OSError as error:
                raise ProcessError(f"{self.name} could not be started: {error.strerror}.") from error

    def wait_ready(self) -> None:
        """Return once it serves. Raises ProcessError when it ends before, or does not serve in time."""
        deadline = time.monotonic() + self.command.ready_seconds
        while not self.is_ready():
            self.check_alive()
            if time.monotonic() > deadline:
                raise ProcessError(
                    f"{self.name} was not ready within {self.command.ready_seconds:.0f} s.", self.tail()
                )
            time.sleep(POLL_SECONDS)

    def is_ready(self) -> bool:
        """Whether it runs and, as far as it can tell, serves."""
        return self.running and (self.command.ready is None or self.command.ready())

    def check_alive(self) -> None:
        """Raises ProcessError when it has ended."""
        if not self.running:
            raise ProcessError(f"{self.name} ended with exit code {self.returncode}.", self.tail())

    def wait(self, seconds: float) -> int:
        """Its exit code, once it has ended by itself. Raises ProcessError after `seconds`."""
        assert self._child is not None, "wait() comes after start()"
        try:
            return self._child.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise ProcessError(f"{self.name} took longer than {seconds:.0f} s.", self.tail()) from error

    def send_stop(self) -> None:
        """Ask it to end; `finish` waits. Harmless when it has ended."""
        if self.running:
            self._signal(self.command.stop_signal, group=False)

    def finish(self) -> None:
        """Wait until it has ended, at most its `stop_seconds`; then kill what is left of its group."""
        if self._child is None or self._finished:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(self.command.stop_seconds)
        self.kill()

    def stop(self) -> None:
        """End it gracefully, at most in `stop_seconds`, with everything that it started. Idempotent."""
        self.send_stop()
        self.finish()

    def kill(self) -> None:
        """End it and its group at once, as a crash would."""
        if self._child is not None and not self._finished:
            self._signal(signal.SIGKILL, group=True)
            self._child.wait(5)
            self._finished = True

    def tail(self, lines: int = 20) -> str:
        """The last lines of its log."""
        try:
            text = self.log.read_text(errors="replace")
        except OSError:
            return ""
        return "\n".join(text.splitlines()[-lines:])

    def _signal(self, number: signal.Signals, *, group: bool) -> None:
        assert self.pid is not None, "only a started process is signalled"
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if group else os.kill)(self.pid, number)


def _die_with(parent: int, number: signal.Signals) -> Callable[[], None]:
    """What the child does before exec: ask for `number` when its parent ends, and end now if that has happened."""

    def prepare() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return prepare
