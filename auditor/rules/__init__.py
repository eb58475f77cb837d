"""Counting rules: one file a rule, found by itself; each is this program's own reading of the rule's description.

A question's `counting` in the frozen definition names the rule and its parameters. To add one, write `<rule>.py` and its test.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from auditor.deciding import Case, Decided


class Rule(Protocol):
    """What a rule's module offers. NAME: as in definitions."""

    NAME: str

    def decide(self, case: Case) -> Decided:
        """The outcome. Raises NotDecided."""


@cache
def rules() -> dict[str, Rule]:
    """All rules by name."""
    found = (import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__))
    return {module.NAME: cast("Rule", module) for module in found}
