"""Figures: nothing outside its drawing, parts that add up, every value in the table, text that fits."""

import itertools
from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.figures import Figure, Table, svg
from gateway.figures.bars import Bar, Column, bars, columns
from gateway.figures.budget import Part, Use, budget
from gateway.figures.drawing import Band, Rect, Text, spread
from gateway.figures.flow import MOST_ROUNDS, flow, rounds_of
from gateway.figures.pairs import pairs
from gateway.figures.table import GAP, SHEET, WIDEST
from gateway.figures.text import ELLIPSIS, shortened, width, wrapped
from gateway.figures.turnout import Series, turnout

LABELS = st.text(st.sampled_from("가나다 공원길 노선도abcXYZ 12()<>&\"'"), min_size=1, max_size=60).filter(
    str.strip
)
NEAR = pytest.approx
COUNTS = st.integers(0, 3_000_000)


def same(text):
    return text


def number(value):
    return f"{int(value):,}" if value == int(value) else f"{float(value):,.2f}"


def money(value):
    return f"{value:,}원"


def check(figure: Figure) -> None:
    """What holds of every figure."""
    assert figure.title
    assert figure.description
    assert all(len(row) == len(figure.table.head) for row in figure.table.rows)
    for size in ("narrow", "wide"):
        drawing = getattr(figure, size)
        for shape in drawing.shapes:
            left, top, right, bottom = shape.box()
            assert left >= -0.01, (size, shape)
            assert top >= -0.01, (size, shape)
            assert right <= drawing.width + 0.01, (size, shape)
            assert bottom <= drawing.height + 0.01, (size, shape)
            assert getattr(shape, "width", 0) >= 0
        root = ET.fromstring(svg(figure, size))
        assert root.get("role") == "img"
        ids = {each.get("id") for each in root if each.get("id")}
        assert ids == {root.get("aria-labelledby"), root.get("aria-describedby")}
        assert not any(each.get("style") for each in root.iter())


def counted_by_runoff(labels, ballots):
    """A question with these options, o0, o1 and so on, and what instant run-off finds in these rankings, each so many times."""
    from services.tally.contract import rules
    from services.tally.contract.counting.ties import Context

    options = [{"id": f"o{n}", "label": label} for n, label in enumerate(labels)]
    question = {"id": "q", "kind": "ranking", "options": options, "counting": {"rule": "instant_runoff"}}
    profile = rules.new_profile(question)
    for ranking, n in ballots:
        profile.add(ranking, n)
    return question, rules.count(question, profile, Context()).as_json()


@st.composite
def profiles(draw):
    """Rounds of a real count of random rankings."""
    names = draw(st.lists(LABELS, min_size=2, max_size=7, unique=True))
    ids = [f"o{n}" for n in range(len(names))]
    ranking = st.permutations(ids).flatmap(lambda p: st.integers(0, len(p)).map(lambda n: p[:n]))
    return counted_by_runoff(names, draw(st.lists(st.tuples(ranking, st.integers(1, 90_000)), max_size=12)))


EXHAUSTED_LATER = [(["o0", "o1"], 5), (["o1", "o0"], 4), (["o2"], 2), (["o3"], 1)]


@settings(max_examples=60, deadline=None)
@given(profiles())
def test_a_flow_carries_every_ballot(counted):
    question, outcome = counted
    labels = {option["id"]: option["label"] for option in question["options"]}
    figure = flow("f", outcome["rounds"], labels.__getitem__, number, same)
    check(figure)
    rounds = rounds_of(outcome["rounds"])
    for n in range(len(rounds.votes) - 1):
        moves = rounds.moves(n)
        for key, votes in rounds.votes[n].items():
            assert sum(move.votes for move in moves if move.source == key) == votes
        for key, votes in rounds.votes[n + 1].items():
            assert sum(move.votes for move in moves if move.target == key) == votes
    for each in figure.table.rows:
        assert len(each) == len(outcome["rounds"]) + 1
    told = [cell for row in figure.table.rows for cell in row]
    for each in outcome["rounds"]:
        for option in each["options"]:
            assert any(cell.startswith(number(Fraction(option["votes"]))) for cell in told)


