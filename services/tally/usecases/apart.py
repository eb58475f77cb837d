"""Where long calculations run: what takes seconds must not hold up everything else that tally is asked."""

from collections.abc import Callable, Hashable
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Apart(Protocol):
    """Runs a pure function somewhere and waits for what it returns or raises; meanwhile others get their turn. Who asks for the
    same `key` while it runs gets the same answer: equal keys mean equal answers.
    """

    def __call__(
        self, key: Hashable, function: Callable[P, T], /, *arguments: P.args, **named: P.kwargs
    ) -> T: ...


def at_once(_key: Hashable, function: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> T:
    """Here and now, for whoever has nothing else to do."""
    return function(*arguments, **named)
