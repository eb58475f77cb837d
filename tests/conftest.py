"""Fixtures that every level of tests may ask for; tests/README.md says what each gives."""

from typing import NoReturn

import eventlet
from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.fixtures.servers",
    "tests.fixtures.databases",
    "tests.fixtures.stacks",
    "tests.fixtures.browser",
    "tests.fixtures.parallel",
]

# How long an example takes says something about the machine and what else runs on it, nothing about the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def refuse_to_patch(**_modules: bool) -> NoReturn:
    """A test process with eventlet patched in waits for ever in pytest-xdist, and in much else."""
    raise AssertionError(
        "this module patches eventlet in when it is imported: run it as a process of its own"
    )


eventlet.monkey_patch = refuse_to_patch
