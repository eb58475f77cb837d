"""Forms with anything in them: what a browser would never send is answered too, and never by an error of ours."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from services.polls import contract as polls
from tests.fixtures.every_kind import QUESTIONS
from tests.unit.gateway import fakes
from tests.unit.pages.browser import posted
from tests.unit.pages.conftest import post

EDIT = "/console/polls/draft/edit"
ODD = [
    *(
        "",
        " ",
        "0",
        "-1",
        "1e9",
        "9" * 40,
        "½",
        "²",
        "１２",
        "nan",
        "{",
        "[]",
        "null",
        '{"rule":1}',
        "\x00",
        "\u202e",
        "a-b",
    ),
    *("가" * 3000, "1,2", "=1", "%", "50%", "1/0", "2026-13-45", "2026-01-01T00:00"),
    *("yes", "some", "kept", "composite", "any_of"),
]
BUTTONS = [
    "save", "confirm", "edit", "nothing", "add-question-choice", "add-question-", "add-option-N", "remove-option-N-N", "up-question-N",
    "remove-question-N", "choose-condition-N", "add-limit-N", "remove-limit-N-N", "add-cap-N", "remove-cap-N-N", "add-source-N",
    "remove-source-N-N", "add-exclusive-N", "remove-exclusive-N-N", "projects-N", "remove-N", "-",
]  # fmt: skip
NUMBERS = ["0", "1", "8", "99", "-1", "", "x", "²", "9" * 30]
buttons = st.builds(
    lambda name, one, other: name.replace("N", one, 1).replace("N", other, 1),
    st.sampled_from(BUTTONS),
    st.sampled_from(NUMBERS),
    st.sampled_from(NUMBERS),
)
changes = st.lists(
    st.tuples(
        st.integers(0, 10**6),
        st.sampled_from(["gone", "odd", "other", "twice", "elsewhere"]),
        st.sampled_from(ODD) | st.text(max_size=8),
        st.integers(0, 10**6),
    ),
    max_size=8,
)


FORMS = settings(
    max_examples=30,
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ],  # a page takes so long that making an example smaller takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def changed(form: dict[str, list[str]], how: list[tuple[int, str, str, int]]) -> dict[str, Any]:
    """Fields gone, with odd values or those of other fields, twice, or under names that nobody made."""
    fields = {name: list(values) for name, values in form.items()}
    for place, what, odd, other in how:
        names = sorted(fields)
        name, another = names[place % len(names)], names[other % len(names)]
        if what == "gone" and len(names) > 1:
            del fields[name]
        elif what == "odd":
            fields[name] = [odd]
        elif what == "other":
            fields[name] = fields[another]
        elif what == "twice":
            fields[name] = [*fields[name], odd]
        elif what == "elsewhere":
            fields[re.sub(r"\d+", str(other % 12), name)] = [odd]
    return fields


def fields_of(client: Any, path: str, marked: str) -> dict[str, list[str]]:
    form = posted(client.get(path).text, marked)
    return {name: form.getlist(name) for name in form if name != "csrf_token"}


@pytest.fixture
def draft(operator, bus) -> dict[str, list[str]]:
    """The fields of its form."""
    poll = fakes.poll(id="draft", state="draft", questions=QUESTIONS)
    bus.on(polls.GET_POLL, poll)
    bus.on(polls.UPDATE_POLL, poll)
    return fields_of(operator, EDIT, "data-edit")


@pytest.fixture
def ballot(citizen, bus) -> dict[str, list[str]]:
    bus.on(polls.GET_POLL, fakes.poll(id="open", questions=QUESTIONS))
    return fields_of(citizen, "/polls/open", "data-ballot")


@FORMS
@given(changes, buttons)
@example([], f"up-question-{'9' * 30}")
@example([], "projects-²")
def test_the_form_of_a_draft(operator, draft, how, button):
    answer = post(operator, EDIT, {**changed(draft, how), "do": button})
    assert answer.status_code in (200, 303, 400, 422)


@FORMS
@given(changes, buttons, st.sampled_from(["confirm", "ballots"]))
def test_the_form_of_a_ballot(citizen, ballot, how, button, step):
    answer = post(citizen, f"/polls/open/{step}", {**changed(ballot, how), "do": button})
    assert answer.status_code in (200, 303, 400, 422)


@pytest.mark.parametrize("field", ["questions-3-show_if-test", "questions-2-counting-threshold-how"])
def test_a_choice_that_is_not_offered_is_none(operator, draft, field):
    assert field in draft
    assert post(operator, EDIT, {**draft, field: "x", "do": "nothing"}).status_code == 200
