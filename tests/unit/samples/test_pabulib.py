from decimal import Decimal
from pathlib import Path

import pytest

from deploy.local.samples import budget
from services.tally.contract import rules
from services.tally.contract.counting.ties import Context
from services.tally.readers import Malformed

SMALL = """META
key;value
description;Example
num_projects;3
vote_type;approval
min_length;1
max_length;2
PROJECTS
project_id;cost;votes;name;category;selected;description
1;1000;2;Bench;public space,sport;1;One "good" bench
2;2500.50;1;"Tree; large";greenery;0;
M/3/X;10;0;;;0
VOTES
voter_id;vote;age
a;1,2;30
b;1;
c;;
"""


def test_projects_costs_and_ballots_are_read():
    read = budget.parse(SMALL)
    assert read.meta["description"] == "Example"
    assert [(p.id, p.cost, p.votes, p.name) for p in read.projects] == [
        ("1", 1000, 2, "Bench"),
        ("2", Decimal("2500.50"), 1, "Tree; large"),
        ("M/3/X", 10, 0, "M/3/X"),
    ]
    assert read.projects[0].description == 'One "good" bench'
    assert read.projects[0].category == "public space,sport"
    assert read.ballots == (("1", "2"), ("1",), ())
    assert read.count() == {"1": 2, "2": 1, "M/3/X": 0}


def test_limits_are_those_of_the_file_widened_to_its_ballots():
    assert budget.parse(SMALL).limits() == (0, 2)
    assert budget.parse(SMALL.replace("max_length;2\n", "").replace("c;;\n", "")).limits() == (1, 3)
    assert budget.parse(SMALL.replace("max_length;2", "max_length;1")).limits() == (0, 2)


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm():
    assert budget.parse("\ufeff" + SMALL.replace("\n", "\r\n")) == budget.parse(SMALL)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "META"),
        ("nonsense;1\n", "line 1"),
        (SMALL.replace("1;1000;2", "1;much;2"), "not a number"),
        (SMALL.replace("a;1,2", "a;1,9"), "unknown project"),
        (SMALL.replace("a;1,2", "a;1,1"), "twice"),
        (SMALL.replace("2;2500.50", ";2500.50"), "project_id is missing"),
        (SMALL[: SMALL.index("VOTES")], "VOTES"),
    ],
)
def test_what_is_malformed_is_named(text, complaint):
    with pytest.raises(Malformed, match=complaint):
        budget.parse(text)


def test_our_own_file_counts_to_what_it_publishes():
    read = budget.parse(budget.OWN.read_text(encoding="utf-8"))
    assert read.count() == {project.id: project.votes for project in read.projects}
    assert len(read.ballots) == int(read.meta["num_votes"])


def test_a_usable_file_is_preferred_to_our_own(tmp_path):
    folder = tmp_path / "pabulib"
    folder.mkdir()
    good = SMALL.replace("c;;\n", "")
    (folder / "broken.pb").write_text("nothing")
    (folder / "wrong-count.pb").write_text(good.replace("1;1000;2", "1;1000;7"))
    (folder / "cumulative.pb").write_text(good.replace("approval", "cumulative"))
    assert budget.choose(folder).meta["description"] == "우리 동네 참여예산"
    (folder / "good.pb").write_text(good)
    assert budget.choose(folder).meta["description"] == "Example"
    assert budget.choose(Path("/nowhere")).meta["description"] == "우리 동네 참여예산"


def test_project_ids_that_no_option_may_have_are_replaced():
    sample = budget.to_sample(budget.parse(SMALL))
    options = sample.draft["questions"][0]["options"]
    assert [option["id"] for option in options] == ["1", "2", "p3"]
    assert sample.expected == {"q1": {"1": 2, "2": 1, "p3": 0}}


def test_the_data_folder_can_be_named(tmp_path):
    assert budget.folder({"MVOTING_DATA": str(tmp_path)}) == tmp_path / "pabulib"


def test_our_own_file_is_counted_by_the_rule_that_it_states():
    read = budget.parse(budget.OWN.read_text(encoding="utf-8"))
    sample = budget.to_sample(read)
    question = sample.draft["questions"][0]
    assert rules.check_question(question) == []
    profile = rules.new_profile(question)
    for ballot in sample.ballots:
        profile.add(ballot["q1"])
    assert rules.count(question, profile, Context()).selected == [
        project.id for project in read.projects if project.selected == "1"
    ]


@pytest.mark.parametrize(
    ("head", "counting"),
    [
        ("rule;greedy\nbudget;5000\n", {"rule": "greedy", "budget": 5000}),
        (
            "rule;greedy-threshold\nbudget;5000\nmin_project_score_threshold;2\n",
            {"rule": "greedy", "budget": 5000, "threshold": {"score": 2}},
        ),
        ("rule;greedy\nbudget;5000.50\n", None),
        ("rule;somehow\nbudget;5000\n", None),
        ("", None),
    ],
)
def test_a_rule_that_is_none_of_ours_leaves_the_counts(head, counting):
    text = SMALL.replace("PROJECTS\n", f"{head}PROJECTS\n")
    assert budget.to_sample(budget.parse(text)).draft["questions"][0].get("counting") == counting
