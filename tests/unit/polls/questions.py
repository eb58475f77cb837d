"""Strategies for questions, valid answers to them, and junk."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any

from hypothesis import strategies as st

from services.polls.contract import ballot_rules

IDS = st.text("abcdefghijklmnop0123456789_-", min_size=1, max_size=6)
JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def question(kind: str, **fields: Any) -> dict[str, Any]:
    return {"id": "q1", "kind": kind, "title": "묻습니다", "required": True, "options": [], **fields}


def options(*ids: str) -> list[dict[str, Any]]:
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


NAMES: st.SearchStrategy[str] = st.sampled_from(["마포구", "종로구", "서울시 전체"])


@st.composite
def grouped_options(draw: st.DrawFn, costs: bool = False) -> list[dict[str, Any]]:
    """Two to six ordinary options, some of them in groups and categories, and sometimes a few exclusive ones among them."""
    ids = draw(st.lists(IDS, min_size=2, max_size=7, unique=True))
    made: list[dict[str, Any]] = list(options(*ids))
    for option in made:
        fields = {name: draw(NAMES | st.none()) for name in ("group", "category")}
        option.update({name: value for name, value in fields.items() if value is not None})
        option.update({"cost": draw(st.integers(0, 100))} if costs else {})
    alone = draw(st.sets(st.integers(0, len(ids) - 1), max_size=min(2, len(ids) - 2)))
    for n in alone:
        made[n] = {**options(ids[n])[0], "exclusive": True}
    return made


@st.composite
def group_limits(draw: st.DrawFn, made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Limits of any sort; together with the question they may well be impossible."""
    found = []
    for by in draw(st.sampled_from([["group"], ["category"], ["group", "category"], ["group", "group"]])):
        values = sorted({option[by] for option in made if by in option})
        if not values:
            continue
        limit: dict[str, Any] = {"by": by, **draw(st.sampled_from([{}, {"each": False}, {"each": True}]))}
        if draw(st.booleans()):
            limit["values"] = draw(st.lists(st.sampled_from(values), min_size=1, unique=True))
        bounds = {"min": st.integers(0, 2), "max": st.integers(1, 4), "distinct": st.integers(1, 3)}
        told = draw(st.sampled_from([["max"], ["min"], ["distinct"], ["min", "max"], ["max", "distinct"]]))
        found.append({**limit, **{name: draw(bounds[name]) for name in told}})
    return found


