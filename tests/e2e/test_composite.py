"""Half the citizens, four tenths a committee, a tenth a survey: one result from several sources, through HTTP."""

from pathlib import Path

from tests.e2e.test_recount import auditor, saved, wrong
from tests.fixtures.people import City, Person, eventually

SOURCES = [
    {"name": "ballots", "weight": "50%"},
    {"name": "시민참여예산위원회", "weight": "40%"},
    {"name": "여론조사", "weight": "10%"},
]
PROJECTS = {
    "id": "q1",
    "kind": "choice",
    "title": "2027년 시민참여예산 사업",
    "max": 2,
    "options": [{"id": f"p{n}", "label": name} for n, name in enumerate(("공원", "도서관", "자전거길"), 1)],
    "counting": {"rule": "composite", "winners": 1, "sources": SOURCES},
}
COMMITTEE = {"scores": {"p1": "10.5", "p2": 80, "p3": "19/2"}, "entered_by": "시민참여예산위원회 사무국"}


def test_a_result_from_ballots_a_committee_and_a_survey(city: City, tmp_path: Path):
    poll_id = city.seoul.open_poll("seoul", questions=[PROJECTS], results="after_close")
    path = f"/polls/{poll_id}"
    committee, survey = (f"{path}/questions/q1/sources/{source['name']}" for source in SOURCES[1:])
    for chosen in (["p1"], ["p1"], ["p1"], ["p2"]):
        assert Person(city.seoul.url).sign_in().cast(poll_id, {"q1": chosen}).status_code == 201

    city.gangnam.ask("PUT", committee, 403, json=COMMITTEE)
    city.seoul.ask("PUT", f"{path}/questions/q1/sources/ballots", 404, json=COMMITTEE)
    assert (
        city.seoul.ask("PUT", committee, json={**COMMITTEE, "scores": {"p1": 1, "p2": 99, "p3": 0}})["number"]
        == 2
    )
    entered = city.seoul.ask("PUT", committee, json={**COMMITTEE, "note": "옮겨 적을 때 틀림"})
    city.seoul.ask("POST", f"{path}/close")

    # The log ends, and the result waits for the survey; nobody sees a score before.
    bad = city.seoul.ask(
        "PUT", survey, 422, files={"file": ("설문.csv", "사업,점수\n공원,x\n")}, data={"entered_by": "x"}
    )
    assert bad["errors"][0]["code"] == "file_bad_score"
    assert "2번째 줄" in bad["errors"][0]["detail"]
    stranger = Person(city.seoul.url)
    waiting = stranger.ask("GET", f"{path}/sources")
    assert [(one["source"], one["entered_by"]) for one in waiting["items"]] == [
        ("시민참여예산위원회", COMMITTEE["entered_by"]),
        ("여론조사", None),
    ]
    assert (waiting["complete"], waiting["settled"]) == (False, False)
    assert stranger.ask("GET", f"{path}/results")["state"] == "embargoed"
    changes = stranger.ask("GET", f"{path}/changes")["items"]
    assert [change["what"] for change in changes] == ["opened", "source_entered", "source_entered", "closed"]
    assert "10.5" not in str((waiting, changes))

    file = {"file": ("설문.csv", "사업,점수\n공원,20\n도서관,20\n자전거길,20\n".encode("cp949"))}
    city.seoul.ask("PUT", survey, files=file, data={"entered_by": "여론조사팀"})
    result = stranger.final_results(poll_id)
    outcome = result["questions"][0]["outcome"]
    assert {one["id"]: (one["score"], one["selected"]) for one in outcome["options"]} == {
        "p1": ("1351/3000", False),
        "p2": ("287/600", True),
        "p3": ("107/1500", False),
    }
    told = outcome["sources"][1]
    assert {one["id"]: one["given"] for one in told["options"]} == {"p1": "10.5", "p2": "80", "p3": "9.5"}
    assert (told["entered_by"], told["commitment"]) == (COMMITTEE["entered_by"], entered["commitment"])
    assert outcome["sources"][2]["entered_by"] == "여론조사팀"
    assert city.seoul.ask("PUT", committee, 409, json=COMMITTEE)["code"] == "sources_settled"

    bundle = tmp_path / "record.tar.gz"
    bundle.write_bytes(eventually(lambda: saved(city.seoul, poll_id)))
    status, found, errors = auditor("recount", str(bundle))
    assert (wrong(found), errors, status) == ([], "", 0)
    assert found["questions"][0]["selected"] == ["p2"]
    assert [one["source"] for one in found["findings"] if one["code"] == "source_committed"] == [
        "시민참여예산위원회",
        "여론조사",
    ]
