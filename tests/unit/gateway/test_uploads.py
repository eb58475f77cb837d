"""Files: what is read, what is refused and at which line, and that nothing grows with the file."""

import io
import tracemalloc
import zipfile
from contextlib import suppress
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.uploads import tables
from gateway.uploads.roll_files import Row, read_roll
from services.common.errors import InvalidInput
from services.notify import contract as notify
from services.polls import contract as polls
from tests.unit.gateway import fakes
from tests.unit.gateway.test_api import problem
from tests.unit.gateway.test_sessions import cookies, csrf_of

ROLL = "/api/v1/polls/poll-1/roll"


def rows(content: bytes, most: int = 1_000_000) -> list[Row]:
    return list(read_roll(io.BytesIO(content), most).rows)


def refused(content: bytes, most: int = 1_000_000) -> dict:
    with pytest.raises(InvalidInput) as caught:
        rows(content, most)
    assert caught.value.errors[0]["pointer"] == "/file"
    return caught.value.errors[0]


def xlsx(table: Any) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for line in table:
        sheet.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


TWO = [Row(2, "010-1111-2222"), Row(3, "010-3333-4444")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_usual_csv(encoding, delimiter, end):
    lines = [["이름", "휴대전화"], ["똠방각하", "010-1111-2222"], ["김시민", "010-3333-4444"]]
    assert rows(end.join(delimiter.join(line) for line in lines).encode(encoding)) == TWO


@pytest.mark.parametrize("name", ["phone", "Phone ", "전화번호", "휴대폰", "휴대전화", "휴대전화 번호"])
def test_names_of_the_column(name):
    assert rows(f"unit,{name}\nx,010-1111-2222\n".encode())[0].phone == "010-1111-2222"


def test_the_total_is_known_beforehand():
    assert read_roll(io.BytesIO(b"phone\n1\n2\n3"), 10).total == 3
    assert read_roll(io.BytesIO(b"phone\n1\n2\n3\n"), 10).total == 3
    assert read_roll(io.BytesIO(xlsx([["phone"], ["1"], ["2"]])), 10).total == 2


def test_quotes_blank_lines_and_short_lines():
    content = b'phone,name\n"010-1111-2222","a\nb"\n\n,\n,only a name\n010-3333-4444\n'
    assert rows(content) == [Row(2, "010-1111-2222"), Row(6, ""), Row(7, "010-3333-4444")]


def test_what_excel_does_to_numbers():
    assert [row.phone for row in rows(b"phone\n1012345678\n1.01E+09\n821012345678\n")] == [
        "01012345678",
        "1.01E+09",
        "821012345678",
    ]
    table = [["phone"], [1012345678], [1012345678.0], ["01012345678"], [None], [True], [2.5]]
    assert [row.phone for row in rows(xlsx(table))] == ["01012345678"] * 3 + ["True", "2.5"]


def test_formulas_are_refused_by_line():
    table = [["name", "phone"], ["a", '="010"&"12345678"'], ["b", "010-1111-2222"], ["=1+1", "010-3333-4444"]]
    assert rows(xlsx(table)) == [Row(2, "", "formula"), Row(3, "010-1111-2222"), Row(4, "010-3333-4444")]
    assert rows(b'phone\n"=""01012345678"""\n') == [Row(2, "", "formula")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_no_phone_column"),
        (b"a,b\n1,2\n", "file_no_phone_column"),
        (b"phone\n\xff\xfe\x00", "file_encoding"),
        ("phone\n김".encode("utf-16"), "file_encoding"),
        (b"phone\n0\x001\n", "file_not_text"),
        (b'phone\n"never closed\n', "file_bad_line"),
        (b'phone\n"a"b\n', "file_bad_line"),
        (b"phone\n" + b"x" * 200_000 + b"\n", "file_bad_line"),
        (b"\xd0\xcf\x11\xe0old excel", "file_old_excel"),
        (b"PK\x03\x04 but not a zip", "file_damaged"),
    ],
)
def test_files_that_cannot_be_read(content, code):
    assert refused(content)["code"] == code


def test_a_damaged_line_is_named():
    assert refused(b'phone\n010-1\n010-2\n"a"b\n')["params"] == {"line": 4}


def test_too_many_rows():
    assert refused(b"phone\n1\n2\n3\n", most=2) == {
        "pointer": "/file",
        "code": "file_too_many_rows",
        "params": {"limit": 2},
    }


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_a_bomb_is_never_unpacked():
    bomb = zipped(**{"[Content_Types].xml": b"<Types/>", "xl/worksheets/sheet1.xml": bytes(40 << 20)})
    tracemalloc.start()
    try:
        assert refused(bomb)["code"] == "file_expands"
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
    finally:
        tracemalloc.stop()
    assert refused(zipped(**{f"p{n}": b"" for n in range(2_001)}))["code"] == "file_expands"


