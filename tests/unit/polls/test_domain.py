"""States, windows, freezing, access, search and tries: nothing but functions."""

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.encodings import canonical_json
from services.polls.domain import access, definition, poll, roll, search, tries
from services.polls.domain.access import Actor
from services.polls.domain.tries import Tries, TryLimits, guess
from tests.unit.polls.questions import options, question

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STATES = ("draft", "scheduled", "open", "closed", "published", "cancelled")


def a_poll(**fields: Any) -> poll.Poll:
    base: dict[str, Any] = {
        "id": "p" * 22,
        "organization": "seoul",
        "created_at": NOW,
        "updated_at": NOW,
        "title": "버스 유턴장",
    }
    secrets = {"secret": "1.s", "roll_secret": "1.r", "eligibility": {"rule": "everyone"}}
    return poll.Poll(**(base | secrets | fields))


@pytest.mark.parametrize(
    ("move", "states"),
    [
        ("schedule", {"draft", "scheduled"}),
        ("open", {"draft", "scheduled"}),
        ("close", {"open"}),
        ("publish", {"closed"}),
        ("cancel", {"scheduled", "open", "closed"}),
        ("delete", {"draft", "scheduled"}),
    ],
)
def test_each_move_has_its_states(move, states):
    assert {state for state in STATES if poll.allows(state, move)} == states


def test_nothing_leaves_its_end():
    assert not any(poll.allows(state, move) for state in ("published", "cancelled") for move in poll.MOVES)


def test_after_opening_only_closing_time_and_notice_change():
    fields = ["title", "closes_at", "notice", "questions"]
    assert poll.frozen_fields("draft", fields) == poll.frozen_fields("scheduled", fields) == []
    assert poll.frozen_fields("open", fields) == ["questions", "title"]
    for state in ("closed", "published", "cancelled"):
        assert poll.frozen_fields(state, fields) == ["closes_at", "questions", "title"]


def test_the_first_moment_belongs_to_the_window_and_the_last_does_not():
    end = NOW + timedelta(hours=1)
    tick = timedelta(microseconds=1)
    moments = [NOW - tick, NOW, end - tick, end]
    assert [poll.accepts_ballots("open", NOW, end, at) for at in moments] == [False, True, True, False]
    assert not any(poll.accepts_ballots(state, NOW, end, NOW) for state in STATES if state != "open")
    assert not poll.accepts_ballots("open", NOW, None, NOW)


def test_strengths_are_ordered():
    assert poll.strong_enough("phone", "phone")
    assert poll.strong_enough("strong", "staff")
    assert not poll.strong_enough("phone", "strong")
    assert not poll.strong_enough("unheard-of", "phone")


@pytest.mark.parametrize(
    ("opens", "closes", "scheduled", "problems"),
    [
        (None, NOW + timedelta(1), False, []),
        (None, NOW + timedelta(1), True, [("opens_at", "required")]),
        (NOW, None, True, [("closes_at", "required")]),
        (None, NOW, False, [("closes_at", "not_in_future")]),
        (NOW + timedelta(2), NOW + timedelta(1), True, [("closes_at", "not_after_opening")]),
    ],
)
def test_the_times_a_poll_needs(opens, closes, scheduled, problems):
    found = poll.window_problems(opens, closes, NOW, scheduled=scheduled)
    assert [(p.field, p.code) for p in found] == problems


def test_operators_run_their_own_organisation_only_and_administrators_all():
    operator = Actor.load({"person_id": "x", "roles": [], "orgs": {"seoul": "operator", "mapo": "viewer"}})
    assert access.may_operate(operator, "seoul")
    assert not access.may_operate(operator, "mapo")
    assert not access.may_operate(operator, "gangnam")
    assert access.may_operate(Actor.load({"person_id": "x", "roles": ["admin"], "orgs": {}}), "gangnam")
    assert operator.operated == ["seoul"]


@pytest.mark.parametrize("state", STATES)
def test_only_drafts_are_hidden(state):
    assert access.may_see(Actor.load(None), a_poll(state=state)) == (state != "draft")
    operator = Actor("x", (), {"seoul": "operator"})
    assert access.may_see(operator, a_poll(state=state))


def test_the_definition_is_canonical_and_has_neither_closing_time_nor_notice():
    asked = question("choice", options=options("a", "b"))
    frozen = a_poll(opens_at=NOW, closes_at=NOW + timedelta(1), notice="공지", questions=[asked])
    document = definition.definition(frozen, {"rule": "password"}, 12)
    assert canonical_json(document)
    assert document["opens_at"] == "2026-03-02T09:00:00Z"
    assert document["roll_size"] == 12
    assert {"closes_at", "notice", "secret", "roll_secret"}.isdisjoint(document)


def test_search_finds_whatever_the_keyboard_composes_and_never_across_two_parts():
    asked = [question("choice", title="노선도", options=options("확대"))]
    text = search.search_text("버스 유턴장에 ABC", "취지\n설명", asked)
    for wanted in ("유턴장", "abc", "Abc", "노선도", "항목 확대", unicodedata.normalize("NFD", "버스 유턴")):
        assert search.normal_form(wanted) in text
    assert search.normal_form("abc 취지") not in text


@given(st.text(max_size=40))
def test_a_normal_form_stays(text):
    once = search.normal_form(text)
    assert search.normal_form(once) == once


def test_a_roll_hash_says_nothing_without_the_secret():
    assert roll.roll_hash(b"a" * 32, "tag") != roll.roll_hash(b"b" * 32, "tag")
    assert len(roll.roll_hash(b"a" * 32, "tag")) == roll.HASH_BYTES


def test_bad_lines_and_doubles_are_named_by_line():
    rows = [
        roll.RollRow(2, "010-1"),
        roll.RollRow(3, "  "),
        roll.RollRow(4, "junk"),
        roll.RollRow(5, "010-1"),
    ]
    usable, rejected = roll.sort_out(rows, ["tag", None, None, "tag"], b"k" * 32)
    assert rejected == [roll.RejectedLine(3, "empty"), roll.RejectedLine(4, "phone")]
    first, doubles = roll.first_of_each(usable)
    assert list(first.values()) == [2]
    assert doubles == [roll.DuplicateLine(5, 2)]


LIMITS = TryLimits(most=3, pause=60)


def test_after_the_last_try_even_the_right_password_waits():
    remembered = Tries()
    left = []
    for _ in range(3):
        counted = guess(remembered, False, NOW, LIMITS)
        remembered = counted.tries
        left.append(counted.tries_left)
    assert left == [2, 1, 0]
    refused = guess(remembered, True, NOW + timedelta(seconds=20), LIMITS)
    assert refused.retry_after == 40
    assert guess(remembered, True, NOW + timedelta(seconds=60), LIMITS).retry_after is None


def test_a_right_guess_starts_the_count_anew():
    twice = guess(guess(Tries(), False, NOW, LIMITS).tries, False, NOW, LIMITS).tries
    assert guess(twice, True, NOW, LIMITS).tries == Tries()


@given(st.lists(st.sampled_from([False, None]), max_size=30))
def test_no_more_guesses_are_heard_than_allowed(guesses):
    remembered, heard = Tries(), 0
    for right in guesses:
        counted = guess(remembered, right, NOW, LIMITS)
        remembered, heard = counted.tries, heard + (counted.retry_after is None)
    assert heard == min(len(guesses), LIMITS.most)


def test_the_limits_of_tries_are_settings():
    assert tries.TryLimits() == TryLimits(most=5, pause=900.0)
