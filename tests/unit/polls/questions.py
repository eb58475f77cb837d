"""Strategies for questions, valid answers to them, and junk."""

from typing import Any

from hypothesis import strategies as st

IDS = st.text("abcdefghijklmnop0123456789_-", min_size=1, max_size=6)
JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def question(kind: str, **fields: Any) -> dict[str, Any]:
    return {"id": "q1", "kind": kind, "title": "묻습니다", "required": True, "options": [], **fields}


def options(*ids: str) -> list[dict[str, str]]:
    return [{"id": one, "label": f"항목 {one}"} for one in ids]


@st.composite
def choices(draw: st.DrawFn) -> dict[str, Any]:
    ids = draw(st.lists(IDS, min_size=2, max_size=6, unique=True))
    most = draw(st.integers(1, len(ids)))
    return question("choice", options=options(*ids), min=draw(st.integers(0, most)), max=most)


@st.composite
def scores(draw: st.DrawFn) -> dict[str, Any]:
    ids = draw(st.lists(IDS, min_size=1, max_size=5, unique=True))
    lowest = draw(st.integers(0, 10))
    return question("score", options=options(*ids), min=lowest, max=draw(st.integers(lowest + 1, 12)))


@st.composite
def texts(draw: st.DrawFn) -> dict[str, Any]:
    most = draw(st.integers(1, 40))
    return question("text", min=draw(st.integers(0, most)), max=most)


def yes_no() -> st.SearchStrategy[dict[str, Any]]:
    return st.just(question("yes_no"))


def questions() -> st.SearchStrategy[dict[str, Any]]:
    """A question of any kind, fit to be opened."""
    return st.one_of(choices(), scores(), texts(), yes_no())


@st.composite
def ballots_of(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A few questions and a few recorded ballots."""
    asked = draw(st.lists(questions(), min_size=1, max_size=4))
    asked = [{**one, "id": f"q{n}"} for n, one in enumerate(asked)]
    ballot = st.fixed_dictionaries({}, optional={one["id"]: answers(one) for one in asked})
    return asked, draw(st.lists(ballot, max_size=8))


def answers(asked: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Valid answers to the question, in any of their forms."""
    ids = [option["id"] for option in asked["options"]]
    if asked["kind"] == "choice":
        return st.permutations(ids).flatmap(
            lambda order: st.integers(asked["min"], asked["max"]).map(lambda size: list(order[:size]))
        )
    if asked["kind"] == "score":
        return st.fixed_dictionaries({one: st.integers(asked["min"], asked["max"]) for one in ids})
    if asked["kind"] == "text":
        return st.text("가나다abc ", min_size=asked["min"], max_size=asked["max"]).filter(
            lambda text: len(text.strip()) >= asked["min"]
        )
    return st.sampled_from(["yes", "no", "abstain"])
