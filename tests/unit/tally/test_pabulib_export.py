"""Budget votes as Pabulib files: read again by our own reader and by pabutools, they are the same votes and winners."""

import random
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pabutools import election as pb
from pabutools.election.pabulib import parse_pabulib_from_string
from pabutools.rules import greedy_utilitarian_welfare, method_of_equal_shares

from gateway.uploads.project_files import read_projects
from services.polls.contract import ballot_rules
from services.tally import contract, files
from services.tally.domain import Count, Facts
from services.tally.formats import Export, pb_file
from services.tally.formats.pb_file.vote import project_ids
from services.tally.readers import opened, pabulib
from services.tally.usecases.outcomes import new_profiles
from services.tally.usecases.results import document
from tests.unit.tally.rules.elections import data_file
from tests.unit.tally.test_outcomes import cast, world_with

LABELS = [
    "버스; 정류장",
    '"인용" 공원',
    "둘째\n줄\u2028셋째",
    "=HYPERLINK(1)",
    " 앞뒤 공백 ",
    "none",
    "مرحبا 🚌",
    "META",
]


def question(kind: str, costs: list[int], **fields: Any) -> dict[str, Any]:
    options = [
        {
            "id": f"p{n}",
            "label": LABELS[n % len(LABELS)],
            "cost": cost,
            "group": "종로구;",
            "category": "환경, 교육",
        }
        for n, cost in enumerate(costs)
    ]
    return {"id": "q1", "kind": kind, "title": "사업", "required": False, "options": options, **fields}


def exported(asked: dict[str, Any], answers: list[Any], final: bool = True, **more: Any) -> str:
    """The file of these answers to one question."""
    definition = {"title": "2026년 주민참여예산; 한마당", "organization": "seoul", "questions": [asked]}
    facts = Facts("poll-1", "closed", "live", definition, "ab" * 32, more.pop("roll", None))
    count = Count(entries=len(answers), profiles=new_profiles([asked]) if final else {}, seed=b"x" * 32)
    for answer in answers:
        count.add(ballot_rules.count_ballot([asked], {"q1": answer}))
        count.add_to_profiles({"q1": answer})
    result = document(facts, "final" if final else "live", count)
    period = {"opened_at": "2026-08-05T00:00:00Z", "closes_at": "2026-08-31T14:59:59Z"}
    export = Export(definition, result, organization="서울특별시", **period, **more)
    entries = ((n, {"q1": answer}) for n, answer in enumerate(answers))
    return (pb_file.make(export) + pb_file.ballots(export, entries)).decode()


def read(text: str) -> Any:
    return pabulib.read(text.splitlines(keepends=True))


def counted(text: str) -> tuple[dict[str, Any], Any]:
    """As `python -m services.tally count` does it."""
    election = read(text)
    asked, outcome = files.count(election)
    told = files.told(election, asked, outcome)
    assert told["differences_from_published"] == []
    return {option.id: (option.votes, option.score) for option in outcome.options}, outcome.selected


def some(kind: str, costs: list[int], ballots: int = 60, seed: int = 1) -> list[Any]:
    """Random answers of a kind, some of them blank."""
    rng, ids = random.Random(seed), [f"p{n}" for n in range(len(costs))]

    def one() -> Any:
        chosen = rng.sample(ids, rng.randint(1, 3))
        if rng.random() < 0.1:
            return None
        if kind == "score":
            return {option: rng.randint(0, 5) for option in ids}
        if kind == "cumulative":
            return {option: rng.randint(1, 3) for option in sorted(chosen)}
        return chosen if kind == "ranking" else sorted(chosen)

    return [one() for _ in range(ballots)]


COSTS = [50, 40, 30, 30, 20, 15, 10, 70]
GREEDY = {"rule": "greedy", "budget": 100}
METHODS = {
    "choice": [GREEDY, {**GREEDY, "unaffordable": "stop"}, {**GREEDY, "threshold": {"votes": 20}}],
    "knapsack": [GREEDY, {"rule": "equal_shares", "budget": 100}],
    "cumulative": [GREEDY, {**GREEDY, "threshold": {"score": 40}}],
    "score": [GREEDY],
    "ranking": [GREEDY, {**GREEDY, "points": [5, 3, 1, 1]}],
}
FIELDS = {
    "knapsack": {"budget": 200},
    "score": {"min": 0, "max": 5},
    "cumulative": {"max": 10},
    "choice": {"max": 3},
}
CASES = [(kind, counting) for kind, methods in METHODS.items() for counting in methods]


@pytest.mark.parametrize(("kind", "counting"), CASES)
def test_a_file_is_the_same_votes_and_winners_to_our_reader_and_to_pabutools(kind, counting):
    answers = some(kind, COSTS)
    text = exported(question(kind, COSTS, counting=counting, **FIELDS.get(kind, {})), answers)
    ours, winners = counted(text)
    instance, profile = parse_pabulib_from_string(text)
    assert instance.budget_limit == 100
    assert profile.num_ballots() == sum(answer is not None for answer in answers)
    assert {p.name: int(p.cost) for p in instance} == {f"p{n}": cost for n, cost in enumerate(COSTS)}
    assert {p.name for p in instance if instance.project_meta[p]["selected"] == "1"} == set(winners)
    if kind in ("choice", "knapsack"):
        assert {p.name: profile.approval_score(p) for p in instance} == {
            o: votes for o, (votes, _) in ours.items()
        }
    elif kind != "ranking":
        assert {p.name: int(profile.score(p)) if hasattr(profile, "score") else sum(int(b.get(p, 0)) for b in profile)
                for p in instance} == {o: int(score) for o, (_, score) in ours.items()}  # fmt: skip


