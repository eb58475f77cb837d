"""Projects of a budget vote from files: what is read, what is refused and at which line."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pabutools.election as pb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pabutools.election.pabulib import write_pabulib

from gateway.uploads.amounts import whole_amount
from gateway.uploads.project_files import ProjectFile, read_projects
from gateway.uploads.projects import with_projects
from services.common.errors import InvalidInput
from services.polls import contract as polls
from services.polls.contract.question_schemas import OptionSchema
from tests.unit.gateway import fakes
from tests.unit.gateway.test_api import problem

URL = "/api/v1/polls/poll-1/questions/q1/projects"
KOREAN = '번호,사업명,사업비,지역,분야,설명\n1,놀이터 정비,"7,200,000",종로구,환경,새 그네\n2,\'=골목 등,3000000원,중구,안전,\n'
TWO = [
    {
        "id": "1",
        "label": "놀이터 정비",
        "cost": 7_200_000,
        "group": "종로구",
        "category": "환경",
        "description": "새 그네",
    },
    {"id": "2", "label": "=골목 등", "cost": 3_000_000, "group": "중구", "category": "안전"},
]


def read(content: bytes) -> ProjectFile:
    return read_projects(io.BytesIO(content))


def refused(content: bytes) -> list[dict[str, Any]]:
    with pytest.raises(InvalidInput) as caught:
        read(content)
    return caught.value.errors


def xlsx(*table: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for line in table:
        book.worksheets[0].append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_korean_tables(encoding):
    assert read(KOREAN.encode(encoding)).options == TWO


def test_english_names_in_any_order():
    content = b"Description;Cost;ID;Group;Name;Category\nnew swings;72;a-1;Jongno;Playground;green\n"
    assert read(content).options == [
        {
            "id": "a-1",
            "label": "Playground",
            "cost": 72,
            "group": "Jongno",
            "category": "green",
            "description": "new swings",
        }
    ]


def test_workbooks_and_units():
    table = xlsx(
        ["연번", "사업명", "사업비 (천원)", "단독 선택"], [1, "도서관", 1500, None], [2, "없음", None, "예"]
    )
    assert read(table).options == [
        {"id": "1", "label": "도서관", "cost": 1_500_000},
        {"id": "2", "label": "없음", "exclusive": True},
    ]


def test_lines_that_cannot_be_taken_are_told_by_number():
    content = (
        "사업명,사업비,id\n가,100,x\n,200,y\n나,많음,z\n다,=A1,w\n라,1.5,v\n마,300,x\n바,,u\n"
        + "긴" * 501
        + ",1,t\n"
    )
    found = read(content.encode())
    assert [option["label"] for option in found.options] == ["가", "바"]
    assert found.rejected == [(3, "name_missing"), (4, "cost"), (5, "formula"), (6, "cost"), (9, "too_long")]
    assert found.duplicates == [(7, 2)]


def test_ids_become_such_as_a_definition_can_have():
    ids = ["M/01/X", "M-01-X", "가-1", "", "", "x" * 50, "M 01 X"]
    content = "id,name\n" + "".join(f"{each},n\n" for each in ids)
    made = [option["id"] for option in read(content.encode()).options]
    assert made == ["M-01-X-2", "M-01-X", "p3", "p4", "p5", "x" * 36, "M-01-X-3"]


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b"", ["file_no_name_column"]),
        (b"id,cost\n1,2\n", ["file_no_name_column"]),
        (b"name,cost\na,b\n", ["file_no_projects", "project_line"]),
        (b"name\n", ["file_no_projects"]),
        (b"META\nkey;value\nbudget;5\nVOTES\nvoter_id;vote\n1;2\n", ["file_no_projects"]),
        (b"name\n" + b"a\n" * 501, ["file_too_many_rows"]),
        (b"name\n" + b"=a\n" * 2_000, ["file_too_many_rows"]),
        (b"PK\x03\x04 but not a zip", ["file_damaged"]),
        (b"\xff\xfe\x00", ["file_encoding"]),
        (b'META\n"' + b"x" * 200_000, ["file_bad_line"]),
        (b"META\n" + b"k;v\n" * 30_000, ["file_too_many_rows"]),
    ],
)
def test_files_that_cannot_be_used(content, codes):
    assert [error["code"] for error in refused(content)] == codes


PABULIB = """META
key;value
description;Test
budget;1 000 000
vote_type;approval
PROJECTS
project_id;cost;name;category;votes;selected
7;1000.0;"Park; large";green,sport;12;1
M/1;2500;None;None;3;0
x;2.5;half;;;

