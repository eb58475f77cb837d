"""Suppressed figures cannot be worked out of what is published: checked by solving for them."""

import random
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.tally.breakdown.document import breakdown
from services.tally.breakdown.network import Network
from services.tally.breakdown.suppression import Masked, hidden_values, suppress
from tests.unit.tally.breakdown.attacker import attack_table, attacks
from tests.unit.tally.breakdown.polls import MOTION, QUESTIONS, counted, voters
from tests.unit.tally.breakdown.solving import Simplex, System

Table = list[list[int]]


def told(counts: Table, least: int) -> Masked | None:
    return suppress(counts, [sum(row) for row in counts], least)


@st.composite
def a_table(draw: Any) -> Table:
    """Small and large figures, many of them around the least that is told, zeros too; every row of at least 10."""
    width = draw(st.integers(2, 5))
    figure = st.one_of(st.integers(0, 12), st.just(0), st.integers(0, 60))
    row = st.lists(figure, min_size=width, max_size=width).filter(lambda cells: sum(cells) >= 10)
    return draw(st.lists(row, min_size=2, max_size=5))


@given(counts=a_table(), least=st.sampled_from([3, 5, 10]))
@settings(max_examples=150)
def test_no_small_figure_of_a_table_can_be_narrowed_down(counts: Table, least: int):
    masked = told(counts, least)
    if masked is not None:
        assert attack_table(counts, masked, least) == []


@given(counts=a_table())
def test_nothing_small_is_told_and_everything_told_is_true(counts: Table):
    masked = told(counts, 10) or [[None]]
    cells = [cell for row in masked for cell in row if cell is not None]
    assert not any(0 < cell < 10 for cell in cells)
    if masked != [[None]]:
        assert all(
            m in (None, n)
            for one, row in zip(masked, counts, strict=True)
            for m, n in zip(one, row, strict=True)
        )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("least", "most"), [(3, 12), (10, 60)])
def test_nothing_of_a_whole_result_can_be_narrowed_down(seed: int, least: int, most: int):
    cohorts = counted(voters(seed, most), QUESTIONS)
    document = breakdown(QUESTIONS, cohorts, {"by": list(cohorts.by), "least": least})
    found = [
        each
        for attack, enough in attacks(document, QUESTIONS, cohorts)
        for each in attack.found(least, enough)
    ]
    assert found == []


@pytest.mark.parametrize("seed", range(4))
def test_nothing_of_the_turnout_by_district_can_be_narrowed_down(seed: int):
    cohorts = counted(voters(seed, 40), [MOTION], ["district"])
    document = breakdown([MOTION], cohorts, {"by": ["district"], "least": 5})
    ((attack, enough),) = list(attacks(document, [], cohorts))
    assert attack.found(5, enough) == []


# --- the check itself can fail

BORDERS: list[tuple[str, Table, Masked]] = [
    ("alone in its row", [[2, 30], [20, 30]], [[None, 30], [20, 30]]),
    (
        "a bridge",
        [[2, 30, 20], [20, 30, 4], [20, 20, 20]],
        [[None, None, 20], [20, 30, None], [20, None, 20]],
    ),
    (
        "hemmed in by small ones",
        [[1, 1, 30], [1, 1, 30], [20, 20, 30]],
        [[None, None, 30], [None, None, 30], [20, 20, 30]],
    ),
    ("all the same", [[9, 1], [9, 1], [50, 50]], [[None, None], [None, None], [50, 50]]),
]


@pytest.mark.parametrize(
    ("counts", "naive"), [case[1:] for case in BORDERS], ids=[case[0] for case in BORDERS]
)
def test_the_solver_finds_what_careless_suppression_gives_away(counts: Table, naive: Masked):
    assert attack_table(counts, naive, 10) != []
    masked = told(counts, 10)
    assert masked is None or attack_table(counts, masked, 10) == []


@pytest.mark.parametrize("seed", range(5))
def test_suppression_of_the_small_alone_is_found_out_nearly_always(seed: int):
    rng = random.Random(seed)
    counts = [[rng.choice((0, 2, 7, 15, 40)) for _ in range(4)] for _ in range(5)]
    counts[0] = [4, 40, 40, 40]
    naive: Masked = [[None if 0 < n < 10 else n for n in row] for row in counts]
    assert attack_table(counts, naive, 10) != []


def test_a_whole_result_with_one_figure_told_too_many_is_found_out():
    cohorts = counted(voters(1, 60), QUESTIONS)
    document = breakdown(QUESTIONS, cohorts, {"by": list(cohorts.by), "least": 10})
    caught = 0
    for number, question in enumerate(QUESTIONS):
        for table in document["questions"][number]["tables"]:
            place = cohorts.values[table["by"]]
            truth = cohorts.counters_by(table["by"], question["id"])
            small = [
                (r, c)
                for r, c in product(range(len(place)), range(len(table["columns"])))
                if table["rows"][r]["counts"][c] is None and 0 < truth[r].get(table["columns"][c], 0) < 10
            ]
            for r, _ in small[:1]:
                for c, column in enumerate(table["columns"]):
                    if (r, c) != small[0] and not table.get("option"):
                        table["rows"][r]["counts"][c] = truth[r].get(column, 0)
                caught += 1
    assert caught
    found = [
        each for attack, enough in attacks(document, QUESTIONS, cohorts) for each in attack.found(10, enough)
    ]
    assert found