def test_pabutools_chooses_the_same_projects():
    """Costs and votes are such that nothing is tied: the libraries break ties differently."""
    costs = [11, 23, 37, 41, 53]
    answers = [[f"p{n}"] for n in range(5) for _ in range(3 + 2 * n)] + [["p0", "p4"]] * 2
    for counting, rule in (
        (
            {"rule": "greedy", "budget": 100},
            lambda i, p: greedy_utilitarian_welfare(i, p, sat_class=pb.Cost_Sat),
        ),
        (
            {"rule": "equal_shares", "budget": 100, "completion": "add1"},
            lambda i, p: method_of_equal_shares(i, p, sat_class=pb.Cost_Sat, voter_budget_increment=1),
        ),
    ):
        text = exported(question("choice", costs, max=3, counting=counting), answers)
        instance, profile = parse_pabulib_from_string(text)
        chosen = {p.name for p in instance if instance.project_meta[p]["selected"] == "1"}
        assert {p.name for p in rule(instance, profile)} == chosen
        assert counted(text)[1] == sorted(chosen)


def test_the_head_says_what_the_poll_was():
    text = exported(
        question("choice", COSTS, max=2, counting={**GREEDY, "threshold": {"at_least": "10%"}}), [["p0"]] * 11
    )
    meta = dict(line.split(";", 1) for line in text.partition("PROJECTS")[0].splitlines()[2:])
    assert meta.pop("description") == '"2026년 주민참여예산; 한마당"'
    assert "definition SHA-256 abab" in meta.pop("comment")
    assert meta == {
        "country": "South Korea", "unit": "서울특별시", "instance": "2026", "num_projects": "8", "num_votes": "11",
        "budget": "100", "vote_type": "approval", "min_length": "1", "max_length": "2", "rule": "greedy-threshold",
        "min_project_score_threshold": "2", "date_begin": "05.08.2026", "date_end": "31.08.2026", "language": "ko",
        "currency": "KRW",
    }  # fmt: skip


@pytest.mark.parametrize(
    "counting",
    [
        {**GREEDY, "order": "votes_per_cost"},
        {**GREEDY, "exclusive": [["p0", "p1"]]},
        {**GREEDY, "caps": [{"group": "종로구;", "projects": 1}]},
        {**GREEDY, "threshold": {"votes": 0}},
        {"rule": "equal_shares", "budget": 100, "utility": "cardinality"},
        {"rule": "equal_shares", "budget": 100, "completion": "utilitarian"},
        {"rule": "equal_shares", "budget": 100, "threshold": {"votes": 2}},
        {"rule": "equal_shares", "budget": 100, "increment": 2},
        {"rule": "equal_shares", "budget": 1_000_000},
    ],
)
def test_a_rule_that_pabulib_has_no_name_for_is_not_given_another_one(counting):
    text = exported(question("choice", COSTS, max=3, counting=counting), some("choice", COSTS))
    election = read(text)
    assert election.stated == "unknown"
    with pytest.raises(files.CannotCount):
        files.count(election)


def test_without_an_outcome_there_are_counts_and_nobody_is_selected():
    for kind in ("choice", "cumulative", "score", "ranking"):
        asked = question(
            kind, COSTS, counting={"rule": "equal_shares", "budget": 100}, **FIELDS.get(kind, {})
        )
        text = exported(asked, some(kind, COSTS), final=False)
        assert ";selected" not in text
        final, _ = counted(exported(asked, some(kind, COSTS)))
        election = read(text)
        list(election.ballots)
        assert {name: p.votes for name, p in election.published.items()} == {
            n: votes for n, (votes, _) in final.items()
        }


def test_none_of_these_is_a_vote_for_no_project():
    asked = question("knapsack", COSTS, budget=100, counting={"rule": "greedy", "budget": 100})
    asked["options"].append({"id": "none", "label": "없음", "exclusive": True})
    text = exported(asked, [["p0"], ["none"], ["none"]])
    assert text.endswith("0;p0\n1;\n2;\n")
    assert "num_votes;3\n" in text
    assert "min_length;0\n" in text
    instance, profile = parse_pabulib_from_string(text)
    assert (len(instance), profile.num_ballots()) == (8, 3)
    assert counted(text)[1] == ["p0"]


def test_polls_without_a_budget_have_no_such_file():
    for asked in (
        question("choice", COSTS),
        question("yes_no", []),
        {**question("choice", COSTS, counting=GREEDY), "id": "other"},
        question("choice", COSTS, counting={"rule": "approval"}),
    ):
        with pytest.raises(contract.NoBudgetQuestion):
            exported(asked, [], question="q1")