def with_sheet(sheet: bytes) -> bytes:
    """A workbook whose only sheet is replaced."""
    good = zipfile.ZipFile(io.BytesIO(xlsx([["phone"], ["010-1111-2222"]])))
    return zipped(**{n: sheet if n.endswith("sheet1.xml") else good.read(n) for n in good.namelist()})


HEAD = b'<?xml version="1.0"?>'


@pytest.mark.parametrize(
    "sheet",
    [
        HEAD + b'<!DOCTYPE x [<!ENTITY a "aaaaaaaa">]><worksheet>&a;</worksheet>',
        HEAD + b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet>&a;</worksheet>',
        HEAD + b"<worksheet><sheetData><row",
        b"",
        b"not xml",
    ],
)
def test_malicious_and_damaged_sheets(sheet):
    assert refused(with_sheet(sheet))["code"] in ("file_damaged", "file_no_phone_column")


BOOK = xlsx([["phone", "name"], ["010-1111-2222", "가"], ["010-3333-4444", "나"]])


@settings(max_examples=100)
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6))
def test_a_workbook_with_other_bytes_in_it_is_read_or_refused(changes):
    content = bytearray(BOOK)
    for place, byte in changes:
        content[int(place * len(content))] = byte
    with suppress(InvalidInput):
        rows(bytes(content))


def test_a_workbook_whose_parts_do_not_unpack():
    content = bytearray(BOOK)
    for part in zipfile.ZipFile(io.BytesIO(BOOK)).infolist():
        start = part.header_offset + 30 + len(part.filename)
        content[start : start + 8] = b"\xff" * 8
    assert refused(bytes(content))["code"] == "file_damaged"


def test_a_workbook_without_its_parts():
    assert refused(zipped(**{"a.txt": b"x"}))["code"] == "file_damaged"


def test_reading_a_large_file_takes_little_memory():
    content = b"phone,name\n" + b"".join(b"010%08d,somebody\n" % n for n in range(200_000))
    file = io.BytesIO(content)
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_roll(file, 1_000_000).rows) == 200_000
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


# --- through HTTP ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def loading(bus):
    """polls' part of a roll upload: what it was sent."""
    sent: list[dict] = []
    bus.on(polls.BEGIN_ROLL, lambda **asked: fakes.roll(state="loading", upload_id=asked["upload_id"]))

    def add(rows, first, **_):
        assert first == len(sent), "chunks come in order"
        sent.extend(rows)
        return fakes.roll(state="loading", rows=len(sent))

    bus.on(polls.ADD_ROLL_ROWS, add)
    bus.on(polls.COMMIT_ROLL, lambda **_: fakes.roll(accepted=len(sent), rows=len(sent)))
    return sent


def test_a_roll_is_loaded_in_chunks(operator, bus, loading):
    content = b"phone\n" + b"".join(b"010%08d\n" % n for n in range(12_345))
    answer = operator.put(ROLL, files={"file": ("roll.csv", content)})
    assert answer.status_code == 200, answer.text
    assert answer.json()["accepted"] == 12_345
    assert bus.times(polls.ADD_ROLL_ROWS) == 3
    assert loading[-1] == {"line": 12_346, "phone": "01000012344"}
    assert bus.last(polls.BEGIN_ROLL)["total"] == 12_345


def test_a_formula_is_told_to_polls_by_line(operator, bus, loading):
    answer = operator.put(ROLL, files={"file": ("roll.xlsx", xlsx([["phone"], ["=A1"], ["010-1111-2222"]]))})
    assert answer.status_code == 200, answer.text
    assert loading == [{"line": 2, "phone": "", "reason": "formula"}, {"line": 3, "phone": "010-1111-2222"}]


def test_a_bad_file_changes_nothing(operator, bus):
    found = problem(operator.put(ROLL, files={"file": ("x.csv", b"a\n1\n")}), 422, "invalid_input")
    assert found["errors"][0]["pointer"] == "/file"
    assert not [name for name, _ in bus.asked if name.startswith("polls.")]


def test_a_file_that_breaks_half_way_is_not_committed(operator, bus, loading):
    content = b"phone\n" + b"010-1111-2222\n" * 6_000 + b'"broken'
    bus.on(polls.ABANDON_ROLL, polls.PollNotFound())  # whatever becomes of this, the first trouble is told
    problem(operator.put(ROLL, files={"file": ("x.csv", content)}), 422, "invalid_input")
    assert bus.times(polls.COMMIT_ROLL) == 0
    assert bus.last(polls.ABANDON_ROLL)["upload_id"] == bus.last(polls.BEGIN_ROLL)["upload_id"]


def test_who_may_send_files(guest, citizen, operator, bus):
    files = {"file": ("x.csv", b"phone\n1\n")}
    problem(guest.put(ROLL, files=files), 401, "unauthenticated")
    problem(citizen.put(ROLL, files=files), 403, "forbidden")
    bus.on(polls.BEGIN_ROLL, polls.NotAllowed())
    problem(operator.put(ROLL, files=files), 403, "forbidden")
    bus.on(polls.BEGIN_ROLL, polls.PollFrozen(fields=["roll"]))
    problem(operator.put(ROLL, files=files), 409, "poll_frozen")


