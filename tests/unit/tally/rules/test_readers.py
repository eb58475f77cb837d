"""Files as they may be, and as they may be broken."""

import json
import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.tally import __main__ as command
from services.tally.files import CannotCount, count_file
from services.tally.readers import Malformed, readers

PB = """META
key;value
description;Example
num_projects;3
num_votes;3
budget;3500.50
vote_type;approval
rule;greedy
max_length;2
PROJECTS
project_id;cost;votes;name;selected
1;1000;2;Bench;1
2;2500.50;1;"Tree; large";1
M/3/X;10;0;;0
VOTES
voter_id;vote;age
a;1,2;30
b;1;
c;;
"""
SOI = """# TITLE: Lunch
# NUMBER ALTERNATIVES: 3
# NUMBER VOTERS: 5
# NUMBER UNIQUE ORDERS: 2
# ALTERNATIVE NAME 1: Rice
# ALTERNATIVE NAME 2: Noodles
# ALTERNATIVE NAME 3: Soup
3: 2,1
2: 3
"""
ABIF = """# comment
{title: "Lunch"}
{tally_method: "IRV"}
=R:[Rice]
=N:[Noodles with everything]
=S:[Soup]
3:N>R
2:S>R=N
1:R/5,S/3,N/5
"""


def read(text, suffix):
    election = readers()[suffix].read(iter(text.splitlines(keepends=True)), suffix)
    return election, list(election.ballots)


def test_pabulib_is_read_with_exact_money():
    election, ballots = read(PB, ".pb")
    assert election.counting == {"rule": "greedy", "budget": 35_005}
    assert [(o["id"], o["label"], o["cost"]) for o in election.question["options"]] == [
        ("1", "Bench", 10_000),
        ("2", "Tree; large", 25_005),
        ("M/3/X", "M/3/X", 100),
    ]
    assert ballots == [(["1", "2"], 1), (["1"], 1), ([], 1)]
    assert "1/10 of" in election.reading[0]


def test_line_ends_and_a_byte_order_mark_do_no_harm():
    assert read("\ufeff" + PB.replace("\n", "\r\n"), ".pb")[1] == read(PB, ".pb")[1]


def test_ordinal_points_come_from_the_ballots_or_from_the_longest_ballot():
    ordinal = PB.replace("approval", "ordinal").replace("max_length;2", "max_length;3")
    election, _ = read(ordinal, ".pb")
    assert election.counting["points"] == [3, 2, 1]
    given = (
        ordinal.replace("voter_id;vote;age", "voter_id;vote;points")
        .replace("a;1,2;30", "a;1,2;4,1")
        .replace("b;1;", "b;1;4")
    )
    assert read(given, ".pb")[0].counting["points"] == [4, 1]
    with pytest.raises(Malformed, match="line 18"):
        read(given.replace("b;1;4", "b;1;3"), ".pb")


def test_preflib_is_read():
    election, ballots = read(SOI, ".soi")
    assert ballots == [(["2", "1"], 3), (["3"], 2)]
    assert election.question["options"][1] == {"id": "2", "label": "Noodles"}
    assert read(SOI.replace("3: 2,1", "3: 2,{1,3}"), ".toc".replace("c", "i"))[1][0] == (["2", ["1", "3"]], 3)


def test_abif_is_read():
    election, ballots = read(ABIF, ".abif")
    assert election.counting == {"rule": "instant_runoff"}
    assert election.title == "Lunch"
    assert ballots == [(["N", "R"], 3), (["S", ["R", "N"]], 2), ([["R", "N"], "S"], 1)]
    undeclared = "2:[Doña García]>B\n1:B\n"
    assert [o["id"] for o in read(undeclared, ".abif")[0].question["options"]] == ["Doña García", "B"]