@given(
    st.lists(
        st.sampled_from(["meta", "META", "meta_", "none", "None_", "a", "votes", "Projects"]), unique=True
    )
)
def test_ids_stay_different_and_are_no_heads(names):
    ids = project_ids({"options": [{"id": name} for name in names]})
    assert len(set(ids.values())) == len(names)
    assert not {name.lower() for name in ids.values()} & {"meta", "projects", "votes", "none"}
    assert all(new.rstrip("_").startswith(old.rstrip("_")) for old, new in ids.items())


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=5), st.text(max_size=10))
def test_whatever_stands_in_a_name_every_reader_finds_as_many_projects_and_votes(labels, group):
    asked = question("choice", [10] * len(labels), max=1, counting=GREEDY)
    for option, label in zip(asked["options"], labels, strict=True):
        option |= {"label": label, "group": group, "description": label}
    text = exported(asked, [["p0"]] * 3)
    instance, profile = parse_pabulib_from_string(text)
    assert (len(instance), profile.num_ballots()) == (len(labels), 3)
    counted(text)


def test_projects_can_be_imported_again(tmp_path):
    asked = question("choice", COSTS, max=3, counting=GREEDY)
    asked["options"][3]["label"] = "공원"  # a name that looks like a formula is refused there
    path = tmp_path / "again.pb"
    path.write_text(exported(asked, some("choice", COSTS)), encoding="utf-8")
    assert files.count_file(path)["differences_from_published"] == []
    with path.open("rb") as file:
        found = read_projects(file)
    assert found.budget == 100
    assert [(o["id"], o["cost"], o["category"], o["group"]) for o in found.options] == [
        (o["id"], o["cost"], "환경, 교육", "종로구;") for o in asked["options"]
    ]
    assert found.options[2]["label"] == "둘째 줄 셋째"


def anonymous(election: Any, most: int) -> tuple[dict[str, Any], list[Any]]:
    """A real file's question with ids that polls may have, and its first ballots."""
    ids = {option["id"]: f"p{n}" for n, option in enumerate(election.question["options"])}
    asked = {**election.question, "counting": dict(election.counting)}
    asked["options"] = [{**option, "id": ids[option["id"]]} for option in asked["options"]]
    answers = [
        {ids[option]: points for option, points in answer.items()}
        if isinstance(answer, dict)
        else [ids[o] for o in answer]
        for answer, _ in islice(election.ballots, most)
    ]
    return asked, answers


@pytest.mark.parametrize(
    "name", ["Poland_Katowice_2023", "Poland_Krakow_2021", "Poland_Lodz_2022_Teofilow-Wielkopolska"]
)
def test_real_votes_come_back_as_they_were(name):
    with opened(data_file(f"pabulib/{name}.pb")) as election:
        asked, answers = anonymous(election, 3_000)
    text = exported(asked, answers)
    again = read(text)
    assert [answer for answer, _ in again.ballots] == answers
    assert counted(text)[1]


def test_a_real_election_through_the_use_cases_comes_back_as_it_was(tmp_path, monkeypatch):
    """Cast, sequenced, counted, recounted, signed, exported in several parts, read again."""
    monkeypatch.setattr("services.tally.usecases.exports.PART", 30)
    with opened(data_file("pabulib/Netherlands_Assen_2024.pb")) as election:
        asked, answers = anonymous(election, 84)
        winners = {
            asked["options"][n]["id"] for n, p in enumerate(election.published.values()) if p.selected == "1"
        }
    world = world_with(tmp_path, {**asked, "min": 0, "max": len(asked["options"])})
    cast(world, [{"q1": answer} for answer in answers])
    world.sequence()
    world.catch_up()
    world.end()
    assert world.recount()
    first = world.export("pb")
    assert (first["next"], first["as_of"], first["filename"]) == (1, 84, "results-poll-1.pb")
    text = world.exported("pb").decode()
    world.close()
    assert sorted(sorted(answer) for answer, _ in read(text).ballots) == sorted(map(sorted, answers))
    assert set(counted(text)[1]) == winners


def test_all_parts_of_a_live_file_are_of_the_moment_it_was_begun_at(tmp_path, monkeypatch):
    monkeypatch.setattr("services.tally.usecases.exports.PART", 2)
    world = world_with(tmp_path, question("choice", [10, 10], max=1, counting=GREEDY))
    cast(world, [{"q1": ["p0"]}, {"q1": ["p1"]}, {"q1": None}])
    world.sequence()
    world.catch_up()
    first = world.export("pb")
    assert (first["next"], first["as_of"]) == (1, 3)
    more = [world.scene.item(f"w{n}", answers={"q1": ["p1"]}) for n in range(5)]
    assert all("ok" in outcome for outcome in world.scene.cast(*more))
    world.sequence()
    world.catch_up()
    parts = [world.export("pb", part=part, as_of=3) for part in (1, 2)]
    assert [part["next"] for part in parts] == [2, None]
    world.set_state("cancelled")
    with pytest.raises(contract.ResultsEmbargoed):
        world.export("pb", part=2, as_of=3)
    world.close()