@settings(max_examples=40, deadline=None)
@given(profiles())
@example(counted_by_runoff("가나다라", EXHAUSTED_LATER))
def test_what_flows_is_as_tall_as_what_it_joins(counted):
    _, outcome = counted
    figure = flow("f", outcome["rounds"], same, number, same)
    for drawing in (figure.narrow, figure.wide):
        bands = [shape for shape in drawing.shapes if isinstance(shape, Band)]
        nodes = [
            shape for shape in drawing.shapes if isinstance(shape, Rect) and shape.role.startswith("node ")
        ]
        last = max((node.x for node in nodes), default=0)
        for node in nodes:
            leaving = [b.height for b in bands if b.x1 == NEAR(node.x + node.width) and inside(b.y1, node)]
            arriving = [b.height for b in bands if b.x2 == NEAR(node.x) and inside(b.y2, node)]
            assert node.x == last or sum(leaving) == NEAR(node.height)
            assert not arriving or sum(arriving) == NEAR(node.height)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 30), st.sampled_from([0, 400_000]))
@example(6, 0)
def test_columns_of_a_flow_leave_room_for_bands_and_heads_for_each_other(options, more):
    """However many rounds there are: the last ones are drawn, all are in the table."""
    names = [f"{n}번" for n in range(options)]
    ballots = [([f"o{n}", f"o{n - 1}"], options + n + more) for n in range(1, options)]
    _, outcome = counted_by_runoff(names, [*ballots, (["o0"], 1)])
    figure = flow("f", outcome["rounds"], same, number, lambda text: text)
    check(figure)
    assert len(figure.table.head) == 1 + len(outcome["rounds"])
    for drawing in (figure.narrow, figure.wide):
        nodes = [each for each in drawing.shapes if getattr(each, "role", "").startswith("node ")]
        columns = sorted({node.x for node in nodes})
        assert len(columns) == min(MOST_ROUNDS, len(outcome["rounds"]))
        for left, right in itertools.pairwise(columns):
            assert right - left >= 1.5 * nodes[0].width
        heads = [each for each in drawing.shapes if isinstance(each, Text) and each.role == "soft"]
        for one, other in itertools.pairwise(heads):
            assert one.x + width(one.text, one.size) < other.x
        assert heads[-1].text.endswith(str(len(outcome["rounds"])))


def inside(y, node):
    return node.y - 0.01 <= y <= node.y + node.height - 1e-9


PROJECTS = st.lists(st.builds(Part, LABELS, st.integers(0, 10**9)), max_size=30)


@settings(max_examples=60, deadline=None)
@given(PROJECTS, st.integers(0, 10**9), st.data())
def test_the_parts_of_a_budget_and_what_is_left_are_as_wide_as_the_limit(chosen, left, data):
    limit = sum(part.cost for part in chosen) + left
    other = data.draw(st.lists(st.sampled_from(chosen), unique_by=id)) if chosen else []
    figure = budget("b", limit, [Use("이 투표", chosen), Use("다른 규칙", other)], money, same)
    check(figure)
    for drawing in (figure.narrow, figure.wide):
        tall = [shape for shape in drawing.shapes if isinstance(shape, Rect) and shape.height == 40]
        rows = sorted({shape.y for shape in tall})
        line = next(shape for shape in drawing.shapes if getattr(shape, "role", "") == "limit")
        for y in rows:
            assert sum(shape.width for shape in tall if shape.y == y) == NEAR(line.x1, abs=0.01)
    told = [(row[0].partition(". ")[2], row[1]) for row in figure.table.rows]
    assert all((part.label, money(part.cost)) in told for part in chosen)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            LABELS,
            st.lists(st.floats(0, 1, allow_subnormal=False), min_size=2, max_size=2),
            st.booleans(),
            st.floats(0, 0.5, allow_subnormal=False),
        ),
        max_size=8,
    )
)
def test_bars(rows):
    made = [Bar(label, parts, "41.75 %", marked, margin) for label, parts, marked, margin in rows]
    check(bars("x", "t", "d", made, Table([], []), legend=("시민 투표", "위원회 심사")))
    check(bars("x", "t", "d", made, Table([], []), whole=3.0))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.builds(Column, LABELS, COUNTS), max_size=80))
@example([Column("111XX) 가가가가가가가가가가", 0)] * 15)
def test_columns(bins):
    figure = columns("x", "t", "d", bins, number, Table([], []))
    check(figure)
    for drawing in (figure.narrow, figure.wide):
        labels = [each.box() for each in drawing.shapes if isinstance(each, Text) and each.role == "soft"]
        for one, other in itertools.pairwise(labels):
            assert one[2] < other[0]


