"""What can be measured: one module each, found by its name, with one function `measure(site) -> Report`."""

import pkgutil
from collections.abc import Callable
from importlib import import_module
from types import ModuleType

from benchmarks.report import Report
from benchmarks.site import Site

Measure = Callable[[Site], Report]


def names() -> list[str]:
    """All of them, in the order in which they run."""
    found = [module.name for module in pkgutil.iter_modules(__path__)]
    return sorted(found, key=lambda name: (_load(name).ORDER, name))


def about(name: str) -> str:
    """What it measures, in one sentence."""
    return (_load(name).__doc__ or "").splitlines()[0]


def measure_of(name: str) -> Measure:
    """Its function."""
    found: Measure = _load(name).measure
    return found


def _load(name: str) -> ModuleType:
    return import_module(f"{__name__}.{name}")
