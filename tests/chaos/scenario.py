"""What a scenario is: a module in `scenarios/` with SHOWS (one sentence), SECONDS (of its long form) and run(Run) -> str.

`run` breaks something while voters cast, raises Broken when a promise was not kept, and returns its figures. It leaves the
ground as it was. With OWN_GROUND it starts what it needs itself.
"""

import importlib
import pkgutil
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

from tests.chaos import scenarios
from tests.chaos.ground import Ground

# The ones that need nothing unusual first.
ORDER = ("worker_kill", "commit_before_reply", "commit_before_ack", "gateway_kill", "sequencer_kill")


@dataclass(frozen=True)
class Run:
    """One run of a scenario; all chance comes from `random`."""

    ground: Ground
    seed: int
    seconds: float
    random: random.Random

    def turns(self, least: int = 1) -> Iterator[int]:
        """1, 2, 3 … while there is time, and at least so many."""
        began, number = time.monotonic(), 0
        while number < least or time.monotonic() - began < self.seconds:
            number += 1
            yield number

    def sleep(self, shortest: float, longest: float) -> None:
        time.sleep(self.random.uniform(shortest, longest))


def names() -> list[str]:
    found = sorted(module.name for module in pkgutil.iter_modules(scenarios.__path__))
    return [*ORDER, *(name for name in found if name not in ORDER)]


def load(name: str) -> ModuleType:
    return importlib.import_module(f"tests.chaos.scenarios.{name}")


def run(name: str, ground: Ground, seed: int, seconds: float | None = None) -> str:
    """The scenario's figures. Raises Broken."""
    module = load(name)
    figures: str = module.run(
        Run(ground, seed, module.SECONDS if seconds is None else seconds, random.Random(f"{name} {seed}"))
    )
    return figures
