"""Real elections, with the results that were published."""

import pytest

from services.tally import files
from services.tally.readers import opened
from tests.unit.tally.rules.elections import data_file

PABULIB = {
    "Netherlands_Assen_2024": ("equal_shares", 84),
    "Poland_Swiecie_2023": ("equal_shares", 2_553),
    "Poland_Warszawa_2024_Wola": ("greedy", 5_689),
    "Poland_Warszawa_2021_Mokotow": ("greedy", 12_933),
    "Poland_Lodz_2022_Teofilow-Wielkopolska": ("greedy", 16_771),
    "Poland_Gdynia_2020": ("greedy", 27_073),
    "Poland_Katowice_2023": ("greedy", 39_828),
    "Poland_Krakow_2021": ("greedy", 51_229),
    "Poland_Wroclaw_2017": ("greedy", 62_529),
    "Poland_Wroclaw_2015_150_-_500": ("greedy", 131_778),
}


def counted(name, rule=None):
    with opened(data_file(name)) as election:
        question, outcome = files.count(election, rule)
        return files.told(election, question, outcome)


@pytest.mark.parametrize("name", PABULIB)
def test_votes_scores_and_winners_are_those_that_were_published(name):
    told = counted(f"pabulib/{name}.pb")
    rule, ballots = PABULIB[name]
    assert (told["counting"]["rule"], told["ballots"]) == (rule, ballots)
    assert told["differences_from_published"] == []
    assert any(option["selected"] for option in told["options"])


def test_gdynia_ends_at_the_first_project_that_does_not_fit():
    told = counted("pabulib/Poland_Gdynia_2020.pb")
    assert told["counting"]["unaffordable"] == "stop"
    skipping = counted("pabulib/Poland_Gdynia_2020.pb", '{"rule": "greedy", "unaffordable": "skip"}')
    assert [difference["id"] for difference in skipping["differences_from_published"]] == ["13"]


def test_points_and_thresholds_are_read_from_the_heads():
    katowice = counted("pabulib/Poland_Katowice_2023.pb")
    assert katowice["counting"]["threshold"] == {"score": 200}
    krakow = counted("pabulib/Poland_Krakow_2021.pb")
    assert krakow["counting"]["points"] == [3, 2, 1]


def test_burlington_elects_kiss_by_instant_runoff_and_montroll_by_condorcet():
    told = counted("ranked/burlington-2009-mayor.abif")
    assert told["counting"] == {"rule": "instant_runoff", "ties": "listed"}
    assert [option["id"] for option in told["options"] if option["selected"]] == ["Kiss"]
    last = {option["id"]: option["votes"] for option in told["rounds"][-1]["options"]}
    assert last == {"Kiss": "4314", "Wright": "4064"}
    pairs = counted("ranked/burlington-2009-mayor.abif", "schulze")
    assert pairs["condorcet_winner"] == "Montroll"
    montroll_kiss = next(pair for pair in pairs["pairwise"] if {pair["a"], pair["b"]} == {"Montroll", "Kiss"})
    assert (montroll_kiss["a_over_b"], montroll_kiss["b_over_a"]) == (
        3477,
        4067,
    )  # published: 3,477 and 4,068


def test_debian_elects_zacchiroli():
    told = counted("ranked/debian-2012-leader.soi")
    labels = {option["id"]: option["label"] for option in told["options"]}
    assert labels[told["condorcet_winner"]] == "Stefano Zacchiroli"
    assert [option["label"] for option in told["options"] if option["selected"]] == ["Stefano Zacchiroli"]
    runner_up = next(
        p
        for p in told["pairwise"]
        if {labels[p["a"]], labels[p["b"]]} == {"Stefano Zacchiroli", "Wouter Verhelst"}
    )
    assert {runner_up["a_over_b"], runner_up["b_over_a"]} == {347, 51}