# --- against brute force, and against somebody who runs this very program


def possible(rows: list[int], columns: list[int]) -> Any:
    """All tables with these sums."""
    if len(rows) == 1:
        yield [columns]
        return
    for first in product(*(range(min(rows[0], total) + 1) for total in columns)):
        if sum(first) == rows[0]:
            left = [total - n for total, n in zip(columns, first, strict=True)]
            yield from ([list(first), *rest] for rest in possible(rows[1:], left))


def fits(table: Table, masked: Masked) -> bool:
    return all(
        m in (None, n) for one, row in zip(masked, table, strict=True) for m, n in zip(one, row, strict=True)
    )


def test_the_network_tells_as_many_values_as_there_are():
    rng = random.Random(7)
    for _ in range(40):
        counts = [[rng.choice((0, 1, 2, 3, 5)) for _ in range(3)] for _ in range(3)]
        network = Network(counts, [sum(row) for row in counts])
        hidden = [(r, c) for r, c in product(range(3), range(3)) if counts[r][c] and rng.random() < 0.7]
        for cell in hidden:
            network.hide(cell)
        masked: Masked = [[None if (r, c) in hidden else counts[r][c] for c in range(3)] for r in range(3)]
        tables = [
            table
            for table in possible(
                [sum(row) for row in counts], [sum(column) for column in zip(*counts, strict=True)]
            )
            if fits(table, masked) and all(table[r][c] for r, c in hidden)
        ]
        for r, c in hidden:
            assert network.values((r, c), 100) == len({table[r][c] for table in tables})


def test_who_runs_this_very_program_on_every_possible_table_learns_little():
    """Knowing how cells are chosen rules tables out: those for which other cells would have been chosen. That nothing at all is
    left but the truth is rare even among the smallest tables, where little room is.
    """
    rng = random.Random(3)
    small = determined = 0
    for _ in range(60):
        counts = [[rng.choice((0, 1, 2, 3, 5, 8, 12)) for _ in range(2)] for _ in range(3)]
        masked = told(counts, 3)
        if masked is None or any(sum(row) < 3 for row in counts):
            continue
        rows, columns = [sum(row) for row in counts], [sum(column) for column in zip(*counts, strict=True)]
        alike = [t for t in possible(rows, columns) if fits(t, masked) and told(t, 3) == masked]
        for r, c in product(range(3), range(2)):
            if 0 < counts[r][c] < 3:
                small += 1
                determined += len({table[r][c] for table in alike}) == 1
    assert small > 20
    assert determined <= small // 20


# --- lists of voters


@given(
    st.lists(st.one_of(st.integers(0, 14), st.integers(0, 99)), min_size=1, max_size=8),
    st.sampled_from([3, 10]),
)
def test_suppressed_numbers_of_voters_keep_enough_values(numbers: list[int], least: int):
    hidden = hidden_values(numbers, least)
    present = [n for n in numbers if n]
    if hidden is None:
        return
    assert all(n in hidden for n, number in enumerate(numbers) if 0 < number < least)
    assert all(numbers[n] for n in hidden)
    assert len(present) != 1
    if hidden:
        assert len(hidden) > 1
        assert sum(numbers[n] for n in hidden) - len(hidden) + 1 >= least


@pytest.mark.parametrize(
    ("numbers", "hidden"),
    [
        ([500, 400, 0], set()),
        ([500, 4, 300], {1, 2}),
        ([4, 500, 300, 0], {0, 2}),
        ([4, 5, 6, 500, 300], {0, 1, 2}),
        ([900, 0, 0], None),
        ([900, 4], None),
        ([0, 0], set()),
    ],
)
def test_which_numbers_of_voters_are_suppressed(numbers: list[int], hidden: set[int] | None):
    assert hidden_values(numbers, 10) == hidden


# --- the solver, against another one


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # PuLP 3 speaks of PuLP 4
def test_the_solver_agrees_with_a_linear_programming_library():
    pulp = pytest.importorskip("pulp")
    rng = random.Random(11)
    system, solver = System(), pulp.PULP_CBC_CMD(msg=False)
    names = [(r, c) for r, c in product(range(3), range(4))]
    truth = {name: rng.randint(0, 9) for name in names}
    for name in names:
        system.unknown(name, low=min(1, truth[name]) if name[1] % 2 else 0)
    lines = [[n for n in names if n[0] == r] for r in range(3)] + [
        [n for n in names if n[1] == c] for c in range(4)
    ]
    for line in lines:
        system.equal(dict.fromkeys(line, 1), sum(truth[name] for name in line))
    simplex = Simplex(system)
    for goal in names[:4]:
        bounds = []
        for sense in (pulp.LpMinimize, pulp.LpMaximize):
            variables = {n: pulp.LpVariable(f"x{n[0]}{n[1]}", system.low[n], cat="Integer") for n in names}
            problem = pulp.LpProblem("bounds", sense)
            problem += variables[goal]
            for line in lines:
                problem += pulp.lpSum(variables[n] for n in line) == sum(truth[n] for n in line)
            problem.solve(solver)
            bounds.append(round(variables[goal].value()))
        assert simplex.bounds(goal) == tuple(bounds)