@pytest.mark.parametrize(
    ("suffix", "text", "line", "what"),
    [
        (".pb", "", 1, "expected section META"),
        (".pb", "nonsense;1\n", 1, "expected section META"),
        (".pb", PB.replace("1;1000;2", "1;much;2"), 12, "cost is not a number"),
        (".pb", PB.replace("1;1000;2", "1;-1;2"), 12, "cost is not an amount"),
        (".pb", PB.replace("1;1000;2", "1;NaN;2"), 12, "cost is not an amount"),
        (".pb", PB.replace("1;1000;2", ";1000;2"), 12, "project_id is missing"),
        (".pb", PB.replace("project_id;cost;votes;name;selected", "cost;votes;name;selected;project_id").replace("2;2500.50;1", "2500.50;1"), 13, "project_id is missing"),
        (".pb", PB.replace("key;value", "value;key").replace("description;", ""), 3, "key is missing"),
        (".pb", PB.replace("2;2500.50", "1;2500.50"), 13, "twice"),
        (".pb", PB.replace("budget;3500.50", "budget;lots"), 6, "budget is not a number"),
        (".pb", PB.replace("budget;3500.50\n", ""), 1, "no budget"),
        (".pb", PB.replace("approval", "shouting"), 7, "vote_type is not known"),
        (".pb", PB.replace("approval", "cumulative"), 17, "no points"),
        (".pb", PB.replace("project_id;cost", "project;cost"), 11, "project_id is missing"),
        (".pb", PB.replace("VOTES\n", "VOTERS\n"), 15, "cost is not a number"),
        (".pb", PB.replace("PROJECTS\n", "VOTES\n", 1), 10, "expected section PROJECTS"),
        (".pb", PB.replace("a;1,2", "a;1,9"), 17, "unknown project"),
        (".pb", PB.replace("a;1,2", "a;1,1"), 17, "twice"),
        (".pb", PB.replace("c;;\n", ""), 18, "ends after 2 ballots"),
        (".pb", PB.replace("b;1;", 'b;"1;'), 19, "unknown project"),
        (".soi", SOI.replace("# NUMBER ALTERNATIVES: 3\n", ""), 1, "NUMBER ALTERNATIVES"),
        (".soi", SOI.replace("ALTERNATIVES: 3", "ALTERNATIVES: 4"), 2, "does not name alternatives 1 to 4"),
        (".soi", SOI.replace("3: 2,1", "3; 2,1"), 8, "colon"),
        (".soi", SOI.replace("3: 2,1", "x: 2,1"), 8, "not a whole number"),
        (".soi", SOI.replace("3: 2,1", "3: 2,,1"), 8, "not an order"),
        (".soi", SOI.replace("3: 2,1", "3: 2,1,"), 8, "not an order"),
        (".soi", SOI.replace("3: 2,1", "3: 2,9"), 8, "not in the head"),
        (".soi", SOI.replace("3: 2,1", "3: 2,2"), 8, "ranked twice"),
        (".soi", SOI.replace("3: 2,1", "3: {2,1}"), 8, "strict orders"),
        (".soc", SOI, 8, "complete orders"),
        (".soi", SOI.replace("VOTERS: 5", "VOTERS: 6"), 9, "NUMBER VOTERS 6"),
        (".pb", PB.replace("max_length;2", "max_length;9" + "0" * 15), 9, "more than 10000"),
        (".soi", SOI.replace("ALTERNATIVES: 3", "ALTERNATIVES: 9" + "0" * 15), 2, "does not name"),
        (".soi", SOI.replace("3: 2,1", "9000000000000: 2,1"), 8, "more than"),
        (".abif", ABIF.replace("3:N>R", "9000000000000:N>R"), 7, "more than"),
        (".abif", ABIF.replace("3:N>R", "3:N>X"), 7, "not declared"),
        (".abif", ABIF.replace("3:N>R", "3:N>N"), 7, "ranked twice"),
        (".abif", ABIF.replace("3:N>R", "3:N>"), 7, "ends with"),
        (".abif", ABIF.replace("3:N>R", "3:N>>R"), 7, "not a ranking"),
        (".abif", ABIF.replace("3:N>R", "N>R"), 7, "colon"),
        (".abif", ABIF.replace('{title: "Lunch"}', "{title}"), 2, "key: value"),
    ],
)  # fmt: skip
def test_a_malformed_file_gets_the_line_and_what_is_wrong(suffix, text, line, what):
    with pytest.raises(Malformed, match=what) as caught:
        read(text, suffix)
    assert caught.value.line == line


