"""One bad item never sinks the others of its batch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.bus.bisect import outcomes_of


class Away(Exception):
    """A dependency is away."""


def is_passing(error):
    return isinstance(error, Away)


@given(st.lists(st.booleans(), min_size=1, max_size=300))
def test_exactly_the_bad_items_are_given_up(bad):
    calls, given_up = [], []

    def handler(items):
        calls.append(items)
        if any(bad[item] for item in items):
            raise ValueError
        return [{"ok": item} for item in items]

    def give_up(position, error):
        assert isinstance(error, ValueError)
        given_up.append(position)
        return {"bad": position}

    outcomes = outcomes_of(handler, list(range(len(bad))), is_passing, give_up)
    assert outcomes == [{"bad": n} if is_bad else {"ok": n} for n, is_bad in enumerate(bad)]
    assert given_up == [n for n, is_bad in enumerate(bad) if is_bad]
    assert len(calls) <= 1 + 2 * sum(bad) * (len(bad).bit_length() + 1)


def test_a_dependency_that_is_away_is_nobodys_fault():
    def handler(items):
        raise Away

    with pytest.raises(Away):
        outcomes_of(handler, [1, 2, 3], is_passing, lambda position, error: pytest.fail("given up"))


def test_a_handler_that_answers_too_little_is_a_fault():
    outcomes = outcomes_of(lambda items: [], [1, 2], is_passing, lambda position, error: {"bad": position})
    assert outcomes == [{"bad": 0}, {"bad": 1}]