def test_forms_that_are_none(operator):
    problem(
        operator.put(ROLL, content=b"phone\n1\n", headers={"Content-Type": "text/csv"}),
        415,
        "unsupported_media_type",
    )
    kind = {"Content-Type": "multipart/form-data"}
    problem(operator.put(ROLL, content=b"x", headers=kind), 400, "malformed_form")
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = operator.put(ROLL, content=b"--x\r\nnonsense", headers=kind)
    assert answer.status_code in (400, 422)
    problem(operator.put(ROLL, files={"other": ("x.csv", b"phone\n")}), 422, "invalid_input")
    problem(
        operator.put(ROLL, files=[("file", ("a", b"phone\n")), ("file", ("b", b"phone\n"))]),
        400,
        "malformed_form",
    )


@pytest.mark.parametrize("environ", [{"GATEWAY_ROLL_BYTES": "2000"}])
def test_an_oversize_file(operator):
    files = {"file": ("x.csv", b"phone\n" + b"1" * 3000)}
    assert problem(operator.put(ROLL, files=files), 413, "too_large")["limit"] == 2000


def test_only_so_many_files_at_a_time(operator, application):
    async def occupied():
        for _ in range(4):
            await application.state.uploads.acquire()

    operator.runner.run(occupied())
    problem(operator.put(ROLL, files={"file": ("x.csv", b"phone\n1\n")}), 503, "too_many_uploads")


def test_a_cookie_session_proves_itself_by_header_or_field(guest, application, bus, loading, tokens):
    claims = {"orgs": {"seoul": "operator"}, "sid": "session-1"}
    named = cookies(mvoting=tokens.token(**claims))
    files = {"file": ("x.csv", b"phone\n1\n")}
    problem(guest.put(ROLL, files=files, headers=named), 403, "csrf_failed")
    right = csrf_of(application, tokens)
    assert guest.put(ROLL, files=files, headers={**named, "X-CSRF-Token": right}).status_code == 200
    problem(guest.put(ROLL, files=files, headers={**named, "X-CSRF-Token": "x"}), 403, "csrf_failed")
    loading.clear()
    assert guest.put(ROLL, files=files, data={"csrf_token": right}, headers=named).status_code == 200


def test_an_image(operator, bus):
    bus.on(polls.ADD_IMAGE, {"url": "/media/a.webp", "width": 3, "height": 2})
    url = "/api/v1/polls/poll-1/images"
    answer = operator.post(url, files={"file": ("x.png", b"\x89PNG")}, data={"target": "poll"})
    assert (answer.status_code, answer.json()["url"]) == (201, "/media/a.webp")
    assert bus.last(polls.ADD_IMAGE)["content"] == "iVBORw=="
    found = problem(operator.post(url, files={"file": ("x.png", b"x")}), 422, "invalid_input")
    assert found["errors"][0]["pointer"] == "/target"
    bus.on(polls.ADD_IMAGE, polls.InvalidImage(reason="pixels"))
    problem(
        operator.post(url, files={"file": ("x.png", b"x")}, data={"target": "poll"}), 422, "invalid_image"
    )


def test_invitations_go_only_to_those_on_the_roll(operator, bus):
    invited = []
    bus.on(polls.FILTER_ROLL, lambda phones, **_: {"on_roll": [phone.endswith("0") for phone in phones]})

    def send(phones, **job):
        invited.extend(phones)
        return {"queued": len(phones) - 1, "repeated": 1, "opted_out": 0}

    bus.on(notify.SEND_INVITATIONS, send)
    content = b"phone\n" + b"".join(b"010%08d\n" % n for n in range(15_000))
    headers = {"Idempotency-Key": "k"}
    url = "/api/v1/polls/poll-1/invitations"
    answer = operator.post(url, files={"file": ("x.csv", content)}, headers=headers)
    assert answer.status_code == 202, answer.text
    assert answer.json() == {"rows": 15_000, "on_roll": 1_500, "queued": 1_497, "repeated": 3, "opted_out": 0}
    assert len(invited) == 1_500
    first = bus.last(notify.SEND_INVITATIONS)["job_id"]
    operator.post(url, files={"file": ("x.csv", content)}, headers=headers)
    assert bus.last(notify.SEND_INVITATIONS)["job_id"] == first
    bus.on(polls.FILTER_ROLL, polls.NotAllowed())
    problem(operator.post(url, files={"file": ("x.csv", b"phone\n1\n")}), 403, "forbidden")


def test_columns_are_bounded():
    assert tables.MOST_COLUMNS == 64
    assert refused(xlsx([["x"] * 70 + ["phone"]]))["code"] == "file_no_phone_column"