@st.composite
def damaged(draw):
    """One of the samples with some of its lines gone, twice, cut into columns in another order, or with other figures in them."""
    suffix, text = draw(st.sampled_from([(".pb", PB), (".soi", SOI), (".abif", ABIF)]))
    lines = text.split("\n")
    figures = st.sampled_from(["", "0", "-1", "3.5", "1e9", "nan", "9" * 30, ";", "{", "a"])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        how = draw(st.sampled_from(["gone", "again", "turned", "figures"]))
        if how == "gone":
            lines[at] = ""
        elif how == "again":
            lines.insert(at, draw(st.sampled_from(lines)))
        elif how == "turned":
            lines[at] = ";".join(draw(st.permutations(lines[at].split(";"))))
        else:
            lines[at] = re.sub(r"\d+|,", draw(figures), lines[at])
    return suffix, "\n".join(lines)


@settings(max_examples=300)
@given(damaged(), st.sampled_from([None, "greedy", "equal_shares", "borda", "schulze", "plurality"]))
def test_a_damaged_file_is_counted_or_refused(tmp_path_factory, file, rule):
    suffix, text = file
    path = tmp_path_factory.getbasetemp() / f"damaged{suffix}"
    path.write_text(text)
    with suppress(Malformed, CannotCount):
        json.dumps(count_file(path, rule), allow_nan=False)


def run(tmp_path, capsys, text, suffix=".pb", *more):
    path = tmp_path / f"election{suffix}"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    status = command.main(["count", str(path), *more], {})
    printed = capsys.readouterr()
    return status, (json.loads(printed.out) if printed.out else None), printed.err


def test_the_command_prints_everything_about_a_count(tmp_path, capsys):
    status, told, _ = run(tmp_path, capsys, PB)
    assert status == 0
    assert told["stated_rule"] == "greedy"
    assert told["differences_from_published"] == []
    assert told["ballots"] == 3
    assert told["options"][2] == {
        "id": "M/3/X",
        "votes": 0,
        "score": "0",
        "selected": False,
        "reason": {
            "code": "below_threshold",
            "params": {"reached": 0, "least": 1, "missed_by": 1},
            "text": "Has 0 votes, 1 short of the 1 vote that it needs.",
        },
        "label": "M/3/X",
    }
    assert len(told["reading"]) == 3


def test_the_command_takes_another_rule(tmp_path, capsys):
    _, told, _ = run(tmp_path, capsys, SOI, ".soi", "--rule", "instant_runoff")
    assert told["rule"] == "instant_runoff"
    _, told, _ = run(tmp_path, capsys, PB, ".pb", "--rule", '{"rule": "equal_shares", "completion": "none"}')
    assert told["counting"]["budget"] == 35_005
    assert told["counting"]["completion"] == "none"


@pytest.mark.parametrize(
    ("text", "suffix", "rule", "told"),
    [
        (PB.replace("a;1,2", "a;1,9"), ".pb", [], "line 17: the vote names an unknown project: '9'"),
        (PB.encode().replace(b"Bench", b"B\xffnch"), ".pb", [], "not UTF-8"),
        (PB.replace("rule;greedy", "rule;magic"), ".pb", [], "line 8: the rule 'magic' is not one of ours"),
        (PB, ".pb", ["--rule", "magic"], "there is no rule 'magic'"),
        (PB, ".pb", ["--rule", "borda"], "rule_not_for_kind"),
        (PB, ".pb", ["--rule", "{"], "not JSON"),
        (PB, ".txt", [], "not one of the endings"),
    ],
)
def test_what_cannot_be_counted_ends_with_status_2(tmp_path, capsys, text, suffix, rule, told):
    status, printed, error = run(tmp_path, capsys, text, suffix, *rule)
    assert (status, printed) == (2, None)
    assert told in error
