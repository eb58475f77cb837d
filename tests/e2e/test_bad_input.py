"""Bad input gets a clear problem that names what is wrong, in the reader's language, and changes nothing."""

import io
import struct
import zipfile
import zlib
from typing import Any

import pytest
from PIL import Image

from tests.fixtures.people import CHOICE, Person


@pytest.fixture(scope="module")
def poll(city) -> Any:
    two = {**CHOICE, "id": "q2", "max": 1}
    return city.seoul.open_poll("seoul", questions=[CHOICE, two])


@pytest.fixture(scope="module")
def draft(city) -> str:
    return str(city.seoul.ask("POST", "/polls", 201, json={"title": "초안", "organization": "seoul"})["id"])


def problem(answer, status: int, code: str) -> Any:
    """The problem document of this answer, which must be complete and in Korean."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    body = answer.json()
    assert body["code"] == code, body
    assert body["status"] == status
    assert any("가" <= letter <= "힣" for letter in body["detail"]), body
    return body


def test_malformed_json(city):
    answer = city.seoul.http.post(
        "/api/v1/polls", content=b'{"title": ', headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422)
    problem(answer, answer.status_code, answer.json()["code"])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"title": "x", "organization": "seoul", "wrong": 1}, "/wrong"),
        ({"title": 7, "organization": "seoul"}, "/title"),
        ({"title": "x", "organization": "seoul", "closes_at": "tomorrow"}, "/closes_at"),
        ({"title": "x", "organization": "seoul", "questions": [{"id": "q"}]}, "/questions/0/title"),
        ({"organization": "seoul"}, "/title"),
    ],
)
def test_a_draft_that_does_not_fit(city, body, pointer):
    found = problem(city.seoul.http.post("/api/v1/polls", json=body), 422, "invalid_input")
    assert pointer in [error["pointer"] for error in found["errors"]]


@pytest.mark.parametrize(
    ("answers", "pointer"),
    [
        ({"q1": ["z"], "q2": ["a"]}, "/answers/q1/0"),
        ({"q1": ["a", "b"], "q2": ["a"]}, "/answers/q1"),
        ({"q1": [], "q2": ["a"]}, "/answers/q1"),
        ({"q1": ["a"]}, "/answers/q2"),
        ({"q1": "a", "q2": ["a"]}, "/answers/q1"),
        ({"q1": ["a"], "q2": ["a"], "q9": 1}, "/answers/q9"),
    ],
)
def test_answers_outside_the_rules(city, poll, answers, pointer):
    voter = Person(city.seoul.url).sign_in()
    found = problem(voter.cast(poll, answers), 422, "invalid_ballot")
    assert pointer in [error["pointer"] for error in found["errors"]]
    assert voter.cast(poll, {"q1": ["a"], "q2": ["b"]}).status_code == 201, "the bad one used nothing up"


def test_the_reader_chooses_the_language(city):
    stranger = Person(city.seoul.url)
    answer = stranger.http.get("/api/v1/polls/AAAAAAAAAAAAAAAAAAAAAA", headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert answer.json()["detail"].isascii()


def test_a_poll_that_does_not_exist(city):
    stranger = Person(city.seoul.url)
    problem(stranger.http.get("/api/v1/polls/AAAAAAAAAAAAAAAAAAAAAA"), 404, "poll_not_found")
    problem(stranger.http.get("/api/v1/polls/AAAAAAAAAAAAAAAAAAAAAA/results"), 404, "poll_not_found")
    page = stranger.http.get("/polls/AAAAAAAAAAAAAAAAAAAAAA", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"].split(";")[0]) == (404, "text/html")


@pytest.mark.parametrize("token", ["x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."])
def test_a_forged_token(city, poll, token):
    stranger = Person(city.seoul.url)
    stranger.http.headers["Authorization"] = f"Bearer {token}"
    assert stranger.cast(poll, {"q1": ["a"], "q2": ["a"]}).status_code == 401


def test_nobody_signed_in(city, poll):
    assert Person(city.seoul.url).cast(poll, {"q1": ["a"], "q2": ["a"]}).status_code == 401


def test_an_oversize_body(city):
    answer = city.seoul.http.post(
        "/api/v1/polls", content=b"x" * 3_000_000, headers={"Content-Type": "application/json"}
    )
    problem(answer, 413, answer.json()["code"])


def test_a_wrong_code_and_a_wrong_phone(city):
    stranger = Person(city.seoul.url)
    answer = stranger.http.post("/api/v1/auth/phone", json={"phone": "12"})
    assert answer.status_code == 422
    problem(answer, 422, answer.json()["code"])
    asked = stranger.http.post("/api/v1/auth/phone", json={"phone": stranger.phone}).json()
    body = {"challenge_id": asked["challenge_id"], "code": "000000"}
    answers = [stranger.http.post("/api/v1/auth/phone/confirm", json=body) for _ in range(6)]
    problem(answers[0], 401, "wrong_code")
    problem(answers[5], 429, "too_many_attempts")


def png_bomb() -> bytes:
    """A PNG of 50,000 x 50,000 pixels in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 10_000_000, 9))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("content", [b"GIF89a" + b"\0" * 100, b"\x89PNG\r\n\x1a\n broken", png_bomb()])
def test_an_image_that_is_none(city, draft, content):
    answer = city.seoul.http.post(
        f"/api/v1/polls/{draft}/images", files={"file": ("x.png", content)}, data={"target": "poll"}
    )
    problem(answer, 422, "invalid_image")


def test_an_image_loses_its_metadata(city, draft):
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    Image.new("RGB", (300, 200), "teal").save(out, "JPEG", exif=exif)
    image = city.seoul.ask(
        "POST",
        f"/polls/{draft}/images",
        201,
        files={"file": ("x.jpg", out.getvalue())},
        data={"target": "poll"},
    )
    stranger = Person(city.seoul.url)
    served = stranger.http.get(image["url"])
    assert served.status_code == 200
    assert b"secret place" not in served.content
    assert Image.open(io.BytesIO(served.content)).size == (300, 200)


def test_an_xlsx_bomb_and_a_file_that_is_no_table(city):
    draft = city.seoul.ask(
        "POST",
        "/polls",
        201,
        json={"title": "명부", "organization": "seoul", "eligibility": {"rule": "roll"}},
    )
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 600_000_000)
    for name, content in (
        ("bomb.xlsx", bomb.getvalue()),
        ("x.csv", b"\xff\xfe\x00\x01nothing"),
        ("y.csv", b"a,b\n1,2\n"),
    ):
        answer = city.seoul.http.put(f"/api/v1/polls/{draft['id']}/roll", files={"file": (name, content)})
        assert answer.status_code in (413, 422), answer.text
        problem(answer, answer.status_code, answer.json()["code"])
    assert city.seoul.ask("GET", f"/polls/{draft['id']}/roll")["state"] == "none"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_a_roll_in_every_usual_encoding(city, encoding):
    draft = city.seoul.ask(
        "POST",
        "/polls",
        201,
        json={"title": "명부", "organization": "seoul", "eligibility": {"rule": "roll"}},
    )
    content = "이름,휴대전화\n시민,010-7777-0001\n주민,010-7777-0002\n".encode(encoding)
    done = city.seoul.ask("PUT", f"/polls/{draft['id']}/roll", files={"file": ("명부.csv", content)})
    assert (done["accepted"], done["rejected"]) == (2, [])