@st.composite
def picks(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """A question of a kind that is answered by options: `choice`, `knapsack`, `ranking` or `cumulative`."""
    made = draw(grouped_options(costs=kind == "knapsack"))
    most = draw(st.integers(1, sum("exclusive" not in option for option in made)))
    least = draw(st.integers(0, most))
    fields: dict[str, Any] = {"options": made, "min": least, "max": most}
    if kind == "knapsack":
        fields["budget"] = draw(st.integers(1, 250))
    if kind == "cumulative":
        fields["max"] = draw(st.integers(max(1, least), 12))
        fields |= draw(st.fixed_dictionaries({}, optional={"most_each": st.integers(1, fields["max"])}))
    if draw(st.integers(0, 2)):
        fields["limits"] = draw(group_limits(made))
    if draw(st.booleans()):
        fields["order"] = draw(st.sampled_from(["fixed", "shuffled"]))
    return question(kind, **fields)


@st.composite
def numbers(draw: st.DrawFn) -> dict[str, Any]:
    least = draw(st.integers(-(10**6), 10**6))
    most = least + draw(st.integers(1, 10**6))
    return question(
        "number", min=least, max=most, **draw(st.sampled_from([{}, {"decimals": 1}, {"decimals": 6}]))
    )


@st.composite
def dates(draw: st.DrawFn) -> dict[str, Any]:
    earliest = draw(st.dates(date(1800, 1, 1), date(2980, 12, 31)))
    latest = earliest + timedelta(days=draw(st.integers(0, 3653)))
    return question("date", earliest=earliest.isoformat(), latest=latest.isoformat())


PICKED = ("choice", "knapsack", "ranking", "cumulative")


def sound(made: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Those that may be opened, and that can be answered: several limits together may leave nothing."""
    return made.filter(lambda asked: not ballot_rules.check_questions([asked]) and bool(possible(asked)))


def questions() -> st.SearchStrategy[dict[str, Any]]:
    """A question of any kind, fit to be opened."""
    picked = [sound(picks(kind)) for kind in PICKED]
    return st.one_of(choices(), scores(), texts(), yes_no(), numbers(), dates(), *picked)


@st.composite
def ballots_of(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A few questions and a few recorded ballots."""
    asked = draw(st.lists(questions(), min_size=1, max_size=4))
    asked = [{**one, "id": f"q{n}"} for n, one in enumerate(asked)]
    ballot = st.fixed_dictionaries({}, optional={one["id"]: answers(one) for one in asked})
    return asked, draw(st.lists(ballot, max_size=8))


@st.composite
def branching(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A few questions, fit to be opened, of which some are only asked after certain answers to earlier ones."""
    asked: list[dict[str, Any]] = []
    for n, one in enumerate(draw(st.lists(questions(), min_size=2, max_size=4))):
        made = {**one, "id": f"q{n}", "required": draw(st.booleans())}
        if asked and draw(st.integers(0, 3)):
            made["show_if"] = draw(conditions(draw(st.sampled_from(asked))))
        asked.append(made)
    return asked


@st.composite
def conditions(draw: st.DrawFn, about: dict[str, Any]) -> dict[str, Any]:
    """A condition on the answer to this question that can hold."""
    named = {"question": about["id"]}
    ids = [option["id"] for option in about["options"]]
    if about["kind"] == "yes_no":
        ids = ["yes", "no", "abstain"]
    if about["kind"] in ("number", "score") and draw(st.booleans()):
        ends = sorted(draw(st.lists(st.integers(about["min"], about["max"]), min_size=2, max_size=2)))
        bounds = draw(st.sampled_from([{"min": ends[0]}, {"max": ends[1]}, {"min": ends[0], "max": ends[1]}]))
        return {**named, **bounds, **({"option": draw(st.sampled_from(ids))} if ids else {})}
    if about["kind"] in (*PICKED, "yes_no") and draw(st.booleans()):
        return {**named, "any_of": draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))}
    return {**named, "answered": True}


def answers(asked: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Valid answers to the question, in any of their forms."""
    match asked["kind"]:
        case "score":
            points = st.integers(asked["min"], asked["max"])
            return st.fixed_dictionaries({option["id"]: points for option in asked["options"]})
        case "text":
            return st.text("가나다abc ", min_size=asked["min"], max_size=asked["max"]).filter(
                lambda text: len(text.strip()) >= asked["min"]
            )
        case "number":
            return numbers_in(asked)
        case "date":
            ends = [date.fromisoformat(asked[name]) for name in ("earliest", "latest")]
            return st.dates(*ends).map(date.isoformat)
        case "yes_no":
            return st.sampled_from(["yes", "no", "abstain"])
        case _:
            return st.deferred(lambda: picked_answers(asked))


def numbers_in(asked: dict[str, Any]) -> st.SearchStrategy[Any]:
    """As integers, floats and texts, with the decimals that are needed or more noughts."""
    places = asked.get("decimals", 0)
    scaled = st.integers(asked["min"] * 10**places, asked["max"] * 10**places)
    exact = scaled.map(lambda value: Decimal(value).scaleb(-places))
    forms = [format, lambda value: f"{value:.{places + 1}f}"]
    forms += [float, lambda value: int(value) if value == int(value) else float(value)]
    return st.tuples(exact, st.sampled_from(forms)).map(lambda drawn: drawn[1](drawn[0]))


def picked_answers(asked: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Some of the question's options, as the kind wants them, drawn from all that brute force finds."""
    return st.sampled_from(possible(asked)).flatmap(lambda chosen: _form(asked, chosen))


def _form(asked: dict[str, Any], chosen: tuple[str, ...]) -> st.SearchStrategy[Any]:
    if asked["kind"] != "cumulative":
        return st.permutations(chosen)
    exclusive = {option["id"] for option in asked["options"] if option.get("exclusive")}
    if set(chosen) & exclusive:
        return st.just({chosen[0]: 1})
    most = asked.get("most_each", asked["max"])
    points = st.fixed_dictionaries({name: st.integers(1, most) for name in chosen})
    unpicked = [option["id"] for option in asked["options"] if option["id"] not in chosen]
    zeros = st.fixed_dictionaries({}, optional={name: st.just(0) for name in unpicked})
    fitted = points.map(lambda given: fit(given, asked["min"], asked["max"], most))
    return st.tuples(fitted, zeros).map(lambda both: both[0] | both[1])


def fit(given: dict[str, int], least: int, most: int, each: int) -> dict[str, int]:
    """These points, taken from or added to until there are enough and not too many."""
    names = list(given)
    while names and sum(given.values()) > most:
        given[max(names, key=given.__getitem__)] -= 1
    while names and sum(given.values()) < least:
        given[next(name for name in names if given[name] < each)] += 1
    return given


def possible(asked: dict[str, Any]) -> list[tuple[str, ...]]:
    """Every set of options that may be picked: a reading of the rules of its own, by trying each."""
    ids = [option["id"] for option in asked["options"]]
    sets = (chosen for size in range(len(ids) + 1) for chosen in combinations(ids, size))
    return [chosen for chosen in sets if allowed(asked, chosen)]


def allowed(asked: dict[str, Any], chosen: Sequence[str]) -> bool:
    """Whether these options may be picked together."""
    picked = [option for option in asked["options"] if option["id"] in chosen]
    if any(option.get("exclusive") for option in picked):
        return len(picked) == 1
    if asked["kind"] == "cumulative":
        enough = len(picked) * asked.get("most_each", asked["max"]) >= asked["min"]
        in_number = enough and len(picked) <= asked["max"] and (picked or asked["min"] == 0)
    else:
        in_number = asked["min"] <= len(picked) <= asked["max"]
    in_money = sum(option.get("cost", 0) for option in picked) <= asked.get("budget", 10**9)
    return bool(
        in_number and in_money and all(keeps(asked, limit, picked) for limit in asked.get("limits", []))
    )


def keeps(asked: dict[str, Any], limit: dict[str, Any], picked: list[dict[str, Any]]) -> bool:
    """Whether the picked options keep a group limit."""
    ordinary = [option for option in asked["options"] if "exclusive" not in option]
    values = limit.get("values") or {option.get(limit["by"]) for option in ordinary} - {None}
    by_value = {value: [o for o in picked if o.get(limit["by"]) == value] for value in values}
    numbers = [len(found) for found in by_value.values()]
    counted = numbers if limit.get("each") else [sum(numbers)]
    touched = sum(number > 0 for number in numbers)
    return touched <= limit.get("distinct", 99) and all(
        limit.get("min", 0) <= number <= limit.get("max", 99) for number in counted
    )
