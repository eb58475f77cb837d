"""Finding the bad items of a batch without giving up the good ones."""

from collections.abc import Callable
from typing import Any, Protocol

Item = Any
Outcome = dict[str, Any]


class Handler(Protocol):
    def __call__(self, items: list[Item]) -> list[Outcome]:
        """One outcome for each item, in order.  What it raises must have changed nothing that a repetition harms."""
        ...


class WrongAnswer(Exception):
    """The handler did not give one outcome for each item."""


def outcomes_of(
    handler: Handler,
    items: list[Item],
    is_passing: Callable[[Exception], bool],
    give_up: Callable[[int, Exception], Outcome],
) -> list[Outcome]:
    """The outcome of every item, in order.

    When the handler raises for several items each half is tried alone, until the item that makes it raise stands
    alone; ``give_up(position, error)`` is that item's outcome.  Errors that are ``is_passing`` say nothing about any item
    and are raised at once.  A batch of n items with k bad ones costs at most about 2 k log2(n) calls more.
    """
    return _part(handler, items, 0, is_passing, give_up)


def _part(handler: Handler, items: list[Item], start: int, is_passing: Any, give_up: Any) -> list[Outcome]:
    try:
        return _complete(handler(items), items)
    except Exception as error:
        if is_passing(error):
            raise
        if len(items) == 1:
            return [give_up(start, error)]
    half = len(items) // 2
    left = _part(handler, items[:half], start, is_passing, give_up)
    return left + _part(handler, items[half:], start + half, is_passing, give_up)


def _complete(outcomes: list[Outcome], items: list[Item]) -> list[Outcome]:
    if len(outcomes) != len(items):
        raise WrongAnswer
    return outcomes
