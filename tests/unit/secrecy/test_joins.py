"""The search for ways from voters to ballots finds planted ones, and none where there is none."""

import json
import random

import pytest

from services.common.encodings import b64u, sha256
from tests.secrecy.joins import in_order, joined
from tests.secrecy.traces import Trace, forms

VOTERS = {f"voter{n:02}": {f"+8210777700{n:02}"} for n in range(40)}
BALLOTS = {f"ballot{n:02}": {f"ballot-id-{n:02}"} for n in range(40)}
TRUTH = dict(zip(VOTERS, BALLOTS, strict=True))


def table(where, *columns):
    """One row for each of the 40, in this order."""
    return [
        Trace(where, frozenset(one for value in row for one in forms(value)), {"(place)": float(place)})
        for place, row in enumerate(zip(*columns, strict=True))
    ]


PHONES = [next(iter(values)) for values in VOTERS.values()]
IDS = [next(iter(values)) for values in BALLOTS.values()]
PEOPLE = [f"person-{n:02}" for n in range(40)]


def shuffled(items):
    return random.Random(5).sample(items, len(items))


def test_nothing_is_found_where_nothing_leads_from_one_to_the_other():
    traces = table("identity.person", PHONES, PEOPLE) + table("ballots.entry", shuffled(IDS), ["poll-1"] * 40)
    traces += table("polls.roll", PHONES, ["poll-1"] * 40)
    assert joined(traces, VOTERS, BALLOTS) == {}
    assert in_order(traces, VOTERS, BALLOTS, TRUTH) == {}


@pytest.mark.parametrize(
    "written",
    [
        lambda text: text,
        lambda text: text.encode(),
        lambda text: b64u(text.encode()),
        lambda text: json.dumps({"deep": [{"inside": text}]}),
        lambda text: f"{b64u(json.dumps({'sub': text}).encode())}.{b64u(b'signature' * 4)}",
        lambda text: f"a log line that tells {text} by accident",
    ],
)
def test_a_way_over_three_tables_is_found_in_whatever_form(written):
    middle = [b64u(sha256(person.encode())) for person in PEOPLE]
    traces = table("identity.person", PHONES, PEOPLE) + table("polls.issued", PEOPLE, map(written, middle))
    traces += table("ballots.ballot", shuffled(middle), IDS)
    found = joined(traces, VOTERS, BALLOTS)
    assert set(found) == set(VOTERS)
    assert all(len(ballots) == 1 for ballots in found.values())


def test_a_single_leak_among_forty_is_found():
    told = Trace("gateway.log", frozenset({"person-07", "ballot-id-31"}))
    traces = [*table("identity.person", PHONES, PEOPLE), told]
    assert joined(traces, VOTERS, BALLOTS) == {"voter07": {"ballot31"}}


def test_what_everybody_shares_is_no_way():
    traces = table("identity.person", PHONES, ["shared-by-all"] * 40) + table(
        "ballots.entry", IDS, ["shared-by-all"] * 40
    )
    assert joined(traces, VOTERS, BALLOTS) == {}


def test_equal_order_is_found_even_if_only_half_of_it_is_kept():
    exact = table("identity.person", PHONES, PEOPLE) + table("ballots.ballot", IDS)
    assert ("identity.person/(place)", "ballots.ballot/(place)") in in_order(exact, VOTERS, BALLOTS, TRUTH)
    halves = random.Random(6).sample(IDS[:20], 20) + random.Random(7).sample(IDS[20:], 20)
    steps = table("identity.person", PHONES, PEOPLE) + table("ballots.entry", halves)
    assert in_order(steps, VOTERS, BALLOTS, TRUTH)


def test_an_order_is_found_behind_a_join():
    """The order stands in a table that names neither phone nor ballot."""
    traces = table("identity.person", shuffled(PHONES), shuffled(PEOPLE))
    traces += table("identity.session", PEOPLE) + table("ballots.ballot", IDS)
    assert in_order(traces, VOTERS, BALLOTS, TRUTH)
