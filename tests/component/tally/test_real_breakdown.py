"""A real vote split by who voted: 12,933 ballots of Warszawa's Mokotów with the ages, sexes and channels of their voters, cast
as live ballots are, counted by tags, recounted, and suppressed.
"""

import csv
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from services.common.contract import instance
from services.common.encodings import canonical_json, sha256
from services.polls.contract.breakdown import cells_of, cohort_tag
from services.tally import contract
from services.tally.readers import opened
from tests.unit.tally.breakdown.attacker import attack_table
from tests.unit.tally.rules.elections import data_file
from tests.unit.tally.world import World

FILE = "pabulib/Poland_Warszawa_2021_Mokotow.pb"
BY = ["age", "gender", "channel"]
SECRET = b"m" * 32
TOGETHER = 256
SEXES = {"F": "female", "M": "male"}


def voters(path: Path) -> Iterator[tuple[dict[str, str], list[str]]]:
    """Each voter's cell and vote."""
    with path.open(encoding="utf-8", newline="") as lines:
        for line in lines:
            if line.strip() == "VOTES":
                break
        for row in csv.DictReader(lines, delimiter=";"):
            age = min(max(int(row["age"]) // 10 * 10, 10), 70)
            channel = "web" if row["voting_method"] == "internet" else "onsite"
            gender = SEXES.get(row["sex"], "unknown")
            yield {"age": str(age), "gender": gender, "channel": channel}, row["vote"].split(",")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """The signed result, and who voted how."""
    path, folder = data_file(FILE), tmp_path_factory.mktemp("mokotow")
    world = World(f"sqlite:///{folder}/ballots.db", f"sqlite:///{folder}/tally.db", page=2000)
    with opened(path) as election:
        question = {**election.question, "id": "q1", "required": True}
    definition = {
        "id": "poll-1",
        "title": "Mokotów",
        "questions": [question],
        "breakdown": {"by": BY, "least": 10},
    }
    facts = {"definition": definition, "definition_hash": sha256(canonical_json(definition)).hex()}
    world.scene.polls.definitions["poll-1"] |= facts
    world.scene.polls.cells = [{"cohort": cohort_tag(SECRET, cell), "cell": cell} for cell in cells_of(BY)]
    people = list(voters(path))
    cast(world, [option["id"] for option in question["options"]], people)
    world.sequence(limit=20_000)
    world.catch_up()
    world.end()
    assert world.recount()
    yield world.results(), people
    world.close()


def cast(world: World, order: list[str], people: list[tuple[dict[str, str], list[str]]]) -> None:
    tags: dict[tuple[str, ...], str] = {}
    rest = iter(enumerate(people))
    while batch := list(islice(rest, TOGETHER)):
        items = []
        for n, (cell, vote) in batch:
            tag = tags.setdefault(tuple(cell.values()), cohort_tag(SECRET, cell))
            item = world.scene.item(f"v{n}", answers={"q1": sorted(vote, key=order.index)})
            items.append(
                {**item, "ballot_pass": world.scene.polls.ballot_pass("poll-1", f"v{n}", cohort=tag)}
            )
        assert all("ok" in outcome for outcome in world.scene.cast(*items))


def test_the_tables_are_those_of_the_file_but_for_what_is_suppressed(told):
    result, people = told
    assert instance(contract.ResultsSchema).validate(result) == {}
    columns = [option["id"] for option in result["questions"][0]["options"]]
    for table in result["breakdown"]["questions"][0]["tables"]:
        true = Counter((cell[table["by"]], option) for cell, vote in people for option in vote)
        assert table["columns"] == columns
        for row in table["rows"]:
            for option, n in zip(columns, row["counts"], strict=True):
                assert n in (None, true[row["value"], option])
                assert not (n and n < 10)


def test_sums_are_the_published_result(told):
    result, _ = told
    shown = 0
    for table in result["breakdown"]["questions"][0]["tables"]:
        for n, option in enumerate(result["questions"][0]["options"]):
            column = [row["counts"][n] for row in table["rows"]]
            if None not in column:
                assert sum(column) == option["count"]
                shown += 1
    assert shown > 150
    for dimension in result["breakdown"]["voters"]:
        numbers = [row["voters"] for row in dimension["rows"]]
        assert None in numbers or sum(numbers) == 12_933


def test_no_small_figure_can_be_worked_out(told):
    """Every table by itself, with all its sums known: solved exactly."""
    result, people = told
    for table in result["breakdown"]["questions"][0]["tables"]:
        true = Counter((cell[table["by"]], option) for cell, vote in people for option in vote)
        kept = [row for row in table["rows"] if row["answered"]]
        counts = [[true[row["value"], option] for option in table["columns"]] for row in kept]
        assert attack_table(counts, [row["counts"] for row in kept], 10) == []
        small = sum(0 < n < 10 for row in counts for n in row)
        suppressed = sum(n is None for row in kept for n in row["counts"])
        assert small <= suppressed < 2 * small + len(table["columns"])
