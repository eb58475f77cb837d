"""The main job through HTTP: draft, open, vote, close, publish."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from threading import Barrier, Thread

import pytest
from openpyxl import Workbook

from services.common.ids import new_id
from tests.fixtures.people import CHOICE, Person, eventually

INDICATOR = {
    "id": "q1",
    "kind": "choice",
    "title": "일-생활 균형 지표로 중요한 것은?",
    "options": [{"id": name, "label": name} for name in ("a", "b", "c", "d")],
}


def test_a_poll_goes_from_draft_to_published_result(city):
    draft = {
        "title": "서울시 행복지표",
        "purpose": "지표를 고릅니다.",
        "organization": "seoul",
        "closes_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
        "results": "after_publish",
        "questions": [
            INDICATOR,
            {"id": "q2", "kind": "yes_no", "title": "계속할까요?", "required": False},
            {
                "id": "q3",
                "kind": "score",
                "title": "만족도",
                "options": [{"id": "x", "label": "앱"}],
                "required": False,
            },
            {"id": "q4", "kind": "text", "title": "의견", "required": False},
        ],
    }
    poll = city.seoul.ask("POST", "/polls", 201, json=draft)
    path = f"/polls/{poll['id']}"
    assert poll["state"] == "draft"
    assert city.seoul.ask("POST", f"{path}/open")["state"] == "open"

    ballots = [("a", "yes"), ("b", "no"), ("d", "abstain"), ("d", None)]
    receipts = {}
    for option, yes_no in ballots:
        answers = {"q1": [option], "q2": yes_no, "q3": {"x": 4}, "q4": "좋습니다"}
        voter = Person(city.seoul.url).sign_in()
        cast = voter.cast(poll["id"], answers)
        assert cast.status_code == 201, cast.text
        receipts[cast.json()["ballot_id"]] = (voter, cast.json())

    for ballot_id, (voter, receipt) in receipts.items():
        status = voter.ask("GET", f"{path}/ballots/{ballot_id}")
        assert (status["status"], status["receipt"]) == ("recorded", receipt)
        assert "answers" not in status

    assert city.seoul.ask("GET", f"{path}/results") == {
        "poll_id": poll["id"],
        "state": "embargoed",
        "results": "after_publish",
        "questions": [],
    }
    assert city.seoul.ask("POST", f"{path}/close")["state"] == "closed"
    eventually(lambda: city.seoul.ask("GET", path)["certified"])
    assert city.seoul.ask("POST", f"{path}/publish")["state"] == "published"
    results = Person(city.seoul.url).final_results(poll["id"])
    by_id = {q["id"]: q for q in results["questions"]}
    assert results["voters"] == 4
    assert [(o["id"], o["count"], o["share"]) for o in by_id["q1"]["options"]] == [
        ("a", 1, "25.00"),
        ("b", 1, "25.00"),
        ("c", 0, "0.00"),
        ("d", 2, "50.00"),
    ]
    assert [o["count"] for o in by_id["q2"]["options"]] == [1, 1, 1]
    assert by_id["q3"]["options"][0]["mean"] == "4.00"
    assert by_id["q4"]["answered"] == 4
    assert results["signature"]
    changes = [change["what"] for change in Person(city.seoul.url).ask("GET", f"{path}/changes")["items"]]
    assert changes[0] == "opened"
    assert changes[-1] == "published"


def test_fifty_casts_at_once_by_one_person_with_two_choices_count_one(city):
    poll = city.seoul.open_poll("seoul", results="live")
    voter = Person(city.seoul.url).sign_in()
    start, answers = Barrier(50), []

    def cast(n: int) -> None:
        start.wait(30)
        answers.append(voter.cast(poll, {"q1": ["ab"[n % 2]]}))

    threads = [Thread(target=cast, args=(n,)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] + [409] * 49
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"already_voted"}
    city.seoul.ask("POST", f"/polls/{poll}/close")
    assert city.seoul.final_results(poll)["voters"] == 1


def test_the_same_ballot_again_gets_the_same_receipt_and_another_one_says_when(city):
    poll = city.seoul.open_poll("seoul")
    voter, ballot_id = Person(city.seoul.url).sign_in(), new_id()
    first = voter.cast(poll, {"q1": ["a"]}, ballot_id)
    again = voter.cast(poll, {"q1": ["a"]}, ballot_id)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    other = voter.cast(poll, {"q1": ["b"]})
    assert (other.status_code, other.json()["code"]) == (409, "already_voted")
    assert other.json()["recorded_at"] == first.json()["recorded_at"]


def test_signing_in_again_is_still_the_same_voter(city):
    poll = city.seoul.open_poll("seoul")
    phone = Person(city.seoul.url).sign_in().phone
    assert Person(city.seoul.url, phone).sign_in().cast(poll, {"q1": ["a"]}).status_code == 201
    assert Person(city.seoul.url, phone).sign_in().cast(poll, {"q1": ["a"]}).status_code == 409


def test_an_operator_sees_and_changes_only_the_own_organisations_drafts(city):
    poll = city.seoul.ask("POST", "/polls", 201, json={"title": "초안", "organization": "seoul"})
    path = f"/polls/{poll['id']}"
    stranger = city.gangnam
    assert stranger.ask("GET", path, 404)["code"] == "poll_not_found"
    stranger.ask("PATCH", path, 404, json={"title": "x"})
    stranger.ask("DELETE", path, 404)
    for action in ("open", "close", "publish", "schedule", "copy", "cancel"):
        stranger.ask("POST", f"{path}/{action}", 404, **({"json": {}} if action == "schedule" else {}))
    stranger.ask("POST", "/polls", 403, json={"title": "남의 것", "organization": "seoul"})
    Person(stranger.url).ask("GET", path, 404)
    listed = stranger.ask("GET", "/polls", params={"state": "draft"})["items"]
    assert poll["id"] not in [item["id"] for item in listed]
    assert city.seoul.ask("GET", path)["title"] == "초안"


def test_what_is_frozen_stays_and_what_may_change_is_in_the_change_log(city):
    poll = city.seoul.open_poll("seoul")
    path = f"/polls/{poll}"
    before = city.seoul.ask("GET", path)
    changed = {**CHOICE, "title": "다른 질문"}
    assert city.seoul.ask("PATCH", path, 409, json={"questions": [changed]})["code"] == "poll_frozen"
    city.seoul.ask("DELETE", path, 409)
    later = (datetime.now(UTC) + timedelta(hours=2)).replace(microsecond=0).isoformat()
    after = city.seoul.ask("PATCH", path, json={"closes_at": later, "notice": "한 시간 연장합니다."})
    assert (after["questions"], after["definition_hash"]) == (before["questions"], before["definition_hash"])
    log = Person(city.seoul.url).ask("GET", f"{path}/changes")["items"]
    assert [entry["number"] for entry in log] == list(range(1, len(log) + 1))
    assert {"closes_at", "notice"} <= {entry["what"] for entry in log}


def test_a_closed_poll_takes_no_ballot(city):
    poll = city.seoul.open_poll("seoul")
    city.seoul.ask("POST", f"/polls/{poll}/close")
    late = Person(city.seoul.url).sign_in().cast(poll, {"q1": ["a"]})
    assert (late.status_code, late.json()["code"]) == (409, "poll_not_open")


def test_a_scheduled_poll_opens_and_closes_by_itself(city):
    now = datetime.now(UTC)
    poll = city.seoul.ask(
        "POST", "/polls", 201, json={"title": "예약", "organization": "seoul", "questions": [CHOICE]}
    )
    times = {
        "opens_at": (now + timedelta(seconds=2)).isoformat(),
        "closes_at": (now + timedelta(seconds=8)).isoformat(),
    }
    path = f"/polls/{poll['id']}"
    assert city.seoul.ask("POST", f"{path}/schedule", json=times)["state"] == "scheduled"
    voter = Person(city.seoul.url).sign_in()
    eventually(lambda: voter.cast(poll["id"], {"q1": ["a"]}).status_code == 201)
    eventually(lambda: city.seoul.ask("GET", path)["state"] == "closed")
    assert city.seoul.final_results(poll["id"])["voters"] == 1


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_roll_admits_those_on_it_only_and_gives_the_turnout(city, kind, tmp_path):
    draft = {
        "title": "명부 투표",
        "organization": "seoul",
        "closes_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
        "eligibility": {"rule": "roll"},
        "questions": [CHOICE],
    }
    poll = city.seoul.ask("POST", "/polls", 201, json=draft)
    path = f"/polls/{poll['id']}"
    inside, outside = Person(city.seoul.url).sign_in(), Person(city.seoul.url).sign_in()
    rows = [inside.phone.replace("+82", "0"), inside.phone, "몰라요", "010-5555-0001"]
    status = city.seoul.ask("PUT", f"{path}/roll", files={"file": roll_file(kind, rows)})
    assert (status["accepted"], status["duplicates"]) == (2, 1)
    assert [(line["line"]) for line in status["rejected"]] == [4]
    city.seoul.ask("POST", f"{path}/open")
    refused = outside.cast(poll["id"], {"q1": ["a"]})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_eligible")
    assert inside.cast(poll["id"], {"q1": ["a"]}).status_code == 201
    city.seoul.ask("POST", f"{path}/close")
    assert city.seoul.final_results(poll["id"])["turnout"] == {"roll": 2, "share": "50.00"}


def roll_file(kind: str, phones: list[str]) -> tuple[str, bytes]:
    if kind == "csv":
        return "roll.csv", ("이름,전화번호\n" + "\n".join(f"시민,{phone}" for phone in phones)).encode(
            "cp949"
        )
    book, out = Workbook(write_only=True), BytesIO()
    sheet = book.create_sheet()
    for row in [["phone"], *([phone] for phone in phones)]:
        sheet.append(row)
    book.save(out)
    return "roll.xlsx", out.getvalue()


def test_a_password_poll_asks_for_the_password_and_limits_tries(city):
    poll = city.seoul.open_poll("seoul", eligibility={"rule": "password", "password": "우리동네-2026"})
    assert "우리동네" not in str(city.seoul.ask("GET", f"/polls/{poll}"))
    voter = Person(city.seoul.url).sign_in()
    assert voter.cast(poll, {"q1": ["a"]}).json()["code"] == "evidence_needed"
    wrong = voter.cast(poll, {"q1": ["a"]}, password="아님")
    assert wrong.json()["code"] == "wrong_password"
    assert voter.cast(poll, {"q1": ["a"]}, password="우리동네-2026").status_code == 201
    guesser = Person(city.seoul.url).sign_in()
    codes = [guesser.cast(poll, {"q1": ["a"]}, password=str(n)).json()["code"] for n in range(12)]
    assert codes[-1] == "too_many_tries"
    assert guesser.cast(poll, {"q1": ["a"]}, password="우리동네-2026").status_code == 429


def test_search_finds_korean_words(city):
    word = f"따릉이{new_id()[:6]}"
    poll = city.seoul.open_poll("seoul", title=f"소형 {word} 명칭 선정")
    found = Person(city.seoul.url).ask("GET", "/polls", params={"q": word})["items"]
    assert [item["id"] for item in found] == [poll]
