"""The order of options on the ballot."""

import itertools
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.polls.contract.ordering import ordering
from tests.unit.polls.questions import grouped_options, options, question


@given(grouped_options(), st.text(max_size=20))
def test_groups_stay_together_and_exclusive_options_stay_last(made, seed):
    asked = question("choice", options=made, order="shuffled")
    order = ordering(asked, seed)
    assert order == ordering(asked, seed)
    assert sorted(order) == sorted(option["id"] for option in made)
    by_id = {option["id"]: option for option in made}
    exclusive = [name for name in order if by_id[name].get("exclusive")]
    assert order[len(order) - len(exclusive) :] == [o["id"] for o in made if o.get("exclusive")]
    groups = [by_id[name].get("group") for name in order[: len(order) - len(exclusive)]]
    changes = sum(one != other for one, other in itertools.pairwise(groups))
    assert changes == max(0, len(set(groups)) - 1)


@given(grouped_options(), st.text(max_size=20))
def test_unless_shuffled_the_order_is_the_definition_s(made, seed):
    listed = [option["id"] for option in made]
    assert ordering(question("choice", options=made), seed) == listed
    assert ordering(question("choice", options=made, order="fixed"), seed) == listed


def test_every_option_stands_first_about_as_often():
    asked = question("choice", options=options("a", "b", "c", "d"), order="shuffled")
    firsts = Counter(ordering(asked, f"voter {n}")[0] for n in range(4_000))
    assert all(900 < firsts[name] < 1_100 for name in "abcd")
