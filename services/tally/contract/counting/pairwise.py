"""Comparing options two by two: the table, the Condorcet winner, and the strongest paths of Schulze's method."""

from collections.abc import Sequence
from typing import Any

Matrix = Sequence[Sequence[int]]


def table(options: Sequence[str], over: Matrix) -> list[dict[str, Any]]:
    """One row for each pair, the earlier listed option first: how many ballots prefer it, and how many the other."""
    return [
        {"a": options[a], "b": options[b], "a_over_b": over[a][b], "b_over_a": over[b][a]}
        for a in range(len(options))
        for b in range(a + 1, len(options))
    ]


def condorcet_winner(over: Matrix) -> int | None:
    """The option that beats each other one head to head, if there is one."""
    everyone = range(len(over))
    return next((a for a in everyone if all(a == b or over[a][b] > over[b][a] for b in everyone)), None)


def wins(over: Matrix, option: int) -> int:
    """How many others the option beats head to head."""
    return sum(over[option][b] > over[b][option] for b in range(len(over)))


def strongest_paths(over: Matrix, margins: bool = False) -> list[list[int]]:
    """The strength of the strongest path between any two options, 0 where there is none (M. Schulze, "A new monotonic,
    clone-independent, reversal symmetric, and Condorcet-consistent single-winner election method", 2011, section 2.3.1).

    A defeat is as strong as the votes for its winner (winning votes), or as their lead (`margins`).
    """
    size = len(over)
    paths = [
        [(over[a][b] - (over[b][a] if margins else 0)) if over[a][b] > over[b][a] else 0 for b in range(size)]
        for a in range(size)
    ]
    for middle in range(size):
        via = paths[middle]
        for a in range(size):
            into = paths[a][middle]
            if into and a != middle:
                row = paths[a]
                row[:] = [
                    old if old >= (new := min(into, onward)) else new
                    for old, onward in zip(row, via, strict=True)
                ]
    return paths