VOTES
voter_id;vote
1;7
"""


def test_pabulib():
    found = read(PABULIB.encode("utf-8-sig"))
    assert found.options == [
        {"id": "7", "label": "Park; large", "cost": 1000, "category": "green,sport"},
        {"id": "M-1", "label": "M/1", "cost": 2500},
    ]
    assert found.budget == 1_000_000
    assert found.rejected == [(10, "cost")]


def test_a_name_in_a_pabulib_file_is_no_formula():
    found = read(PABULIB.replace("Park; large", "=HYPERLINK()").encode())
    assert found.options[0]["label"] == "=HYPERLINK()"


names = st.text(
    st.characters(codec="utf-8", exclude_characters='";\r\n', exclude_categories=("C", "Z")), min_size=1
)


@given(st.lists(st.tuples(names, st.integers(0, 10**12)), min_size=1, max_size=8), st.integers(1, 10**13))
def test_whatever_pabutools_writes_is_read(tmp_path_factory, projects, budget):
    made = [pb.Project(f"p{n}", cost) for n, (_, cost) in enumerate(projects)]
    instance = pb.Instance(made, budget_limit=budget)
    for project, (name, _) in zip(made, projects, strict=True):
        instance.project_meta[project] = {"name": name}
    path = Path(tmp_path_factory.getbasetemp()) / "written.pb"
    write_pabulib(instance, pb.ApprovalProfile([pb.ApprovalBallot(made)]), str(path))
    found = read(path.read_bytes())
    assert found.budget == budget
    costs = {option["id"]: option["cost"] for option in found.options}
    assert costs.items() <= {f"p{n}": cost for n, (_, cost) in enumerate(projects)}.items()
    assert len(found.options) + len(found.rejected) == len(projects)
    for option in found.options:
        OptionSchema().load(option)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("₩1,200", 1200),
        ("1200.00", 1200),
        (" 1 200 원", 1200),
        ("1.5", None),
        ("-1", None),
        ("", None),
        ("1e5", None),
    ],
)
def test_amounts(text, amount):
    assert whole_amount(text, 1) == amount


def test_amounts_in_larger_units_may_have_decimals():
    assert whole_amount("1.5", 1_000) == 1_500
    assert whole_amount("9" * 16, 1) is None


# --- into the draft --------------------------------------------------------------------------------------------------------

PICTURE = f"/media/{'a' * 64}.webp"


def question(**changed: Any) -> dict[str, Any]:
    return {
        "id": "q1",
        "kind": "knapsack",
        "options": [{"id": "1", "label": "가", "image": PICTURE}],
        **changed,
    }


def test_a_picture_stays_with_its_project_and_the_budget_of_the_file_counts():
    found = ProjectFile([{"id": "1", "label": "새"}, {"id": "2", "label": "둘"}], budget=500)
    other = {"id": "q0", "kind": "yes_no", "options": []}
    plain, made = with_projects([other, question(budget=3)], "q1", found)
    assert plain == other
    assert made["options"] == [{"id": "1", "label": "새", "image": PICTURE}, {"id": "2", "label": "둘"}]
    assert made["budget"] == 500


@pytest.mark.parametrize(
    ("counting", "budget"),
    [({"rule": "greedy"}, 500), ({"rule": "greedy", "budget": 1}, 500), ({"rule": "approval"}, None)],
)
def test_a_counting_rule_that_spends_money_gets_it(counting, budget):
    found = ProjectFile([{"id": "1", "label": "새"}], budget=500)
    made = with_projects([question(kind="choice", counting=counting)], "q1", found)[0]
    assert made["counting"].get("budget") == budget
    assert "budget" not in made


def draft(**changed: Any) -> dict[str, Any]:
    return fakes.poll(state="draft", questions=[{"required": True, "title": "?", **question(**changed)}])


def test_projects_are_put_into_the_draft(operator, bus):
    bus.on(polls.GET_POLL, draft())
    bus.on(polls.UPDATE_POLL, draft())
    answer = operator.put(
        URL, files={"file": ("사업.csv", (KOREAN + "1,또,1,,,\n9,,1,,,\n").encode("cp949"))}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "accepted": 2,
        "duplicates": 1,
        "duplicate_lines": [{"line": 4, "first_line": 2}],
        "rejected": [{"line": 5, "reason": "name_missing"}],
        "budget": None,
    }
    assert bus.last(polls.UPDATE_POLL)["patch"]["questions"][0]["options"][1] == TWO[1]


def test_a_file_without_a_project_changes_nothing(operator, bus):
    found = problem(
        operator.put(URL, files={"file": ("x.csv", b"name,cost\na,much\n")}), 422, "invalid_input"
    )
    assert [error["code"] for error in found["errors"]] == ["file_no_projects", "project_line"]
    assert "2" in found["errors"][1]["detail"]
    assert not [name for name, _ in bus.asked if name.startswith("polls.")]


def test_what_polls_refuses_is_told(operator, bus):
    files = {"file": ("x.csv", b"name\na\n")}
    bus.on(polls.GET_POLL, draft())
    bus.on(polls.UPDATE_POLL, polls.PollFrozen(fields=["questions"]))
    problem(operator.put(URL, files=files), 409, "poll_frozen")
    problem(operator.put(URL.replace("q1", "q9"), files=files), 404, "not_found")
    bus.on(polls.GET_POLL, polls.PollNotFound())
    problem(operator.put(URL, files=files), 404, "poll_not_found")


def test_citizens_and_guests_have_no_projects_to_give(guest, citizen):
    files = {"file": ("x.csv", b"name\na\n")}
    problem(guest.put(URL, files=files), 401, "unauthenticated")
    problem(citizen.put(URL, files=files), 403, "forbidden")


@pytest.mark.parametrize("environ", [{"GATEWAY_PROJECT_BYTES": "2000"}])
def test_an_oversize_file(operator):
    files = {"file": ("x.csv", b"name\n" + b"1" * 3000)}
    assert problem(operator.put(URL, files=files), 413, "too_large")["limit"] == 2000
