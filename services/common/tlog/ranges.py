"""Which parts of a tree a root or a proof is made of, as ranges of leaves `[start, end)`. Pure.

A range is the tree over its leaves (RFC 6962 section 2.1); the ranges of one proof never overlap.
"""

from collections.abc import Iterator

Range = tuple[int, int]
Node = tuple[int, int]
"""Height and number: the complete subtree over the leaves `[number << height, (number + 1) << height)`."""


def inclusion(index: int, size: int) -> list[Range]:
    """The inclusion proof of a leaf in a tree of `size` leaves, lowest first (RFC 6962 section 2.1.1).

    Raises ValueError for a leaf that is not in it.
    """
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency(old: int, new: int) -> list[Range]:
    """The proof that the tree of `new` leaves begins with that of `old`, lowest first (RFC 6962 section 2.1.2).

    Empty when there is nothing to prove: from the empty tree, or from the same. Raises ValueError for `old` > `new`.
    """
    if not 0 <= old <= new:
        raise ValueError("a tree does not shrink")
    if old in (0, new):
        return []
    start, end, path = 0, new, []
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return [*([(start, end)] if start else []), *path[::-1]]


def nodes(part: Range) -> Iterator[Node]:
    """The complete subtrees that a range of a proof, or a whole tree, consists of, from left to right."""
    start, end = part
    while start < end:
        height = (end - start).bit_length() - 1
        yield height, start >> height
        start += 1 << height


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)
