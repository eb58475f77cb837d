"""Results as files, as anybody gets them from a running platform."""

import io
from urllib.parse import unquote

import openpyxl
import pypdf

from services.tally.readers import pabulib
from tests.fixtures.every_kind import QUESTIONS, ballot
from tests.fixtures.people import Person

TITLE = "무엇이든/물어보기"
BALLOTS = 3


def test_a_result_with_every_kind_of_question_in_every_format(city):
    poll = city.seoul.open_poll("seoul", results="live", title=TITLE, questions=QUESTIONS)
    for n in range(BALLOTS):
        assert Person(city.seoul.url).sign_in().cast(poll, ballot(n)).status_code == 201
    city.seoul.ask("POST", f"/polls/{poll}/close")
    final = city.seoul.final_results(poll)
    guest = Person(city.seoul.url)

    def file(form: str) -> bytes:
        address = f"/api/v1/polls/{poll}/results/export?format={form}"
        answer = guest.http.get(address)
        assert answer.status_code == 200, answer.text
        head = guest.http.head(address)
        assert head.headers["content-type"] == answer.headers["content-type"]
        plain, _, readable = answer.headers["content-disposition"].partition("; filename*=UTF-8''")
        assert plain == f'attachment; filename="results-{poll}.{form}"'
        assert unquote(readable) == f"무엇이든 물어보기 results-{poll}.{form}"
        return answer.content

    text = " ".join(pypdf.PdfReader(io.BytesIO(file("pdf"))).pages[0].extract_text().split())
    assert TITLE in text
    assert f"{city.seoul.url}/polls/{poll}/results" in text
    assert final["definition_hash"] in text
    book = openpyxl.load_workbook(io.BytesIO(file("xlsx")))
    assert book.sheetnames[:2] == ["요약", "결과"]
    assert TITLE.encode() in file("csv")
    assert file("json").startswith(b"{")
    election = pabulib.read(file("pb").decode().splitlines(keepends=True))
    purse = next(question for question in final["questions"] if question["id"] == "purse")
    assert len(list(election.ballots)) == purse["answered"]
    counts = {option["id"]: option["count"] for option in purse["options"] if option["id"] != "none"}
    assert {name: project.votes for name, project in election.published.items()} == counts
