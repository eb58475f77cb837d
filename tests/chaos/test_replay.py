"""A small election of our own, cast again through HTTP: its published counts come out, and a wrong one is noticed."""

import pytest

from tests.chaos import replay

FILE = """\
META
key;value
description;작은 마을 2026
country;Korea
unit;Maeul
instance;2026
num_projects;3
num_votes;4
budget;1000
vote_type;approval
rule;greedy
min_length;1
max_length;2
PROJECTS
project_id;cost;votes;name
1;100;{votes};골목 나무
2;200;2;안전한 통학로
3;300;1;작은 도서관
VOTES
voter_id;vote
1;1
2;1,2
3;2,1
4;3
"""


@pytest.fixture
def election_file(tmp_path):
    def write(votes):
        path = tmp_path / "election.pb"
        path.write_text(FILE.format(votes=votes), encoding="utf-8")
        return str(path)

    return write


def test_every_count_comes_out(stack, election_file, capsys):
    arguments = ["--url", stack.url, "--home", str(stack.home), "--connections", "3"]
    assert replay.main([election_file(3), *arguments]) == 0
    assert "each count exact" in capsys.readouterr().out


def test_a_count_that_differs_is_an_error(stack, election_file, capsys):
    arguments = ["--url", stack.url, "--home", str(stack.home)]
    assert replay.main([election_file(4), *arguments]) == 1
    assert "1: 3 instead of 4" in capsys.readouterr().out


def test_not_an_election(tmp_path, capsys):
    path = tmp_path / "nothing.pb"
    path.write_text("nothing\n", encoding="utf-8")
    assert replay.main([str(path)]) == 2
    assert "expected section META" in capsys.readouterr().err