@pytest.mark.parametrize(("bins", "told"), [(5, "012345"), (60, "60")])
def test_all_columns_say_their_numbers_or_the_tallest_alone_does(bins, told):
    counted = [Column(str(n), n) for n in range(bins + 1)]
    drawing = columns("x", "t", "d", counted, number, Table([], [])).wide
    numbers = [each.text for each in drawing.shapes if isinstance(each, Text) and not each.role]
    assert "".join(numbers) == told.removeprefix("0")


def test_labels_that_are_a_little_wider_than_their_columns_stand_under_the_middle_of_them():
    figure = columns("x", "t", "d", [Column(str(n), n) for n in range(31)], number, Table([], []))
    label = next(each for each in figure.wide.shapes if isinstance(each, Text) and each.text == "14")
    column = next(each for each in figure.wide.shapes if getattr(each, "hint", "").startswith("14:"))
    assert (label.anchor, label.x) == ("middle", NEAR(column.x + column.width / 2))


@settings(max_examples=30, deadline=None)
@given(st.lists(LABELS, min_size=2, max_size=9, unique=True), st.data())
def test_pairs(names, data):
    listed = [
        {"a": a, "b": b, "a_over_b": data.draw(COUNTS), "b_over_a": data.draw(COUNTS)}
        for n, a in enumerate(names)
        for b in names[n + 1 :]
    ]
    figure = pairs("p", names, listed, same, number, same)
    check(figure)
    cells = [cell.removeprefix("✓ ") for row in figure.table.rows for cell in row[1:]]
    for each in listed:
        assert number(each["a_over_b"]) in cells
        assert number(each["b_over_a"]) in cells


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.lists(LABELS, max_size=26), st.data())
def test_turnout(spans, names, data):
    times = [f"11. 22. {n % 24:02d}시" for n in range(spans)]
    counts = st.lists(st.none() | COUNTS, min_size=spans, max_size=spans)
    parts = [Series(name, data.draw(counts)) for name in names]
    everybody = Series("모두", data.draw(st.lists(COUNTS, min_size=spans, max_size=spans)))
    figure = turnout("t", times, everybody, parts, number, same)
    check(figure)
    for n, row in enumerate(figure.table.rows):
        told = ["…" if part.counts[n] is None else number(part.counts[n]) for part in [everybody, *parts]]
        assert list(row[1:]) == told


@given(LABELS, st.floats(40, 300), st.integers(1, 4))
def test_wrapped_text_fits_and_loses_nothing_but_at_the_end(text, room, most):
    found = wrapped(text, room, 12, most)
    assert 1 <= len(found) <= most
    assert all(width(line, 12) <= room for line in found)
    joined = "".join(found).replace(" ", "")
    whole = "".join(text.split())
    assert joined == whole or whole.startswith(joined.removesuffix(ELLIPSIS))


def test_korean_counts_double():
    assert width("가나", 10) == 20
    assert width("ab", 10) < 14
    assert shortened("행복한 도시 만들기", 50, 10) == "행복한…"


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(10, 40)), max_size=12))
def test_labels_do_not_overlap(wanted):
    tops, heights = sorted(top for top, _ in wanted), [height for _, height in wanted]
    bottom = 500 + sum(heights)
    found = spread(tops, heights, bottom)
    for n in range(1, len(found)):
        assert found[n] >= found[n - 1] + heights[n - 1] - 1e-6


def test_a_label_is_never_markup():
    figure = bars("x", "<b>", "&", [Bar("<script>", [1.0], "<i>")], Table([], []))
    assert "<script>" not in svg(figure, "wide")
    assert any(isinstance(shape, Text) and shape.text == "<script>" for shape in figure.wide.shapes)


WORDS = st.text(st.sampled_from("가나다ABC123"), min_size=1, max_size=20)


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=40))
def test_a_table_is_cut_into_parts_that_fit_on_paper_and_loses_no_column(columns):
    head, row = zip(*columns, strict=True)
    wide = [GAP + min(WIDEST, max(width(each, 1) for each in column)) for column in columns]
    ends = Table(head, [row]).sheets
    if not ends:
        assert sum(wide) <= SHEET
        return
    starts = [1, *ends[:-1]]
    assert sum(wide) > SHEET
    assert ends[-1] == len(columns)
    for start, end in zip(starts, ends, strict=True):
        assert start < end
        assert wide[0] + sum(wide[start:end]) <= SHEET


def test_a_table_without_columns_or_with_a_single_one_is_not_cut():
    assert Table([], []).sheets == []
    assert Table(["가" * 99], [["나" * 99]]).sheets == []


def test_parts_of_a_table_are_about_as_wide_as_each_other():
    assert Table(["시간", *["가나다라마"] * 9], []).sheets == [6, 10]
