"""Every page shows itself, in both languages, as the content security policy allows."""

import pytest

from tests.unit.pages.conftest import Tags

PUBLIC = [
    "/",
    "/?state=open&kind=budget&organization=seoul&q=%EB%B2%84%EC%8A%A4",
    "/polls/open",
    "/polls/guarded",
    "/polls/scheduled",
    "/polls/closed",
    "/polls/cancelled",
    "/polls/open/results",
    "/polls/published/results",
    "/polls/blocked/results",
    "/polls/open/changes",
    "/polls/open/ballots/AAAAAAAAAAAAAAAAAAAAAA",
    "/sign-in?next=/polls/open",
    "/privacy",
    "/dev/outbox",
]
OWN = ["/me", "/polls/open", "/polls/open/subscription"]
CONSOLE = ["/console", "/console/polls/new"] + [
    f"/console/polls/{poll}{page}"
    for poll in ("draft", "scheduled", "open", "closed", "certified", "blocked", "published", "cancelled")
    for page in (
        "",
        "/edit",
        "/images",
        "/roll",
        "/preview",
        "/invitations",
        "/open",
        "/schedule",
        "/publish",
    )
]
CONSOLE += ["/console/polls/published/texts"]
ADMIN = [
    "/admin",
    "/admin/dead-letters",
    "/admin/dead-letters?done=discard&n=2&left=1",
    "/admin/organizations/seoul",
]


def check(answer, status=200):
    assert answer.status_code == status, answer.text[:500]
    assert answer.headers["content-type"].startswith("text/html")
    page = Tags(answer.text)
    for tag, attributes in page.tags:
        assert "style" not in attributes, (tag, attributes)
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
        assert tag != "style"
        assert tag != "script" or attributes.get("src", "").startswith("/static/"), attributes
        if tag == "img":
            assert "alt" in attributes, attributes
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids)), f"ids used twice: {sorted(i for i in ids if ids.count(i) > 1)}"
    assert [tag for tag, _ in page.tags].count("h1") == 1
    return page


@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_guest_sees(guest, path, language):
    page = check(guest.with_headers(**{"Accept-Language": language}).get(path))
    assert ("html", {"lang": language}) in page.tags


@pytest.mark.parametrize("path", OWN)
def test_a_citizen_sees(citizen, path):
    check(citizen.get(path))


@pytest.mark.parametrize("path", CONSOLE)
def test_an_operator_sees(operator, path):
    check(operator.get(path))


@pytest.mark.parametrize("path", ADMIN)
def test_an_administrator_sees(admin, path):
    check(admin.get(path))


@pytest.mark.parametrize("path", ["/console", "/console/polls/draft/edit", "/admin", "/me"])
def test_a_guest_is_sent_to_sign_in_and_back(guest, path):
    answer = guest.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next={path.replace('/', '%2F')}"


@pytest.mark.parametrize("path", ["/console", "/admin", "/console/polls/new", "/console/polls/draft"])
def test_a_citizen_is_refused_the_console(citizen, path):
    check(citizen.get(path), 403)


def test_an_operator_of_another_organisation_is_refused(guest, tokens):
    other = guest.with_headers(Cookie=f"mvoting={tokens.token(orgs={'gangnam': 'operator'})}")
    check(other.get("/console/polls/open/edit"), 403)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_is_not_there_is_said_in_the_readers_language(guest, language):
    asking = guest.with_headers(**{"Accept-Language": language})
    said = {"ko": "페이지를 찾을 수 없습니다", "en": "There is no such page"}[language]
    assert said in check(asking.get("/nothing"), 404).text
    assert said in check(asking.get("/polls/unknown"), 404).text


def test_an_unforeseen_error_shows_a_page_that_says_nothing_of_the_inside(guest, bus):
    from services.polls import contract as polls

    bus.on(polls.LIST_POLLS, lambda **_: 1 / 0)
    answer = guest.get("/")
    assert "서비스에 문제가 생겼습니다" in check(answer, 500).text
    assert "ZeroDivision" not in answer.text


def test_a_service_that_is_away_is_503(guest, bus):
    from services.common.errors import Unavailable
    from services.polls import contract as polls

    bus.on(polls.LIST_POLLS, Unavailable())
    answer = guest.get("/")
    assert answer.headers["retry-after"]
    check(answer, 503)


def test_figures_read_as_in_the_original(guest):
    korean = guest.get("/polls/published/results").text
    english = guest.with_headers(**{"Accept-Language": "en"}).get("/polls/published/results").text
    assert "119표 (41.75%)" in korean
    assert "119 votes (41.75%)" in english
    assert "1 vote (0.35%)" in english
    assert 'aria-label="주관적 평가: 119표 (41.75%)"' in korean


def test_what_people_wrote_is_escaped(guest):
    assert "가사노동 &lt;시간&gt;" in guest.get("/polls/open").text


def test_an_embargoed_result_has_no_figure(guest):
    page = guest.get("/polls/closed/results").text
    assert "아직 결과를 공개하지 않습니다" in page
    assert "표 (" not in page
    assert "svg class" not in page


def test_the_language_is_kept_in_a_cookie(guest):
    answer = guest.get("/language?to=en&next=/polls/open")
    assert answer.headers["location"] == "/polls/open"
    assert answer.headers["set-cookie"].startswith("lang=en")


@pytest.mark.parametrize(
    "evil", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_led_to_another_site(guest, evil):
    assert guest.get("/language", params={"to": "en", "next": evil}).headers["location"] == "/"


def test_style_sheets_are_small_and_files_are_kept_for_ever(guest):
    sheets = [
        a["href"] for tag, a in check(guest.get("/")).tags if tag == "link" and a["rel"] == "stylesheet"
    ]
    answers = [guest.get(sheet) for sheet in sheets]
    assert sum(len(answer.content) for answer in answers) < 30_000
    assert all("immutable" in answer.headers["cache-control"] for answer in answers)
    assert "immutable" not in guest.get("/static/base.css").headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "/?q=%00&cursor=%00&organization=%00&state=nonsense",
        "/polls/%00",
        "/polls/..%2Fx",
        "/console/polls/%00",
        "/console/polls/%00/edit",
        "/admin/organizations/%00",
        "/polls/open/ballots/%00",
        "/dev/outbox?to=%00",
        "/language?to=%00&next=%00",
    ],
)
def test_nonsense_in_an_address_is_no_fault_of_ours(guest, tokens, bus, path):
    token = tokens.token(roles=["admin"], orgs={"seoul": "operator"})
    guest.with_headers(Cookie=f"mvoting={token}").get(path)
    answer = guest.with_headers(Cookie=f"mvoting={token}").get(path)
    assert answer.status_code < 500
    assert not [arguments for _, arguments in bus.asked if "\x00" in str(arguments)]


def test_a_polls_own_language_is_marked(guest):
    english = guest.with_headers(**{"Accept-Language": "en"})
    assert '<h1 lang="ko">' in english.get("/polls/open").text
    assert '<h1 lang="ko">' not in guest.get("/polls/open").text
