"""A poll that is split by who voted, from profiles to the signed result and its recount, through HTTP."""

from pathlib import Path

from tests.e2e.test_recount import auditor, saved, wrong
from tests.fixtures.people import CHOICE, City, Person, eventually

DECLARED = {
    "by": ["district", "gender"],
    "least": 3,
    "margins": {"gender": {"female": 5_000_000, "male": 4_800_000}},
}
VOTERS = {
    ("jongno", "female"): "aaaa",
    ("jongno", "male"): "bbb",
    ("mapo", "female"): "aaab",
    ("mapo", "male"): "bbbba",
}
"""What the voters of each group choose."""


def test_a_result_split_by_district_and_gender(city: City, tmp_path: Path):
    poll_id = city.seoul.open_poll("seoul", questions=[CHOICE], results="live", breakdown=DECLARED)
    for (district, gender), choices in VOTERS.items():
        for choice in choices:
            voter = Person(city.seoul.url).sign_in()
            voter.tell(district=district, gender=gender)
            assert voter.cast(poll_id, {"q1": [choice]}).status_code == 201
    live = city.seoul.ask("GET", f"/polls/{poll_id}/results")
    assert (live["state"], "breakdown" in live) == ("live", False)
    city.seoul.ask("POST", f"/polls/{poll_id}/close")
    result = city.seoul.final_results(poll_id)

    split = result["breakdown"]
    assert (split["by"], split["least"]) == (["district", "gender"], 3)
    districts = {row["value"]: row["voters"] for row in split["voters"][0]["rows"]}
    assert (districts["jongno"], districts["mapo"], districts["unknown"]) == (7, 9, 0)
    by_gender = split["questions"][0]["tables"][1]
    told = {row["value"]: row["counts"][:2] for row in by_gender["rows"]}
    assert told["female"] == [None, None]  # one woman chose b: she is not to be found, nor by subtraction
    weighted = split["questions"][0]["weighted"]
    assert (weighted["by"], weighted["ballots"], weighted["left_out"]) == (["gender"], 16, 0)
    assert all(option.get("withheld") for option in weighted["options"][:2])
    assert split["turnout"]["by"] == "district"
    assert sum(split["turnout"]["rows"][0]["voters"]) == 16

    bundle = tmp_path / "record.tar.gz"
    bundle.write_bytes(eventually(lambda: saved(city.seoul, poll_id)))
    status, found, errors = auditor("recount", str(bundle))
    assert (wrong(found), errors, status) == ([], "", 0)
    codes = [one["code"] for one in found["findings"]]
    assert "breakdown_agrees" in codes
    assert "breakdown_not_recounted" in codes
